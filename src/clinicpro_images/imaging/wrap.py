"""Wrap a JPEG in a TIFF unchanged (TIFF Technical Note 2, compression 7): nothing is decoded, so no pixel changes."""

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
# En dash, em dash, single and double quotes, ellipsis: common in labels that are typed or pasted.
_PLAIN: Final = str.maketrans(
    {0x2013: "-", 0x2014: "-", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2026: "..."}
)

Values = tuple[int, ...] | tuple[Fraction, ...] | bytes


def tiff_front(image: bytes, *, description: str, dpi: int, header: jpeg.JpegHeader | None = None) -> bytes:
    """Return the bytes that make `image`, a baseline JPEG in grey or YCbCr, a TIFF when they are prepended to it.

    Little-endian, one directory, the whole JPEG stream unchanged as the only strip, with the tags a strict
    reader needs (photometric, chroma subsampling and positioning, reference black and white, resolution). No
    colour profile, time or software: `description` is the only text. It is written in ASCII, the only text
    TIFF 6.0 supports: UTF-8 shows as mojibake in Windows readers. So an en dash becomes a hyphen and macrons
    are lost here; the exact line is in the title of the FHIR resource. Pass `header` if it has been read
    already.

    Raises ValueError for a JPEG that TIFF readers would misread (see `JpegHeader.wrappable`): re-encode it
    first.
    """
    header = header or jpeg.read_header(image)
    if not header.wrappable:
        raise ValueError("Only a baseline JPEG in grey or YCbCr can be wrapped.")
    channels = len(header.components)
    tags: list[tuple[int, int, Values]] = [
        (254, _LONG, (0,)),  # NewSubfileType: full resolution
        (256, _LONG, (header.width,)),
        (257, _LONG, (header.height,)),
        (258, _SHORT, (8,) * channels),
        (259, _SHORT, (_JPEG_COMPRESSION,)),
        (262, _SHORT, (_YCBCR if channels > 1 else _BLACK_IS_ZERO,)),
        (270, _ASCII, ascii_line(description).encode("ascii") + b"\x00"),
        (273, _LONG, (0,)),  # StripOffsets, set below
        (277, _SHORT, (channels,)),
        (278, _LONG, (header.height,)),
        (279, _LONG, (len(image),)),
        (282, _RATIONAL, (Fraction(dpi),)),
        (283, _RATIONAL, (Fraction(dpi),)),
        (284, _SHORT, (1,)),  # PlanarConfiguration: interleaved channels
        (296, _SHORT, (_INCH,)),
    ]
    if channels > 1:
        tags += [
            (530, _SHORT, header.sampling),
            (531, _SHORT, (_CENTRED,)),
            (532, _RATIONAL, _FULL_RANGE),
        ]
    offset = len(_directory(tags))
    tags = [(tag, kind, (offset,) if tag == 273 else values) for tag, kind, values in tags]  # StripOffsets
    return _directory(tags)


def ascii_line(text: str) -> str:
    """Return `text` as one line of printable ASCII: dashes and quotes become plain ones, accents and macrons are dropped."""
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    kept = "".join(character for character in plain if not unicodedata.combining(character))
    line = " ".join(kept.split())
    return "".join(character if " " <= character <= "~" else "?" for character in line)


def _directory(tags: list[tuple[int, int, Values]]) -> bytes:
    """Lay out header, directory and the values that don't fit into an entry; the length is even."""
    values_at = 8 + 2 + 12 * len(tags) + 4
    entries, values = bytearray(), bytearray()
    for tag, kind, content in tags:
        packed = _pack(kind, content)
        entries += struct.pack("<HHI", tag, kind, len(content))
        if len(packed) <= 4:  # fits into the entry
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
