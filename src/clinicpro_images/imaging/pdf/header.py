"""Read a PDF's header, without decompressing anything."""

from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken

_WITHIN: Final = 1024
"""Readers search this many bytes at either end for the header and the end marker."""


@dataclass(frozen=True)
class PdfHeader:
    """The PDF version a file declares, such as 1.7."""

    version: str
    profile: None = None


def is_pdf(content: bytes) -> bool:
    """Check the first bytes. Some readers accept a header further in, which allows a file to be two types at once; this doesn't."""
    return content.lstrip(b"\xef\xbb\xbf\r\n\t \x00")[:5] == b"%PDF-"


def read_header(content: bytes) -> PdfHeader:
    """Read a PDF's first line and find its end marker. Raises ImageBroken if it is truncated."""
    if b"%%EOF" not in content[-_WITHIN:].rstrip(b"\x00") and b"%%EOF" not in content[-2 * _WITHIN :]:
        raise ImageBroken(
            "This PDF is damaged or incomplete. Export or scan it again.",
            integrator="The PDF has no end marker.",
        )
    start = content.index(b"%PDF-") + 5
    return PdfHeader(content[start : start + 3].decode("ascii", "replace"))
