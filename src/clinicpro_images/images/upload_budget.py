"""Limits uploads: the size of one, and the memory of all that are being received."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from clinicpro_images.errors import Busy
from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.limits import MAX_BYTES

BUDGET_BYTES: Final = 256 * 1024 * 1024
"""The memory for all concurrent uploads of a process, in bytes: ten of the largest, or about 250 from phones."""

_RETRY_AFTER_SECONDS: Final = 2.0


class UploadBudget:
    """Reads uploads into memory. An upload beyond the budget is refused before any of its body is read."""

    def __init__(self, budget: int = BUDGET_BYTES) -> None:
        """`budget` in bytes, at least the largest upload's."""
        self._left = budget

    @asynccontextmanager
    async def body(self, chunks: AsyncIterator[bytes], announced: str | None) -> AsyncIterator[bytes]:
        """Yield the whole body, and free its memory on leaving. `announced` is the Content-Length.

        Raises ImageTooLarge as soon as the body is known to be too large, and Busy if the budget is used up.
        """
        expected = int(announced) if announced is not None and announced.isdecimal() else MAX_BYTES
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
