"""Where the bytes of images are stored, encrypted: a folder or an S3 bucket."""

from typing import Protocol


class BlobStore(Protocol):
    """Stores encrypted bytes under the ids of images."""

    async def prepare(self) -> None:
        """Create what can be created here."""

    async def check(self) -> None:
        """Write and remove something; raises what prevents it."""

    async def write(self, image_id: str, content: bytes) -> bytes:
        """Store the bytes durably; return the wrapped key that decrypts them."""

    async def read(self, image_id: str, wrapped_key: bytes) -> bytes:
        """Return the bytes; raises NotFound if they are gone."""

    async def read_encrypted(self, image_id: str) -> bytes:
        """Return what is stored, as it is stored; raises NotFound if it is gone."""

    async def write_encrypted(self, image_id: str, encrypted: bytes) -> None:
        """Store what another store returned from `read_encrypted`."""

    async def remove(self, image_id: str) -> None:
        """Delete what is stored of an image, if it is there."""

    async def remove_strays(self, known: frozenset[str], *, before: float) -> int:
        """Delete what was last written `before` and belongs to no image; returns how many."""

    async def close(self) -> None:
        """Release what was opened."""
