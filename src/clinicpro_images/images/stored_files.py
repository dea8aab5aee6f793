"""Reads what is stored of an image, and says why if it isn't there."""

from clinicpro_images.db.database import Database
from clinicpro_images.errors import NotFound
from clinicpro_images.images.errors import ImageCommitted, ImageDamaged, ImageGone
from clinicpro_images.images.image import Image
from clinicpro_images.images.image_files import ImageFiles, PackedBlobs
from clinicpro_images.images.store import ImageStore


class StoredFiles:
    """The files of images whose content should be stored here."""

    def __init__(self, *, database: Database, store: ImageStore, blobs: PackedBlobs) -> None:
        """Read from `blobs` what the rows of `store` name."""
        self._database = database
        self._store = store
        self._blobs = blobs

    async def of(self, image: Image, *, size: int = 0) -> ImageFiles:
        """Return the image's files; with its `size` in bytes, large ones are read in their sessions' turns.

        Raises ImageCommitted, ImageGone or NotFound if it was filed or removed, ImageMissing or ImageDamaged if the store
        has lost or changed it, and StorageUnavailable.
        """
        key = content_key(image)
        try:
            return await self._blobs.read_files(image.content_name, key, size=size)
        except NotFound:
            # It may have been filed, removed, or replaced by its original, since its row was read.
            now = await self._database.read(self._store.find, image.session_id, image.id)
            if now is None:
                raise
            content_key(now)
            if now.content_name != image.content_name:
                return await self.of(now, size=now.size if size else 0)
            await self._blobs.report_missing(image.content_name)
            raise

    async def are_whole(self, image: Image) -> bool:
        """Return whether what should be stored of the image is there and undamaged; raises StorageUnavailable.

        What was destroyed on purpose isn't looked at. What is being filed is: until it is in the record, this is all there is.
        """
        if image.content_key is None:
            return True
        try:
            await self.of(image, size=image.size)
        except ImageDamaged:
            return False
        except (ImageCommitted, ImageGone, NotFound):
            pass  # since its row was read
        return True


def content_key(image: Image) -> bytes:
    """Return the wrapped key of the image's content; raises ImageCommitted or ImageGone if it has been destroyed."""
    if image.content_key is None:
        raise ImageCommitted if image.state == "committed" else ImageGone
    return image.content_key
