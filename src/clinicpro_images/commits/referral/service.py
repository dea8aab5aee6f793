"""Makes the referral pack of a commit from the copies of what was filed, while its session lasts."""

import io
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from clinicpro_images.audit.entry import Entry
from clinicpro_images.commits.errors import ReferralGone, ReferralNotReady
from clinicpro_images.commits.referral.names import file_names, paragraph, without_identifiers
from clinicpro_images.commits.referral.profiles import PROFILES, Profile
from clinicpro_images.commits.referral.schemas import ProfileSchema, ReferralFileSchema, ReferralSchema
from clinicpro_images.commits.store import CommitStore
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import NotFound
from clinicpro_images.images.blob_store.protocol import BlobStore
from clinicpro_images.images.image import Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.results import FittedImage
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.schemas import iso
from clinicpro_images.sessions.session import Session

_AUCKLAND = ZoneInfo("Pacific/Auckland")
_SUFFIXES = {"image/jpeg": ".jpg", "application/pdf": ".pdf"}
_ABOUT = "About these photos.txt"


@dataclass(frozen=True)
class ReferralFile:
    """One file of the pack, as it is sent."""

    image: Image
    name: str
    fitted: FittedImage

    @property
    def label(self) -> str:
        """What the file honestly is."""
        kind = "PDF" if self.fitted.content_type == "application/pdf" else "Photo"
        marked = (
            f"{kind}, unmarked" if self.image.derived_from is None else f"Edited copy of a {kind.lower()}"
        )
        kilobytes = max(1, round(self.fitted.size / 1000))
        if self.fitted.unchanged:
            return f"{marked}, unchanged, {kilobytes} kB"
        return f"{marked}, re-compressed to {kilobytes} kB, {self.fitted.width} × {self.fitted.height}"


