"""Reads a response's body within a bound, as it arrives: what is too large is refused, never collected first.

A search may return whole photos inside its documents. They are dropped while they arrive, so that a page of any size
takes no more memory, and no longer to parse, than the documents themselves.
"""

import re
from collections.abc import AsyncIterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Final

SMALL_BYTES: Final = 4 * 1024 * 1024
"""Ample for any list without its photos; parsing the worst text of this size takes less than a second."""

_ARRIVING_BYTES: Final = 64 * 1024 * 1024
"""How much may arrive in all, dropped or not."""

_OPENING: Final = re.compile(rb'"data"\s{0,16}:\s{0,16}"')
_OPENING_BYTES: Final = 40  # the longest that matches, less its last byte
_TEXT: Final = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)


@dataclass(frozen=True)
class Bound:
    """How many bytes of a body are kept, and whether the base64 in a FHIR resource's `data` is dropped."""

    most: int = SMALL_BYTES
    without_data: bool = False


SMALL: Final = Bound()


class TooLarge(Exception):
    """The body is larger than what may arrive, or be kept."""

    def __init__(self, most: int) -> None:
        """`most` is the bound, in bytes."""
        super().__init__(most)
        self.megabytes = most // 1024**2


async def bounded_body(
    chunks: AsyncIterable[bytes], bound: Bound, large: AbstractAsyncContextManager[object]
) -> bytes:
    """Return the body; raises TooLarge. One larger than 4 MB goes on arriving only inside `large`."""
    body, dropping, arrived = bytearray(), _Dropping(), 0
    async with AsyncExitStack() as stack:
        async for chunk in chunks:
            arrived += len(chunk)
            body += dropping.kept_of(chunk) if bound.without_data else chunk
            if len(body) > bound.most:
                raise TooLarge(bound.most)
            if arrived > _ARRIVING_BYTES:
                raise TooLarge(_ARRIVING_BYTES)
            if len(body) > SMALL_BYTES >= len(body) - len(chunk):
                await stack.enter_async_context(large)
        return bytes(body) + dropping.rest()


class _Dropping:
    """Takes the text out of every JSON member `data`, chunk by chunk."""

    def __init__(self) -> None:
        self._inside = False
        self._waiting = b""

    def kept_of(self, chunk: bytes) -> bytes:
        """Return what is certainly kept up to the end of this chunk, a few bytes of which may wait for the next one."""
        text, kept, at = self._waiting + chunk, bytearray(), 0
        while True:
            if self._inside:
                at = _end_of_text(text, at)
                if at >= len(text) or text[at : at + 1] == b"\\":
                    break
                self._inside = False
            opening = _OPENING.search(text, at)
            if opening is None:
                end = max(at, len(text) - _OPENING_BYTES)
                kept += text[at:end]
                at = end
                break
            kept += text[at : opening.end()]
            at, self._inside = opening.end(), True
        self._waiting = text[at:]
        return bytes(kept)

    def rest(self) -> bytes:
        """Return what still waits at the end of the body."""
        return b"" if self._inside else self._waiting


def _end_of_text(text: bytes, at: int) -> int:
    """Return where a JSON string that goes on at `at` ends: at its quote, at half an escape, or with the text."""
    quote = text.find(b'"', at)
    end = len(text) if quote < 0 else quote
    if text.find(b"\\", at, end) < 0:  # base64 has no escapes, and this is ten times faster
        return end
    found = _TEXT.match(text, at)
    return at if found is None else found.end()
