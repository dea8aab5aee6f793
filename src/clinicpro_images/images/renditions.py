"""Previews what filing will do to an image, and makes the JPEG for a referral."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from clinicpro_images.audit.entry import Entry
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import NotFound
from clinicpro_images.images.errors import ImageCommitted, ImageGone
from clinicpro_images.images.image import Image
from clinicpro_images.images.image_files import ImageFiles, PackedBlobs
from clinicpro_images.images.schemas import FitSchema, FittedSchema
from clinicpro_images.images.store import ImageStore
from clinicpro_images.images.stored_files import StoredFiles, content_key
from clinicpro_images.imaging.limits import FitLimits, FitTarget
from clinicpro_images.imaging.results import FittedImage, Outcome
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.sessions.session import Session
from clinicpro_images.settings.parsers import CommitTarget

_CACHED = 400
TARGETS: Final[dict[CommitTarget, tuple[FitTarget, ...]]] = {
    "scan": ("scan",),
    "media": ("media",),
    "both": ("scan", "media"),
}
"""The inboxes that an image is made to fit."""


class Renditions:
    """Shows what filing will do. Only figures are cached, never an image."""

    def __init__(
        self,
        *,
        database: Database,
        store: ImageStore,
        blobs: PackedBlobs,
        workers: ImageWorkers,
        target: CommitTarget,
        limits: FitLimits,
        clock: Callable[[], float],
    ) -> None:
        """`limits` and `target` are those that filing uses; `clock` is seconds since 1970."""
        self._clock = clock
        self._database = database
        self._store = store
        self._blobs = blobs
        self._files = StoredFiles(database=database, store=store, blobs=blobs)
        self._workers = workers
        self._targets = TARGETS[target]
        self._limits = limits
        # By the content's name, because an original replaces it; the title adds less than 0.01 % to the size.
        self._cached: OrderedDict[str, FitSchema] = OrderedDict()

    async def fit(self, session: Session, image_id: str) -> FitSchema:
        """Return what each resource will contain; raises NotFound, ImageCommitted, ImageGone, ImageError."""
        image = await self._database.read(self._store.get, session.id, image_id)
        content_key(image)
        name = image.content_name
        if name not in self._cached:
            files = await self._files.of(image, size=image.size)
            fitted = [await self._fit_one(image, files, target) for target in self._targets]
            self._cached[name] = FitSchema(files=fitted)
            while len(self._cached) > _CACHED:
                self._cached.popitem(last=False)
        return self._cached[name]

    async def _fit_one(self, image: Image, files: ImageFiles, target: FitTarget) -> FittedSchema:
        fitted = await fit_for(target, image, files, limits=self._limits, workers=self._workers)
        encodes = files.fit.encodes if files.fit is not None else int(not fitted.unchanged)
        return FittedSchema(
            target=target,
            content_type=fitted.content_type,
            bytes=fitted.size,
            limit=self._limits.aim_bytes,
            width=fitted.width,
            height=fitted.height,
            done=fitted.done,
            encodes=encodes,
            outcome=_outcome(image, encodes),
        )

    async def referral(
        self, session: Session, image_id: str, *, kilobytes: int, original: bool = False
    ) -> bytes:
        """Return the image as a JPEG of at most `kilobytes`; raises as `fit` does.

        It is what was filed or will be. Only if asked for by name, with `original`, is it what an edited copy was made
        from, without its crop, marks and blur: raises ImageGone if that is no longer stored here.
        """
        image = await self._database.read(self._store.get, session.id, image_id)
        while original and image.derived_from is not None:
            before = await self._database.read(self._store.find, session.id, image.derived_from)
            if before is None:
                raise ImageGone
            image = before
        copy_key = None if image.content_key is not None else self._copy_key(image)
        if copy_key is None:
            content = (await self._files.of(image)).original
        else:
            try:
                content = await self._blobs.read(image.content_name, copy_key)
            except NotFound as error:
                raise ImageCommitted from error
        fitted = await self._workers.fit_referral(content, image.content_type, limit=kilobytes * 1000)
        entry = Entry("image.viewed", session.actor, subject=image.id, about={"size": "referral"})
        await self._database.write(UnitOfWork.audit, entry)
        return fitted.content

    def _copy_key(self, image: Image) -> bytes | None:
        """Return the key of a filed image's copy for a referral, while that is kept."""
        return image.copy_key if self._clock() < (image.copy_until or 0.0) else None


async def fit_for(
    target: FitTarget, image: Image, files: ImageFiles, *, limits: FitLimits, workers: ImageWorkers
) -> FittedImage:
    """Return what is filed: what the intake computed, or if it couldn't or the limits were changed since, a new fit."""
    kind, title = image.content_type, image.details.title
    if target == "media":
        done = files.media(kind, limits=limits)
        return done or await workers.fit_media(files.original, kind, limits=limits)
    done = files.scan(kind, description=title, limits=limits)
    return done or await workers.fit_scan(files.original, kind, description=title, limits=limits)


def _outcome(image: Image, encodes: int) -> Outcome:
    if not encodes:
        return "unchanged"
    return "converted" if image.content_type == "application/pdf" else "re-compressed"
