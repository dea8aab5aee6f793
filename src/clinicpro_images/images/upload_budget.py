"""Limits uploads: the size of one, and the memory of all that are being received or that wait for a decoder."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from clinicpro_images.errors import Busy
from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.limits import MAX_BYTES

BUDGET_BYTES: Final = 256 * 1024 * 1024
"""The memory for all concurrent uploads of a process, in bytes: ten of the largest, or about 80 from phones."""

SESSION_BYTES: Final = 64 * 1024 * 1024
"""A session's share of it, in bytes: two of the largest at once; further ones wait until these are stored."""

WAIT_SECONDS: Final = 30.0
"""How long an upload waits for its session's share before the clinician is asked to try again."""

_RETRY_AFTER_SECONDS: Final = 2.0


@dataclass
class _Share:
    """What a session's uploads have announced and what of them has arrived, in bytes; `users` are its uploads."""

    freed: asyncio.Event = field(default_factory=asyncio.Event)
    announced: int = 0
    held: int = 0
    users: int = 0


@dataclass
class _Upload:
    """What one upload has announced, and what of it is in memory, in bytes."""

    share: _Share
    announced: int = 0
    held: int = 0


class UploadBudget:
    """Reads uploads into memory. What an upload announces counts in its session only; for all counts what has arrived."""

    def __init__(
        self,
        budget: int = BUDGET_BYTES,
        *,
        session_bytes: int = SESSION_BYTES,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        """`session_bytes` is at least the largest upload's, and `budget` twice that."""
        self._left = budget
        self._session_bytes = session_bytes
        self._wait_seconds = wait_seconds
        self._shares: dict[str, _Share] = {}

    @asynccontextmanager
    async def body(
        self,
        chunks: AsyncIterator[bytes],
        announced: str | None,
        *,
        session_id: str,
        allowed: AbstractAsyncContextManager[None],
    ) -> AsyncIterator[bytes]:
        """Yield the whole body, and free its memory on leaving. `announced` is the Content-Length.

        It is read within `allowed`, which ends the reading with an error of its own once the caller may not upload any
        more. Raises ImageTooLarge as soon as the body is known to be too large, and Busy if its session's share stays
        used up, or if the others left no memory for it.
        """
        expected = int(announced) if announced is not None and announced.isdecimal() else MAX_BYTES
        if expected > MAX_BYTES:
            raise ImageTooLarge
        share = self._shares.setdefault(session_id, _Share())
        share.users += 1
        upload = _Upload(share)
        try:
            async with allowed:
                await self._announce(upload, expected)
                content = await self._collect(upload, chunks, expected)
            await self._announce(upload, len(content))
            yield content
        finally:
            self._left += upload.held
            share.held -= upload.held
            share.announced -= upload.announced
            share.users -= 1
            if not share.users:
                del self._shares[session_id]
            share.freed.set()

    async def _announce(self, upload: _Upload, size: int) -> None:
        """Wait until the session's share has room for an upload of `size` bytes, all in all."""
        share, more = upload.share, size - upload.announced
        try:
            async with asyncio.timeout(self._wait_seconds):
                while share.announced + more > self._session_bytes:
                    share.freed.clear()
                    await share.freed.wait()
        except TimeoutError as error:
            raise Busy(retry_after=_RETRY_AFTER_SECONDS) from error
        share.announced += more
        upload.announced = size
        share.freed.set()

    async def _collect(self, upload: _Upload, chunks: AsyncIterator[bytes], most: int) -> bytes:
        content = io.BytesIO()  # unlike a bytearray it hands its bytes over without a copy
        async for chunk in chunks:
            if upload.held + len(chunk) > most:
                raise ImageTooLarge
            # No session may hold more than it leaves free: however many hold all they can, there is room for the next.
            if upload.share.held + len(chunk) > self._left - len(chunk):
                raise Busy(retry_after=_RETRY_AFTER_SECONDS)
            self._left -= len(chunk)
            upload.share.held += len(chunk)
            upload.held += len(chunk)
            content.write(chunk)
        return content.getvalue()
