"""Where the bytes of images are stored, encrypted: a folder or an S3 bucket."""

from typing import Protocol

PROBE_BYTES = 64 * 1024
"""How much a check writes: more than fits beside what a full disk already has."""


class BlobStore(Protocol):
    """Stores encrypted bytes under the ids of images."""

    async def prepare(self) -> None:
        """Create the store if it is missing, where that is possible."""

    async def check(self) -> None:
        """Write a test object, read it back and remove it; raises StorageUnavailable if that fails."""

    async def write(self, name: str, content: bytes) -> bytes:
        """Store the bytes durably; return the wrapped key that decrypts them."""

    async def read(self, name: str, wrapped_key: bytes) -> bytes:
        """Return the bytes; raises NotFound if they are gone."""

    async def read_encrypted(self, name: str) -> bytes:
        """Return the encrypted content; raises NotFound if it is gone."""

    async def write_encrypted(self, name: str, encrypted: bytes) -> None:
        """Store encrypted content from another store's `read_encrypted`."""

    async def remove(self, name: str) -> None:
        """Delete an image's content, if it is there."""

    async def discard(self, name: str) -> None:
        """Move an image's content to the trash, if it is there."""

    async def remove_strays(self, known: frozenset[str], *, before: float) -> int:
        """Move content last written `before` that belongs to no image to the trash; return how many.

        None if the store isn't known to be this installation's, and at most a tenth, or 20, at once. `read` still finds
        what is in the trash; after a day there it is deleted.
        """

    async def close(self) -> None:
        """Close connections and threads."""


class OwnedBlobStore(BlobStore, Protocol):
    """A blob store that knows which installation it belongs to."""

    async def owner(self) -> str | None:
        """Return the installation that this store belongs to; None if it doesn't say."""

    async def claim(self, installation: str) -> None:
        """Store which installation it belongs to."""

    async def read_mark(self) -> str | None:
        """Return what `write_mark` has stored."""

    async def write_mark(self, text: str) -> None:
        """Store how far the database has got, beside the images."""

    async def holds_images(self) -> bool:
        """Whether there is any content, also in the trash."""
