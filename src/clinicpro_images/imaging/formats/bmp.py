"""Read a BMP's header."""

import struct
from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported

_HEADER_SIZES: Final = frozenset({12, 40, 52, 56, 64, 108, 124})
"""Of OS/2's versions 1 and 2, 12 and 64 bytes, and of Windows' versions 3 to 5."""
_OS2, _OS2_2, _VERSION_5 = 12, 64, 124
_EMBEDDED: Final = b"DEBM"
_WITH_ALPHA_MASK: Final = 56
_END_OF_BITMAP, _DELTA = 1, 2
_MOST_RUN_BYTES: Final = 4_000_000
_UNCOMPRESSED, _RLE8, _RLE4, _MASKS, _ALPHA_MASKS = 0, 1, 2, 3, 6
_DEPTHS: Final = {
    _UNCOMPRESSED: {1, 4, 8, 16, 24, 32},
    _RLE8: {8},
    _RLE4: {4},
    _MASKS: {16, 32},
    _ALPHA_MASKS: {16, 32},
}
NOT_SUPPORTED: Final = (
    "This BMP is damaged, or of a kind that isn't supported. Save it as PNG or JPEG and add that."
)


@dataclass(frozen=True)
class BmpHeader:
    """The header of a BMP. `width` and `height` are in pixels."""

    width: int
    height: int
    depth: int
    """Bits per pixel."""
    header_bytes: int
    """Size of the header behind the file's own of 14 bytes; a palette follows."""
    has_alpha: bool = False
    """Whether some of the bits are transparency."""
    orientation: int = 1
    profile: bytes | None = None

    @property
    def pixel_bytes(self) -> int:
        """Memory the decoder needs for the whole image at once, in bytes: its own pixels and a copy."""
        return self.width * self.height * 8


def is_bmp(content: bytes) -> bool:
    """Check the first bytes."""
    return (
        content[:2] == b"BM"
        and len(content) > 18
        and content[14] in _HEADER_SIZES
        and not any(content[15:18])
    )


def read_header(content: bytes) -> BmpHeader:
    """Read the header. Raises ImageBroken, ImageUnsupported."""
    size = content[14]
    try:
        start = struct.unpack_from("<I", content, 10)[0]
        if size == _OS2:
            width, height, planes, depth = struct.unpack_from("<HHHH", content, 18)
            compression = _UNCOMPRESSED
        else:
            width, height, planes, depth, compression = struct.unpack_from("<iiHHI", content, 18)
    except struct.error as error:
        raise ImageBroken(integrator="The BMP ends within its header.") from error
    height = abs(height)  # negative if the rows start at the top
    of_its_own = size == _OS2_2 and compression not in {_UNCOMPRESSED, _RLE8, _RLE4}
    if depth not in _DEPTHS.get(compression, ()) or planes != 1 or of_its_own:
        raise ImageUnsupported(
            NOT_SUPPORTED, integrator=f"Compression {compression}, {depth} bits, {planes} planes."
        )
    if width <= 0 or not height:
        raise ImageBroken(integrator="The BMP's dimensions are zero.")
    rows = (width * depth + 31) // 32 * 4 * height
    if compression not in {_RLE8, _RLE4} and start + rows > len(content) + 3:  # the last row's padding
        raise ImageBroken(integrator="The BMP ends before its last pixel.")
    if compression in {_RLE8, _RLE4} and not _covers(content, start, width, height, compression):
        raise ImageUnsupported(NOT_SUPPORTED, integrator="Its runs don't cover each pixel once.")
    alpha, profile = _has_alpha(content, size, compression), _profile(content, size)
    return BmpHeader(width, height, depth, size, alpha, profile=profile)


def _profile(content: bytes, size: int) -> bytes | None:
    """Return the colour profile that Windows' version 5 may have behind the pixels."""
    if size != _VERSION_5 or content[70:74] != _EMBEDDED or len(content) < 134:
        return None
    start, length = struct.unpack_from("<II", content, 126)
    return content[14 + start : 14 + start + length] or None


def _has_alpha(content: bytes, size: int, compression: int) -> bool:
    with_masks = compression == _ALPHA_MASKS or (compression == _MASKS and size >= _WITH_ALPHA_MASK)
    return with_masks and any(content[66:70])


def _covers(content: bytes, at: int, width: int, height: int, compression: int) -> bool:
    """Return whether run-length encoded rows cover every pixel: what they leave out, each program fills as it likes.

    A run, but not single pixels, may end behind its row, where ImageMagick encodes the padding too.
    """
    if len(content) > _MOST_RUN_BYTES:
        return False
    bits = 8 if compression == _RLE8 else 4
    padded = -(-width * bits // 32) * 32 // bits
    x = y = 0
    while at + 1 < len(content):
        count, value = content[at], content[at + 1]
        at += 2
        if count:
            x += count
        elif value > _DELTA:
            x += value
            size = value if compression == _RLE8 else (value + 1) // 2
            at += size + size % 2
            if x > width:
                return False
        elif x < width or value == _DELTA:
            # The end of the bitmap may follow the end of its last row.
            return value == _END_OF_BITMAP and x == 0 and y == height
        else:
            x, y = 0, y + 1
            if value == _END_OF_BITMAP or y > height:
                return y == height
        if x > padded:
            return False
    return False
