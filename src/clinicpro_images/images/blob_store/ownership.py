"""A store belongs to one installation: another one's images must never be taken for strays."""

from clinicpro_images.images.blob_store.protocol import OwnedBlobStore

OWNER = "installation"
TRASH = "trash"
MARK = "progress"
TRASH_SECONDS = 24 * 3600.0


class StoreOfAnother(Exception):
    """The store is, or may be, another installation's, or not the one that it should be; a sentence without its subject."""


def most_at_once(count: int) -> int:
    """Return how many of `count` files one sweep may move: a sweep that would take everything is a mistake."""
    return max(20, count // 10)


async def claim_store(
    blobs: OwnedBlobStore, installation: str, *, is_new: bool, expected_images: int = 0
) -> None:
    """Make sure that the store is this installation's; raises StoreOfAnother.

    `is_new`: nothing was ever stored in the installation's database, so no image in the store can be its own.
    `expected_images`: how many the database says are stored there.
    """
    owner = await blobs.owner()
    if expected_images and owner in {None, installation} and not await blobs.holds_images():
        photos = "1 photo" if expected_images == 1 else f"{expected_images} photos"
        raise StoreOfAnother(
            f"is empty, but should hold {photos}: is the volume mounted? If they are lost for good, run "
            "`clinicpro mark-restored` and start again"
        )
    if owner is None:
        if is_new and await blobs.holds_images():
            raise StoreOfAnother(
                "holds photos, but the database is new: check CLINICPRO_DATABASE_URL, or name an empty folder or prefix"
            )
        await blobs.claim(installation)
    elif owner != installation:
        raise StoreOfAnother(
            "belongs to another installation: check CLINICPRO_DATABASE_URL, or name a folder or prefix of its own"
        )