class Referrals:
    """Reads copies of what was filed; an unedited original is read only by its own name."""

    def __init__(
        self,
        *,
        database: Database,
        commits: CommitStore,
        images: ImageStore,
        blobs: BlobStore,
        workers: ImageWorkers,
        clock: Callable[[], float],
    ) -> None:
        """`clock` is seconds since 1970."""
        self._database = database
        self._commits = commits
        self._images = images
        self._blobs = blobs
        self._workers = workers
        self._clock = clock

    async def describe(
        self, session: Session, commit_id: str, profile: Profile, *, identified: bool
    ) -> ReferralSchema:
        """Return what the pack contains; raises NotFound, ReferralNotReady, ReferralGone."""
        copies, originals = await self._copies(session, commit_id)
        files, left_out = await self._files(session, copies, profile, identified=identified)
        names = file_names(copies, session.patient, identified=False)
        anonymous = {image.id: name for image, name in zip(copies, names, strict=True)}
        return ReferralSchema(
            limit=profile.code,
            profiles=[
                ProfileSchema(code=each.code, name=each.name, bytes=each.bytes, files=each.files)
                for each in PROFILES
            ],
            available_until=iso(min(image.copy_until or 0.0 for image in copies)),
            paragraph=paragraph(copies, session.patient, identified=identified),
            files=[
                ReferralFileSchema(
                    image_id=each.image.id,
                    name=each.name,
                    saved_as=anonymous[each.image.id] + Path(each.name).suffix,
                    title=each.image.details.title,
                    content_type=each.fitted.content_type,
                    bytes=each.fitted.size,
                    width=each.fitted.width,
                    height=each.fitted.height,
                    marked=each.image.derived_from is not None,
                    label=each.label,
                    original_image_id=originals.get(each.image.id),
                )
                for each in files
            ],
            left_out=left_out,
        )

    async def one(self, session: Session, commit_id: str, image_id: str, profile: Profile) -> ReferralFile:
        """Return one file of the pack; raises as `describe` does, and ImageTooLarge for a PDF above the limit."""
        copies, _ = await self._copies(session, commit_id)
        # A file that is saved alone is in the browser's list of downloads, so its name never says whose photo it is.
        names = file_names(copies, session.patient, identified=False)
        for image, name in zip(copies, names, strict=True):
            if image.id == image_id:
                await self._audit(session, [image])
                return await self._fitted(image, name, profile)
        raise NotFound(
            "This photo is not among those that this commit filed. Reload the page to see what is."
        )

    async def pack(
        self, session: Session, commit_id: str, profile: Profile, *, identified: bool
    ) -> AsyncIterator[bytes]:
        """Return the pack as a ZIP, piece by piece; raises as `describe` does before the first piece."""
        copies, _ = await self._copies(session, commit_id)
        await self._audit(session, copies)
        return self._zip(session, copies, profile, identified=identified)

    async def _zip(
        self, session: Session, copies: Sequence[Image], profile: Profile, *, identified: bool
    ) -> AsyncIterator[bytes]:
        names = file_names(copies, session.patient, identified=identified)
        about, written, pieces = [paragraph(copies, session.patient, identified=identified), ""], 0, _Pieces()
        many = profile.files is not None and len(copies) > profile.files
        with zipfile.ZipFile(pieces, "w", zipfile.ZIP_STORED) as archive:
            for image, name in zip(copies, names, strict=True):
                try:
                    file = await self._fitted(image, name, profile)
                except ImageTooLarge as error:
                    about.append(f"{name}: left out. {error.detail}")
                    continue
                # A form that takes three files gets one folder for each three.
                folder = f"Form {written // (profile.files or 1) + 1}/" if many else ""
                archive.writestr(_entry(f"{folder}{file.name}", image.taken), file.fitted.content)
                about.append(f"{folder}{file.name}: {file.label}.")
                written += 1
                yield pieces.take()
            text = "\r\n".join("\n".join(about).split("\n")) + "\r\n"
            archive.writestr(_entry(_ABOUT, copies[-1].taken), "\ufeff" + text)
        yield pieces.take()

    async def _files(
        self, session: Session, copies: Sequence[Image], profile: Profile, *, identified: bool
    ) -> tuple[list[ReferralFile], list[str]]:
        names = file_names(copies, session.patient, identified=identified)
        files: list[ReferralFile] = []
        left_out: list[str] = []
        for image, name in zip(copies, names, strict=True):
            try:
                files.append(await self._fitted(image, name, profile))
            except ImageTooLarge as error:
                left_out.append(
                    f"{without_identifiers(image.details.title, session.patient)}: {error.detail}"
                )
        return files, left_out

    async def _fitted(self, image: Image, name: str, profile: Profile) -> ReferralFile:
        if image.copy_key is None:
            raise ReferralGone
        content = await self._blobs.read(image.content_name, image.copy_key)
        fitted = await self._workers.fit_referral(content, image.content_type, limit=profile.bytes)
        return ReferralFile(image, name + _SUFFIXES[fitted.content_type], fitted)

    async def _copies(self, session: Session, commit_id: str) -> tuple[list[Image], dict[str, str]]:
        """Return the commit's filed images that have a copy, in order, and the originals of edited ones by their ids."""

        def read(connection: Connection) -> tuple[list[Image], dict[str, Image]]:
            self._commits.get(connection, session.id, commit_id)
            image_ids = self._commits.image_ids(connection, commit_id)
            found = self._images.several(connection, session.id, image_ids)
            known = {image.id: image for image in self._images.of_session(connection, session.id)}
            return [found[image_id] for image_id in image_ids if image_id in found], known

        members, known = await self._database.read(read)
        if not self._images.keeps_copies:
            raise ReferralGone(
                "This practice keeps no copies for referrals. Add the photos from the record instead."
            )
        filed = [image for image in members if image.state == "committed"]
        if not filed:
            raise ReferralNotReady
        now = self._clock()
        copies = [image for image in filed if image.copy_key is not None and now < (image.copy_until or 0.0)]
        if not copies:
            raise ReferralGone
        originals: dict[str, str] = {}
        for image in copies:
            root = image
            while root.derived_from is not None and root.derived_from in known:
                root = known[root.derived_from]
            if root is not image and (root.content_key or root.copy_key) is not None:
                originals[image.id] = root.id
        return copies, originals

    async def _audit(self, session: Session, copies: Sequence[Image]) -> None:
        def record(work: UnitOfWork) -> None:
            for image in copies:
                work.audit(Entry("image.viewed", session.actor, subject=image.id, about={"size": "referral"}))

        await self._database.write(record)


def _entry(name: str, taken: datetime) -> zipfile.ZipInfo:
    # The time of the photo, not of the download; nothing of this server. A ZIP knows no time before 1980.
    local = max(taken.astimezone(_AUCKLAND), datetime(1980, 1, 1, tzinfo=_AUCKLAND))
    entry = zipfile.ZipInfo(
        name, (local.year, local.month, local.day, local.hour, local.minute, local.second)
    )
    entry.external_attr = 0o600 << 16
    return entry


class _Pieces(io.RawIOBase):
    """Collects what the archive writes until it is sent, so that no more than one photo is in memory."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        part = bytes(content)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken
