"""A JPEG put into a TIFF as it is (TIFF Technical Note 2, compression 7): no decoding, so not one pixel changes."""

import struct
import unicodedata
from fractions import Fraction
from typing import Final

from clinicpro_images.imaging.formats import jpeg

_SHORT, _LONG, _ASCII, _RATIONAL = 3, 4, 2, 5
_JPEG_COMPRESSION: Final = 7
_BLACK_IS_ZERO, _YCBCR = 1, 6
_INCH: Final = 2
_CENTRED: Final = 1
_FULL_RANGE: Final = (Fraction(0), Fraction(255), Fraction(128), Fraction(255), Fraction(128), Fraction(255))
# En dash, em dash, single and double quotes, ellipsis: what a label typed or pasted brings along.
_PLAIN: Final = str.maketrans(
    {0x2013: "-", 0x2014: "-", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2026: "..."}
)

Values = tuple[int, ...] | tuple[Fraction, ...] | bytes


def wrap_jpeg(image: bytes, *, description: str, dpi: int = 300) -> bytes:
    """Return a TIFF that holds `picture`, a baseline JPEG in grey or YCbCr; see `tiff_front`, which raises what this does."""
    return tiff_front(image, description=description, dpi=dpi) + image


def tiff_front(
    image: bytes, *, description: str, dpi: int = 300, header: jpeg.JpegHeader | None = None
) -> bytes:
    """Return what makes a TIFF of `picture`, a baseline JPEG in grey or YCbCr, by standing in front of it.

    Little-endian, one directory, the JPEG stream whole and untouched behind it as the only strip; with the tags a strict
    reader wants (photometric, chroma subsampling and positioning, reference black and white, resolution). No colour
    profile, no time, no software: `description` is the only text inside. It is written in ASCII, the only text TIFF
    6.0 knows: UTF-8 there shows as mojibake in Windows readers. So an en dash becomes a hyphen and a macron is lost
    here; the exact line stands in the title of the FHIR resource. `header` spares reading it again.

    Raises ValueError for a JPEG that TIFF readers would misread (see `JpegHeader.wrappable`): encode it anew first.
    """
    header = header or jpeg.read_header(image)
    if not header.wrappable:
        raise ValueError("Only a baseline JPEG in grey or YCbCr can be wrapped.")
    channels = len(header.components)
    tags: list[tuple[int, int, Values]] = [
        (254, _LONG, (0,)),  # NewSubfileType: a full picture
        (256, _LONG, (header.width,)),
        (257, _LONG, (header.height,)),
        (258, _SHORT, (8,) * channels),
        (259, _SHORT, (_JPEG_COMPRESSION,)),
        (262, _SHORT, (_YCBCR if channels > 1 else _BLACK_IS_ZERO,)),
        (270, _ASCII, ascii_line(description).encode("ascii") + b"\x00"),
        (273, _LONG, (0,)),  # StripOffsets, known below
        (277, _SHORT, (channels,)),
        (278, _LONG, (header.height,)),
        (279, _LONG, (len(image),)),
        (282, _RATIONAL, (Fraction(dpi),)),
        (283, _RATIONAL, (Fraction(dpi),)),
        (284, _SHORT, (1,)),  # PlanarConfiguration: channels interleaved
        (296, _SHORT, (_INCH,)),
    ]
    if channels > 1:
        tags += [
            (530, _SHORT, header.sampling),
            (531, _SHORT, (_CENTRED,)),
            (532, _RATIONAL, _FULL_RANGE),
        ]
    offset = len(_directory(tags))
    tags = [(tag, kind, (offset,) if tag == 273 else values) for tag, kind, values in tags]  # noqa: PLR2004 (StripOffsets)
    return _directory(tags)


def ascii_line(text: str) -> str:
    """Return `text` on one line of printable ASCII: dashes and quotes become plain ones, accents and macrons go."""
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    line = " ".join(kept.split())
    return "".join(letter if " " <= letter <= "~" else "?" for letter in line)


def _directory(tags: list[tuple[int, int, Values]]) -> bytes:
    """Lay out header, directory and the values that don't fit an entry; an even number of bytes."""
    values_at = 8 + 2 + 12 * len(tags) + 4
    entries, values = bytearray(), bytearray()
    for tag, kind, content in tags:
        packed = _pack(kind, content)
        entries += struct.pack("<HHI", tag, kind, len(content))
        if len(packed) <= 4:  # noqa: PLR2004 (an entry's own room)
            entries += packed.ljust(4, b"\x00")
        else:
            entries += struct.pack("<I", values_at + len(values))
            values += packed + b"\x00" * (len(packed) % 2)
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + bytes(entries) + b"\x00" * 4 + bytes(values)


def _pack(kind: int, content: Values) -> bytes:
    if isinstance(content, bytes):
        return content
    if kind == _RATIONAL:
        return b"".join(struct.pack("<II", *Fraction(value).as_integer_ratio()) for value in content)
    return struct.pack(f"<{len(content)}{'H' if kind == _SHORT else 'I'}", *content)
