"""Parse a PNG's chunks: its header, and the image stripped of everything else."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.formats import exif

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_PROFILE_BYTES: Final = 4 * 1024 * 1024
"""Largest colour profile decompressed from a PNG: cameras' profiles have 500 bytes, printers' up to 3 MB."""

GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
_DEPTHS: Final = {
    GREY: {1, 2, 4, 8, 16},
    RGB: {8, 16},
    PALETTE: {1, 2, 4, 8},
    GREY_ALPHA: {8, 16},
    RGB_ALPHA: {8, 16},
}
_CHANNELS: Final = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


@dataclass(frozen=True)
class PngHeader:
    """The header of a PNG, up to its pixels. `width` and `height` are as stored, not yet upright."""

    width: int
    height: int
    bits: int
    colour_type: int
    interlaced: bool
    has_alpha: bool
    orientation: int
    profile: bytes | None

    @property
    def grey(self) -> bool:
        """Whether the image is greyscale."""
        return self.colour_type in {GREY, GREY_ALPHA}

    @property
    def pixel_bytes(self) -> int:
        """Memory for the whole decompressed image, in bytes (a palette is expanded to RGB or RGBA)."""
        channels = 4 if self.colour_type == PALETTE else _CHANNELS[self.colour_type] + 1
        return self.width * self.height * channels * (2 if self.bits == 16 else 1)  # bits


def read_header(content: bytes) -> PngHeader:
    """Read a PNG up to its first pixels. Raises ImageBroken, ImageUnsupported (animated)."""
    header: tuple[int, ...] | None = None
    transparent, orientation, profile = False, 1, None
    for kind, body in _chunks(content):
        if header is None:
            if kind != b"IHDR" or len(body) != 13:  # its fixed length
                raise ImageBroken(integrator="The PNG does not start with its header.")
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"acTL":
            raise ImageUnsupported("This image is animated. Save one frame as JPEG or PNG and add that.")
        elif kind == b"tRNS":
            transparent = True
        elif kind == b"eXIf":
            orientation = exif.orientation(body)
        elif kind == b"iCCP":
            profile = _profile(body)
        elif kind == b"IDAT":
            break
    else:
        raise ImageBroken(integrator="The PNG has no pixels.")
    width, height, bits, colour_type, compression, filtering, interlace = header or (0,) * 7
    if (
        not width
        or not height
        or bits not in _DEPTHS.get(colour_type, ())
        or compression
        or filtering
        or interlace > 1
    ):
        raise ImageBroken(integrator="The PNG's header is invalid.")
    return PngHeader(
        width=width,
        height=height,
        bits=bits,
        colour_type=colour_type,
        interlaced=bool(interlace),
        has_alpha=transparent or colour_type in {GREY_ALPHA, RGB_ALPHA},
        orientation=orientation,
        profile=profile,
    )


def strip(content: bytes) -> bytes:
    """Return the PNG with only header, palette, transparency and pixels. Raises ImageBroken if it is truncated."""
    pieces = [SIGNATURE]
    for kind, body in _chunks(content):
        if kind in _KEPT:
            check = zlib.crc32(kind + body)
            pieces.append(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check))
    return b"".join(pieces)


def compressed_pixels(content: bytes) -> bytes:
    """Return a PNG's compressed pixels, joined. Raises ImageBroken if it is truncated."""
    return b"".join(body for kind, body in _chunks(content) if kind == b"IDAT")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, body) of every chunk up to IEND, verifying the checksums of those that are kept."""
    at = len(SIGNATURE)
    while True:
        if at + 12 > len(content):
            raise ImageBroken(integrator="The PNG ends before its end chunk.")
        size = int.from_bytes(content[at : at + 4])
        kind = content[at + 4 : at + 8]
        end = at + 12 + size
        if end > len(content):
            raise ImageBroken(integrator="A PNG chunk is longer than the file.")
        body = content[at + 8 : end - 4]
        if kind in _KEPT and zlib.crc32(kind + body) != int.from_bytes(content[end - 4 : end]):
            raise ImageBroken(integrator="A PNG chunk's checksum is wrong.")
        yield kind, body
        if kind == b"IEND":
            return
        at = end


def _profile(body: bytes) -> bytes | None:
    """Decompress the colour profile of an iCCP chunk; None if that fails, which leaves the colours unchanged."""
    _name, _, packed = body.partition(b"\x00")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return None
    return profile if unpacker.eof else None
