"""Read a BMP's header."""

import struct
from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported

_HEADER_SIZES: Final = frozenset({12, 40, 52, 56, 64, 108, 124})
"""Of OS/2, and of Windows' versions 3 to 5."""
_OS2: Final = 12
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
    if depth not in _DEPTHS.get(compression, ()) or planes != 1:
        raise ImageUnsupported(
            NOT_SUPPORTED, integrator=f"Compression {compression}, {depth} bits, {planes} planes."
        )
    if width <= 0 or not height:
        raise ImageBroken(integrator="The BMP's dimensions are zero.")
    rows = (width * depth + 31) // 32 * 4 * height
    if compression not in {_RLE8, _RLE4} and start + rows > len(content) + 3:  # the last row's padding
        raise ImageBroken(integrator="The BMP ends before its last pixel.")
    return BmpHeader(width, height, depth)
