"""Makes the referral pack of a commit from the copies of what was filed, while its session lasts."""

import io
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from clinicpro_images.audit.entry import Entry
from clinicpro_images.commits.errors import ReferralGone, ReferralNotReady
from clinicpro_images.commits.referral.names import file_names, paragraph, without_identifiers
from clinicpro_images.commits.referral.profiles import PROFILES, Profile
from clinicpro_images.commits.referral.schemas import ProfileSchema, ReferralFileSchema, ReferralSchema
from clinicpro_images.commits.store import CommitStore
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import ClinicProError, NotFound
from clinicpro_images.images.blob_store.protocol import BlobStore
from clinicpro_images.images.image import Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.imaging.errors import ImageError, ImageTooLarge
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.practice_time import AUCKLAND
from clinicpro_images.schemas import iso
from clinicpro_images.sessions.session import Session

_SUFFIXES = {"image/jpeg": ".jpg", "application/pdf": ".pdf"}
_ABOUT = "About these photos.txt"
_UNUSABLE = "This photo has been filed, but its copy here can't be read. Add it from the record instead."


@dataclass(frozen=True)
class ReferralFile:
    """One file of the pack, as it is sent. `size` is in bytes, the edges in pixels; `content` is empty in a list."""

    image: Image
    name: str
    content_type: str
    size: int
    width: int
    height: int
    unchanged: bool
    content: bytes

    @property
    def label(self) -> str:
        """What the file honestly is."""
        kind = "PDF" if self.content_type == "application/pdf" else "Photo"
        marked = (
            f"{kind}, unmarked" if self.image.derived_from is None else f"Edited copy of a {kind.lower()}"
        )
        kilobytes = max(1, round(self.size / 1000))
        if self.unchanged:
            return f"{marked}, unchanged, {kilobytes} kB"
        return f"{marked}, re-compressed to {kilobytes} kB, {self.width} × {self.height}"


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
        included = [each.image for each in files]
        names = file_names(copies, session.patient, identified=False)
        anonymous = {image.id: name for image, name in zip(copies, names, strict=True)}
        return ReferralSchema(
            limit=profile.code,
            profiles=[
                ProfileSchema(code=each.code, name=each.name, bytes=each.bytes, files=each.files)
                for each in PROFILES
            ],
            available_until=iso(min(image.copy_until or 0.0 for image in copies)),
            paragraph=paragraph(included, session.patient, identified=identified),
            files=[
                ReferralFileSchema(
                    image_id=each.image.id,
                    name=each.name,
                    saved_as=anonymous[each.image.id] + Path(each.name).suffix,
                    title=each.image.details.title,
                    content_type=each.content_type,
                    bytes=each.size,
                    width=each.width,
                    height=each.height,
                    marked=each.image.derived_from is not None,
                    label=each.label,
                    original_image_id=originals.get(each.image.id),
                )
                for each in files
            ],
            left_out=left_out,
        )

    async def one(self, session: Session, commit_id: str, image_id: str, profile: Profile) -> ReferralFile:
        """Return one file of the pack; raises as `describe` does, and ImageTooLarge for a PDF above the limit.

        Also raises ReferralGone if this one's copy is damaged or missing.
        """
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
        included: list[Image] = []
        lines: list[str] = []
        pieces = _Pieces()
        many = profile.files is not None and len(copies) > profile.files
        with zipfile.ZipFile(pieces, "w", zipfile.ZIP_STORED) as archive:
            for image, name in zip(copies, names, strict=True):
                try:
                    file = await self._fitted(image, name, profile)
                except ClinicProError as error:
                    # Whatever it is: the response has begun, and the other photos are wanted.
                    lines.append(f"{name}: left out. {error.detail}")
                    continue
                # A form that takes three files gets one folder for each three.
                folder = f"Form {len(included) // (profile.files or 1) + 1}/" if many else ""
                archive.writestr(_entry(f"{folder}{file.name}", image.taken), file.content)
                lines.append(f"{folder}{file.name}: {file.label}.")
                included.append(image)
                del file  # only one photo at a time in memory
                yield pieces.take()
            about = [paragraph(included, session.patient, identified=identified), "", *lines]
            text = "\r\n".join("\n".join(about).split("\n")) + "\r\n"
            archive.writestr(_entry(_ABOUT, copies[-1].taken), "\ufeff" + text)
        yield pieces.take()

    async def _files(
        self, session: Session, copies: Sequence[Image], profile: Profile, *, identified: bool
    ) -> tuple[list[ReferralFile], list[str]]:
        """Return the files without their contents, and a sentence for each photo that is left out."""
        names = file_names(copies, session.patient, identified=identified)
        files: list[ReferralFile] = []
        left_out: list[str] = []
        for image, name in zip(copies, names, strict=True):
            try:
                files.append(replace(await self._fitted(image, name, profile), content=b""))
            except (ImageTooLarge, ReferralGone) as error:
                left_out.append(
                    f"{without_identifiers(image.details.title, session.patient)}: {error.detail}"
                )
        return files, left_out

    async def _fitted(self, image: Image, name: str, profile: Profile) -> ReferralFile:
        """Return the file with its content; raises ImageTooLarge, ReferralGone, StorageUnavailable, Busy."""
        if image.copy_key is None:
            raise ReferralGone
        try:
            content = await self._blobs.read(image.content_name, image.copy_key)
            fitted = await self._workers.fit_referral(content, image.content_type, limit=profile.bytes)
        except ImageTooLarge:
            raise
        except (ImageError, NotFound) as error:
            # Their sentences are about a photo that can't be filed; this one was.
            raise ReferralGone(_UNUSABLE) from error
        return ReferralFile(
            image=image,
            name=name + _SUFFIXES[fitted.content_type],
            content_type=fitted.content_type,
            size=fitted.size,
            width=fitted.width,
            height=fitted.height,
            unchanged=fitted.unchanged,
            content=fitted.content,
        )

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
    local = max(taken.astimezone(AUCKLAND), datetime(1980, 1, 1, tzinfo=AUCKLAND))
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
