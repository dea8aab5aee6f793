"""Parse a PNG's chunks: its header, and the image stripped of everything else."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.formats import exif, icc

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
    gamma: float | None = None
    """The exponent of its samples if they are neither sRGB nor described by a profile; None if viewers ignore it."""
    taken: exif.Taken | None = None
    primaries: int = 2
    """The colour primaries if a cICP chunk names them, as numbered in ITU-T H.273: 1 sRGB, 12 Display P3, 2 unknown."""

    @property
    def grey(self) -> bool:
        """Whether the image is greyscale."""
        return self.colour_type in {GREY, GREY_ALPHA}

    @property
    def pixel_bytes(self) -> int:
        """Memory for the whole decompressed image, in bytes (a palette is expanded to RGB or RGBA)."""
        channels = 4 if self.colour_type == PALETTE else _CHANNELS[self.colour_type] + 1
        return self.width * self.height * channels * (2 if self.bits == 16 else 1)  # bits

    @property
    def misread_by_pillow(self) -> bool:
        """Whether one colour is transparent, and Pillow compares that with samples that it has scaled to 8 bits."""
        return self.has_alpha and self.colour_type in {GREY, RGB} and self.bits not in {1, 8}


def is_png(content: bytes) -> bool:
    """Check the first bytes."""
    return content.startswith(SIGNATURE)


def read_header(content: bytes) -> PngHeader:
    """Read a PNG up to its first pixels. Raises ImageBroken, ImageUnsupported (animated)."""
    chunks: dict[bytes, bytes] = {}
    for kind, body in _chunks(content):
        if not chunks and (kind != b"IHDR" or len(body) != 13):  # its fixed length
            raise ImageBroken(integrator="The PNG does not start with its header.")
        if kind in {b"tEXt", b"zTXt"} and body.startswith(_RAW_EXIF):
            chunks.setdefault(b"eXIf", _raw_exif(kind, body))
            continue
        chunks[kind] = body
        if kind == b"IDAT":
            break
    else:
        raise ImageBroken(integrator="The PNG has no pixels.")
    if b"acTL" in chunks:
        raise ImageUnsupported("This image is animated. Save one frame as JPEG or PNG and add that.")
    primaries, transfer = (*chunks.get(b"cICP", b"")[:2], 2, 2)[:2]
    # The chunk has the last word.
    profile = _profile(chunks[b"iCCP"]) if b"iCCP" in chunks and b"cICP" not in chunks else None
    if transfer in icc.HDR_TRANSFERS or primaries == icc.BT_2020:
        raise ImageUnsupported(icc.HDR, integrator=f"Primaries {primaries}, transfer {transfer}.")
    described = profile is not None or b"sRGB" in chunks or b"cICP" in chunks
    header = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    width, height, bits, colour_type, compression, filtering, interlace = header
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
        has_alpha=b"tRNS" in chunks or colour_type in {GREY_ALPHA, RGB_ALPHA},
        orientation=exif.orientation(chunks.get(b"eXIf", b"")),
        profile=profile,
        gamma=icc.GAMMA.get(transfer) if described else _gamma(chunks.get(b"gAMA", b"")),
        taken=exif.taken(chunks.get(b"eXIf", b"")),
        primaries=primaries,
    )


_RAW_EXIF: Final = (b"Raw profile type exif\x00", b"Raw profile type APP1\x00")
"""How ImageMagick and others wrote Exif into a PNG, as hexadecimal text, before there was a chunk for it."""
_MAX_RAW_EXIF: Final = 200_000


def _raw_exif(kind: bytes, body: bytes) -> bytes:
    text = body.partition(b"\x00")[2]
    try:
        if kind == b"zTXt":
            text = zlib.decompressobj().decompress(text[1:], _MAX_RAW_EXIF)
        digits = b"".join(text[:_MAX_RAW_EXIF].split()[2:])  # its name and length come first
        return bytes.fromhex(digits.decode("ascii")).removeprefix(b"Exif\x00\x00")
    except (zlib.error, ValueError):
        return b""


def _gamma(body: bytes) -> float | None:
    """Return an exponent if it differs visibly from sRGB's 1 / 2.2 and can be meant."""
    gamma = int.from_bytes(body) / 100_000 if len(body) == 4 else 0.0
    return gamma if 0.1 <= gamma <= 5 and abs(2.2 * gamma - 1) > 0.05 else None


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
    at, pixels = len(SIGNATURE), False
    while True:
        if at + 12 > len(content) and pixels:
            # Every viewer shows it; the decoder refuses it if pixels are missing.
            yield b"IEND", b""
            return
        if at + 12 > len(content):
            raise ImageBroken(integrator="The PNG ends before its pixels.")
        size = int.from_bytes(content[at : at + 4])
        kind = content[at + 4 : at + 8]
        end = at + 12 + size
        if end > len(content):
            raise ImageBroken(integrator="A PNG chunk is longer than the file.")
        body = content[at + 8 : end - 4]
        if kind in _KEPT and zlib.crc32(kind + body) != int.from_bytes(content[end - 4 : end]):
            raise ImageBroken(integrator="A PNG chunk's checksum is wrong.")
        pixels = pixels or kind == b"IDAT"
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
