"""Parse a WebP's chunks: its header, and the image stripped of everything else."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.formats import exif

_ALPHA_FLAG: Final = 0x10
_ANIMATED_FLAG: Final = 0x02
_HEAD_BYTES: Final = 10
"""How much of a chunk is read: VP8's frame header, VP8X's flags and canvas."""


@dataclass(frozen=True)
class WebpHeader:
    """The header of a WebP. `width` and `height` are as stored, not yet upright."""

    width: int
    height: int
    lossless: bool
    has_alpha: bool
    orientation: int
    profile: bytes | None
    taken: exif.Taken | None = None

    @property
    def pixel_bytes(self) -> int:
        """Memory that the two decoders need for the whole image at once, in bytes: both hold it four times, with transparency."""
        return self.width * self.height * 16


def is_webp(content: bytes) -> bool:
    """Check the first bytes."""
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def read_header(content: bytes) -> WebpHeader:
    """Read a WebP's chunks. Raises ImageBroken, ImageUnsupported (animated)."""
    size, lossless, alpha, orientation, profile = None, False, False, 1, None
    taken: exif.Taken | None = None
    for kind, body in _chunks(content):
        _check_still(kind, body)
        if kind == b"ALPH":
            alpha = True
        elif kind == b"ICCP":
            profile = body
        elif kind == b"EXIF":
            block = body.removeprefix(b"Exif\x00\x00")
            orientation, taken = exif.orientation(block), exif.taken(block)
        elif kind in {b"VP8 ", b"VP8L"} and size is None:
            lossless = kind == b"VP8L"
            width, height, transparent = _read_vp8l(body) if lossless else (*_read_vp8(body), False)
            size, alpha = (width, height), alpha or transparent
    if size is None:
        raise ImageBroken(integrator="The WebP has no pixels.")
    return WebpHeader(
        *size, lossless=lossless, has_alpha=alpha, orientation=orientation, profile=profile, taken=taken
    )


def strip(content: bytes) -> bytes:
    """Return the WebP with only pixels and transparency. Raises ImageBroken if it is truncated."""
    header = read_header(content)
    kept: dict[bytes, bytes] = {}
    for kind, body in _chunks(content):
        if kind in {b"ALPH", b"VP8 ", b"VP8L"}:
            kept.setdefault(kind, body)
    if b"ALPH" in kept and b"VP8 " in kept:
        flags = struct.pack("<I", _ALPHA_FLAG)
        canvas = (header.width - 1).to_bytes(3, "little") + (header.height - 1).to_bytes(3, "little")
        pieces = [(b"VP8X", flags + canvas), (b"ALPH", kept[b"ALPH"]), (b"VP8 ", kept[b"VP8 "])]
    else:
        kind = b"VP8L" if header.lossless else b"VP8 "
        pieces = [(kind, kept[kind])]
    chunks = b"".join(
        kind + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2) for kind, body in pieces
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, body) of every chunk; data beyond the RIFF's own length is ignored."""
    end = 8 + int.from_bytes(content[4:8], "little")
    if end > len(content) + 1:  # the last chunk's padding byte is often missing
        raise ImageBroken(integrator="The WebP is shorter than its header says.")
    at = 12
    while at + 8 <= end:
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        if at + 8 + size > min(end, len(content)):
            raise ImageBroken(integrator="A WebP chunk is longer than the file.")
        yield content[at : at + 4], content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _check_still(kind: bytes, body: bytes) -> None:
    if kind in {b"ANIM", b"ANMF"} or (kind == b"VP8X" and body[:1] and body[0] & _ANIMATED_FLAG):
        raise ImageUnsupported("This image is animated. Save one frame as JPEG or PNG and add that.")


def _read_vp8(body: bytes) -> tuple[int, int]:
    if len(body) < _HEAD_BYTES or body[3:6] != b"\x9d\x01\x2a" or body[0] & 1:
        raise ImageBroken(integrator="The WebP does not start with a key frame.")
    width, height = struct.unpack_from("<HH", body, 6)
    if not width & 0x3FFF or not height & 0x3FFF:
        raise ImageBroken(integrator="The WebP's dimensions are zero.")
    return width & 0x3FFF, height & 0x3FFF


def _read_vp8l(body: bytes) -> tuple[int, int, bool]:
    if len(body) < 5 or body[0] != 0x2F:  # its signature
        raise ImageBroken(integrator="The WebP's lossless header is corrupt.")
    bits = int.from_bytes(body[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)
