"""What filing will make of a picture, told before it is done; and the JPEG that a referral takes."""

from collections import OrderedDict

from clinicpro_images.audit.entry import Entry
from clinicpro_images.commits.request import KINDS
from clinicpro_images.commits.views import FittedView, FitView
from clinicpro_images.errors import PictureFiled, PictureGone
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.workers import PictureWorkers
from clinicpro_images.live.journal import Journal
from clinicpro_images.photos.blobs import Blobs
from clinicpro_images.photos.photo import Photo
from clinicpro_images.photos.store import PhotoStore
from clinicpro_images.sessions.session import Session
from clinicpro_images.settings_reader import CommitTarget

_REMEMBERED = 400


class Preview:
    """Runs the fit that filing will run. Only its figures are remembered, never the picture."""

    def __init__(
        self,
        *,
        journal: Journal,
        photos: PhotoStore,
        blobs: Blobs,
        workers: PictureWorkers,
        target: CommitTarget,
        limits: FitLimits,
    ) -> None:
        """`limits` and `target` are those that filing goes by."""
        self._journal = journal
        self._photos = photos
        self._blobs = blobs
        self._workers = workers
        self._target: CommitTarget = target
        self._limits = limits
        # A picture's bytes never change under its id, and the title adds less than a hundredth of a percent.
        self._known: OrderedDict[str, FitView] = OrderedDict()

    async def fit(self, session: Session, photo_id: str) -> FitView:
        """Say what each resource will hold; raises NotFound, PictureFiled, PictureGone, PictureError."""
        photo = await self._photos.get(session.id, photo_id)
        _check_here(photo)
        if photo_id not in self._known:
            content = await self._content(photo)
            self._known[photo_id] = FitView(
                files=[await self._file(photo, content, kind) for kind in KINDS[self._target]]
            )
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self._known[photo_id]

    async def _file(self, photo: Photo, content: bytes, kind: str) -> FittedView:
        if kind == "media":
            fitted = await self._workers.fit_media(content, photo.content_type, limits=self._limits)
        else:
            fitted = await self._workers.fit_scan(
                content, photo.content_type, description=photo.details.title, limits=self._limits
            )
        return FittedView(
            target="media" if kind == "media" else "scan",
            content_type=fitted.content_type,
            bytes=fitted.size,
            limit=self._limits.aim_bytes,
            width=fitted.width,
            height=fitted.height,
            done=fitted.done,
        )

    async def referral(self, session: Session, photo_id: str, *, kilobytes: int) -> bytes:
        """Return a JPEG under so many kB, of the picture as it was taken; raises as `fit` does.

        Referral standards ask for unaltered pictures, so of an edited one it is the original, as long as that is here.
        """
        photo = await self._photos.get(session.id, photo_id)
        content = await self._content(photo)
        while photo.derived_from is not None:
            before = await self._photos.find(session.id, photo.derived_from)
            if before is None or before.picture_key is None:
                break
            photo, content = before, await self._content(before)
        fitted = await self._workers.fit_referral(content, photo.content_type, limit=kilobytes * 1000)
        async with self._journal.write() as transaction:
            about = {"size": "referral"}
            transaction.record(Entry("picture.viewed", session.actor, subject=photo.id, about=about))
        return fitted.content

    async def _content(self, photo: Photo) -> bytes:
        return await self._blobs.read(photo.id, _check_here(photo))


def _check_here(photo: Photo) -> bytes:
    if photo.picture_key is None:
        raise PictureFiled if photo.state == "committed" else PictureGone
    return photo.picture_key
