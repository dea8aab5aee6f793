"""What can be said of a PDF without unpacking it."""

from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken

_WITHIN: Final = 1024
"""Readers look for the header and for the end marker in this many bytes at either end."""


@dataclass(frozen=True)
class PdfHeader:
    """The version a PDF says it follows, as 1.7."""

    version: str
    profile: None = None


def is_pdf(content: bytes) -> bool:
    """Tell by the first bytes. Readers accept a header further down, which is how a file is two things at once."""
    return content.lstrip(b"\xef\xbb\xbf\r\n\t \x00")[:5] == b"%PDF-"


def read_header(content: bytes) -> PdfHeader:
    """Read a PDF's first line and look for its end. Raises ImageBroken when it is cut short."""
    if b"%%EOF" not in content[-_WITHIN:].rstrip(b"\x00") and b"%%EOF" not in content[-2 * _WITHIN :]:
        raise ImageBroken(
            "This PDF is damaged or incomplete. Copy or scan it again.",
            integrator="The PDF has no end marker.",
        )
    start = content.index(b"%PDF-") + 5
    return PdfHeader(content[start : start + 3].decode("ascii", "replace"))
