"""What filing will make of a picture, told before it is done; and the JPEG that a referral takes."""

from collections import OrderedDict

from clinicpro_images.audit.entry import Entry
from clinicpro_images.commits.accept import KINDS
from clinicpro_images.commits.schemas import FitSchema, FittedSchema
from clinicpro_images.events.journal import Journal
from clinicpro_images.images.blob_store.folder import Blobs
from clinicpro_images.images.errors import ImageFiled, ImageGone
from clinicpro_images.images.image import Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.sessions.session import Session
from clinicpro_images.settings.parsers import CommitTarget

_REMEMBERED = 400


class Renditions:
    """Runs the fit that filing will run. Only its figures are remembered, never the picture."""

    def __init__(
        self,
        *,
        journal: Journal,
        images: ImageStore,
        blobs: Blobs,
        workers: ImageWorkers,
        target: CommitTarget,
        limits: FitLimits,
    ) -> None:
        """`limits` and `target` are those that filing goes by."""
        self._journal = journal
        self._images = images
        self._blobs = blobs
        self._workers = workers
        self._target: CommitTarget = target
        self._limits = limits
        # A picture's bytes never change under its id, and the title adds less than a hundredth of a percent.
        self._known: OrderedDict[str, FitSchema] = OrderedDict()

    async def fit(self, session: Session, image_id: str) -> FitSchema:
        """Say what each resource will hold; raises NotFound, PictureFiled, PictureGone, PictureError."""
        image = await self._images.get(session.id, image_id)
        _check_here(image)
        if image_id not in self._known:
            content = await self._content(image)
            self._known[image_id] = FitSchema(
                files=[await self._file(image, content, kind) for kind in KINDS[self._target]]
            )
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self._known[image_id]

    async def _file(self, image: Image, content: bytes, kind: str) -> FittedSchema:
        if kind == "media":
            fitted = await self._workers.fit_media(content, image.content_type, limits=self._limits)
        else:
            fitted = await self._workers.fit_scan(
                content, image.content_type, description=image.details.title, limits=self._limits
            )
        return FittedSchema(
            target="media" if kind == "media" else "scan",
            content_type=fitted.content_type,
            bytes=fitted.size,
            limit=self._limits.aim_bytes,
            width=fitted.width,
            height=fitted.height,
            done=fitted.done,
        )

    async def referral(self, session: Session, image_id: str, *, kilobytes: int) -> bytes:
        """Return a JPEG under so many kB, of the picture as it was taken; raises as `fit` does.

        Referral standards ask for unaltered pictures, so of an edited one it is the original, as long as that is here.
        """
        image = await self._images.get(session.id, image_id)
        content = await self._content(image)
        while image.derived_from is not None:
            before = await self._images.find(session.id, image.derived_from)
            if before is None or before.content_key is None:
                break
            image, content = before, await self._content(before)
        fitted = await self._workers.fit_referral(content, image.content_type, limit=kilobytes * 1000)
        async with self._journal.write() as transaction:
            about = {"size": "referral"}
            transaction.record(Entry("image.viewed", session.actor, subject=image.id, about=about))
        return fitted.content

    async def _content(self, image: Image) -> bytes:
        return await self._blobs.read(image.id, _check_here(image))


def _check_here(image: Image) -> bytes:
    if image.content_key is None:
        raise ImageFiled if image.state == "committed" else ImageGone
    return image.content_key
