"""Strip PDF streams that carry metadata of their own: JPEG and JPEG 2000 images, colour profiles."""

import zlib
from collections.abc import Iterator
from typing import Final

import pikepdf
from pikepdf import Name, Object

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.formats import icc, jpeg, jpeg_strip
from clinicpro_images.imaging.limits import MAX_BYTES

_IMAGE_KEYS: Final = frozenset(
    {
        "/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent", "/ImageMask", "/Mask", "/Decode",
        "/Interpolate", "/SMask", "/SMaskInData", "/Matte", "/Intent", "/OC", "/Length", "/Filter", "/DecodeParms",
    }
)  # fmt: skip
_MAX_PROFILE_BYTES: Final = 8 * 1024 * 1024
_JP2_KEPT: Final = frozenset({b"jP  ", b"ftyp", b"jp2h", b"jp2c"})
_NOT_SUPPORTED: Final = (
    "This PDF contains an image in an unsupported format. Print it to a new PDF and add that."
)


def clean_stream(stream: pikepdf.Stream) -> None:
    """Remove from one stream everything its pixels or colours don't need. Raises ImageBroken, ImageUnsupported."""
    filters = _filters(stream)
    if stream.get("/Subtype") == Name.Image:
        for key in [key for key in stream.keys() if key not in _IMAGE_KEYS]:  # noqa: SIM118 - an Object has no iterator
            del stream[key]
    if "/DCTDecode" in filters:
        stream.write(
            _strip_jpeg(_image_bytes(stream, filters)),
            filter=Name.DCTDecode,
            decode_parms=_last_parms(stream),
        )
    elif "/JPXDecode" in filters:
        stream.write(_strip_jp2(_image_bytes(stream, filters)), filter=Name.JPXDecode)
    elif stream.get("/N") in {1, 3, 4} and "/First" not in stream:
        profile = stream.read_bytes()
        if len(profile) <= _MAX_PROFILE_BYTES and icc.colour_space(profile) is not None:
            stream.write(icc.strip_text(profile))


def _filters(stream: pikepdf.Stream) -> list[str]:
    found = stream.get("/Filter")
    if found is None:
        return []
    return [str(each) for each in found] if isinstance(found, pikepdf.Array) else [str(found)]


def _image_bytes(stream: pikepdf.Stream, filters: list[str]) -> bytes:
    """Return the image's own bytes, decompressed if the writer compressed them once more."""
    raw = bytes(stream.read_raw_bytes())
    if len(filters) == 1:
        return raw
    if len(filters) == 2 and filters[0] == "/FlateDecode" and not _first_parms(stream):  # compressed once
        unpacker = zlib.decompressobj()
        try:
            return unpacker.decompress(raw, MAX_BYTES)
        except zlib.error as error:
            raise ImageBroken(integrator="An image in the PDF can't be decompressed.") from error
    raise ImageUnsupported(_NOT_SUPPORTED, integrator=f"Filters {filters}.")


def _first_parms(stream: pikepdf.Stream) -> Object | None:
    parms = stream.get("/DecodeParms")
    return parms[0] if isinstance(parms, pikepdf.Array) and len(parms) else None


def _last_parms(stream: pikepdf.Stream) -> pikepdf.Dictionary | None:
    """Return the JPEG's own parameter, its colour transform."""
    parms = stream.get("/DecodeParms")
    last = parms[-1] if isinstance(parms, pikepdf.Array) and len(parms) else parms
    return last if isinstance(last, pikepdf.Dictionary) else None


def _strip_jpeg(raw: bytes) -> bytes:
    """Strip a JPEG; scanners often omit its end marker, and readers tolerate that."""
    start = raw.find(b"\xff\xd8\xff")
    if start < 0:
        raise ImageBroken(integrator="An image in the PDF is not a JPEG.")
    content = raw[start:]
    try:
        return jpeg_strip.strip(content, jpeg.read_header(content))
    except ImageBroken:
        content += b"\xff\xd9"
        return jpeg_strip.strip(content, jpeg.read_header(content))


def _strip_jp2(raw: bytes) -> bytes:
    """Keep the boxes of a JPEG 2000 file that hold the image; from a bare codestream, only remove the comments."""
    if raw.startswith(b"\xff\x4f\xff\x51"):
        return _strip_comments(raw)
    kept = []
    for kind, head, body in _jp2_boxes(raw):
        if kind in _JP2_KEPT:
            kept.append((0).to_bytes(4) + kind + _strip_comments(body) if kind == b"jp2c" else head + body)
    if not kept:
        raise ImageBroken(integrator="An image in the PDF is not a JPEG 2000.")
    return b"".join(kept)


def _jp2_boxes(raw: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield (type, header, body) of each box up to the codestream, the last one that is needed."""
    at = 0
    while at + 8 <= len(raw):
        size, start = int.from_bytes(raw[at : at + 4]), at + 8
        if size == 1:
            size, start = int.from_bytes(raw[at + 8 : at + 16]), at + 16
        end = len(raw) if size == 0 else at + size
        if end < start or end > len(raw):
            raise ImageBroken(integrator="A JPEG 2000 box is longer than the image.")
        kind = raw[at + 4 : at + 8]
        yield kind, raw[at:start], raw[start:end]
        if kind == b"jp2c":
            return
        at = end


def _strip_comments(stream: bytes) -> bytes:
    """Remove the comment segments from a JPEG 2000 main header."""
    pieces, at = [stream[:2]], 2
    while stream[at : at + 1] == b"\xff" and stream[at + 1 : at + 2] not in {b"\x90", b"\x93", b"\xd9"}:
        end = at + 2 + int.from_bytes(stream[at + 2 : at + 4])
        if end <= at + 3 or end > len(stream):
            raise ImageBroken(integrator="A JPEG 2000 segment is longer than the image.")
        if stream[at + 1] != 0x64:  # comment
            pieces.append(stream[at:end])
        at = end
    return b"".join([*pieces, stream[at:]])
