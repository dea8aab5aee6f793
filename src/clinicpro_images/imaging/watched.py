"""Decode a JPEG once and know whether it was whole: what libjpeg warned of, and what it left unread behind the last pixel."""

import re
import threading
from collections.abc import Callable
from typing import Final, Literal

import pyvips

State = Literal["exact", "more", "missing"]
"""Of a scan: exactly its pixels, something else behind them, or some of them missing or damaged."""

_CLOSE_TO_THE_END: Final = 64
"""The last bytes are handed out in pairs, so that what is left over is known almost to the byte."""
_END_MARKER_BYTES: Final = 2
_OURS: Final = "VipsJpeg:"
_HARMLESS: Final = re.compile(r"\d+ extraneous bytes before marker 0x(?!d[0-7])")
"""Bytes behind the pixels of a scan. Before a restart marker they are the remains of damaged pixels."""

_ONE_AT_A_TIME: Final = threading.Lock()
"""libvips has one buffer for the messages of all threads. A worker has a single thread."""


def decode_watched(
    stripped: bytes,
    *,
    shrink: int,
    finish: Callable[[pyvips.Image], pyvips.Image],
    after: Callable[[pyvips.Image, State], pyvips.Image],
) -> tuple[pyvips.Image, State]:
    """Open a stripped JPEG at 1/`shrink` of its size and return what `finish` makes of it, and the state of the scan.

    `finish` reads every row and returns an image in memory; `after` gets that and the state, and returns the result.
    Raises pyvips.Error if it can't be decoded at all.

    libjpeg fills missing pixels with grey and only warns. libvips keeps the first warning, where it is found
    afterwards: failing on it at once would miss those about the last rows.
    """
    with _ONE_AT_A_TIME:
        pyvips.vips_lib.vips_error_clear()
        reader = _Reader(stripped)
        # Kept until the end: libvips calls back into it for as long as the image is read.
        source = pyvips.SourceCustom()
        source.on_read(reader.read)
        opened = pyvips.Image.jpegload_source(source, access="sequential", fail_on="error", shrink=shrink)
        image = finish(opened)
        messages = _take_messages()
        state: State = "more" if messages or reader.left > _END_MARKER_BYTES else "exact"
        if messages and not all(_HARMLESS.search(line) for line in messages):
            state = "missing"
        # Here, because any other operation of pyvips empties the buffer of messages.
        return after(image, state), state


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)
        self._careful_from = len(content) - _CLOSE_TO_THE_END
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._content) - self._at

    def read(self, size: int) -> bytes:
        most = 2 if self._at >= self._careful_from else self._careful_from - self._at
        part = bytes(self._content[self._at : self._at + min(size, most)])
        self._at += len(part)
        return part


def _take_messages() -> list[str]:
    text: str = pyvips.ffi.string(pyvips.vips_lib.vips_error_buffer()).decode("utf-8", "replace")
    pyvips.vips_lib.vips_error_clear()
    return [line for line in text.splitlines() if line.startswith(_OURS)]
