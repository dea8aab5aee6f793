"""Read a PDF's header, without decompressing anything."""

import re
from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken

_WITHIN: Final = 1024
"""Readers search this many bytes for the header."""
_BEFORE: Final = re.compile(rb"[\x09-\x0d\x1b\x20-\x3b\x3d-\x7e]*")
"""What printers, mail and web programs leave before a header: printable lines without a tag."""
_OBJECT: Final = re.compile(rb"\d+ \d+ obj\b")
_BROKEN: Final = "This PDF is damaged or incomplete. Export or scan it again."


@dataclass(frozen=True)
class PdfHeader:
    """The PDF version a file declares, such as 1.7."""

    version: str
    profile: None = None


def is_pdf(content: bytes) -> bool:
    """Check the first bytes. Readers accept a header further in; here only lines of text may be before it, never another file."""
    start = content.find(b"%PDF-", 0, _WITHIN)
    before = content[: max(start, 0)].strip(b"\xef\xbb\xbf\x00")
    return (
        start >= 0
        and not before.startswith((b"GIF8", b"BM", b"PK"))
        and _BEFORE.fullmatch(before) is not None
    )


def read_header(content: bytes) -> PdfHeader:
    """Read a PDF's first line and find its end. Raises ImageBroken if it is truncated.

    Readers do without the pointer to its table of objects, or the end marker, but not without both. An update that was
    begun behind them and isn't finished means that the newest state of the pages is missing.
    """
    end = max(content.rfind(b"startxref"), content.rfind(b"%%EOF"))
    if end < 0:
        raise ImageBroken(_BROKEN, integrator="The PDF has no end.")
    if _OBJECT.search(content, end):
        raise ImageBroken(_BROKEN, integrator="The PDF ends within an update.")
    start = content.index(b"%PDF-") + 5
    return PdfHeader(content[start : start + 3].decode("ascii", "replace"))


def without_surroundings(content: bytes) -> bytes:
    """Return the PDF without what is before its header and behind its end marker."""
    end = content.rfind(b"%%EOF")
    return content[content.index(b"%PDF-") : end + 5 if end > content.rfind(b"startxref") else None]
