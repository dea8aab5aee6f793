"""Bodies of uploads: collected up to the limit, and only as many at once as memory has room for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from clinicpro_images.errors import Busy
from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.limits import MAX_BYTES

BUDGET_BYTES: Final = 256 * 1024 * 1024
"""What all uploads of one process may hold in memory at the same time, in bytes: ten of the largest, 250 of a phone's."""

_RETRY_AFTER_SECONDS: Final = 2.0


class UploadBudget:
    """Room in memory for uploads under way; whoever finds none is told to try again before a byte of the body is read."""

    def __init__(self, room: int = BUDGET_BYTES) -> None:
        """`room` in bytes, at least the largest upload's."""
        self._left = room

    @asynccontextmanager
    async def body(self, chunks: AsyncIterator[bytes], announced: str | None) -> AsyncIterator[bytes]:
        """Give the whole body; its room is free again on leaving. `announced` is what Content-Length says.

        Raises PictureTooLarge as soon as it is too much, and Busy where too much is under way.
        """
        expected = int(announced) if announced is not None and announced.isdigit() else MAX_BYTES
        if expected > MAX_BYTES:
            raise ImageTooLarge
        if expected > self._left:
            raise Busy(retry_after=_RETRY_AFTER_SECONDS)
        self._left -= expected
        try:
            yield await _collect(chunks, expected)
        finally:
            self._left += expected


async def _collect(chunks: AsyncIterator[bytes], most: int) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > most:
            raise ImageTooLarge
    return bytes(content)
