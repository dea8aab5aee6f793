"""A store belongs to one installation: another one's images must never be taken for strays."""

from clinicpro_images.images.blob_store.protocol import OwnedBlobStore

OWNER = "installation"
TRASH = "trash"
TRASH_SECONDS = 24 * 3600.0


class StoreOfAnother(Exception):
    """The store holds, or may hold, another installation's images; the text is a sentence without its subject."""


def most_at_once(count: int) -> int:
    """Return how many of `count` files one sweep may move: a sweep that would take everything is a mistake."""
    return max(20, count // 10)


async def claim_store(blobs: OwnedBlobStore, installation: str, *, is_new: bool) -> None:
    """Make sure that the store is this installation's; raises StoreOfAnother.

    `is_new`: nothing was ever stored in the installation's database, so no image in the store can be its own.
    """
    owner = await blobs.owner()
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
