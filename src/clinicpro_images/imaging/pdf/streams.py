"""Strip PDF streams that carry metadata of their own: JPEG and JPEG 2000 images, colour profiles."""

import base64
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import pikepdf
from pikepdf import Array, Name, Object

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.formats import icc, jpeg, jpeg_strip
from clinicpro_images.imaging.limits import FILE_COPIES, MAX_BYTES, MAX_DECODE_BYTES, MAX_PASSES_BYTES
from clinicpro_images.imaging.need import check_need
from clinicpro_images.imaging.pdf.drawing import NeedsDrawing

_IMAGE_KEYS: Final = frozenset(
    {
        "/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent", "/ImageMask", "/Mask", "/Decode",
        "/Interpolate", "/SMask", "/SMaskInData", "/Matte", "/Intent", "/OC", "/Length", "/Filter", "/DecodeParms",
    }
)  # fmt: skip
_MAX_INKS: Final = 32
"""Most inks of an image, which is also what PDF's own programs have to be able to show (ISO 32000-1, annex C)."""
_MAX_PROFILE_BYTES: Final = 8 * 1024 * 1024
_JP2_KEPT: Final = frozenset({b"jP  ", b"ftyp", b"jp2h", b"jp2c"})


def clean_stream(stream: pikepdf.Stream) -> None:
    """Remove from one stream everything its pixels or colours don't need. Raises NeedsDrawing, ImageUnsupported."""
    filters = _filters(stream)
    if stream.get("/Subtype") == Name.Image:
        _check_inks(stream.get("/ColorSpace"))
        for key in [key for key in stream.keys() if key not in _IMAGE_KEYS]:  # noqa: SIM118 - an Object has no iterator
            del stream[key]
    if "/DCTDecode" in filters:
        stream.write(
            _strip_jpeg(_image_bytes(stream, filters)),
            filter=Name.DCTDecode,
            decode_parms=_last_parms(stream),
        )
    elif "/JPXDecode" in filters:
        _weigh_jp2(stream)
        stream.write(_strip_jp2(_image_bytes(stream, filters)), filter=Name.JPXDecode)
    elif stream.get("/N") in {1, 3, 4} and "/First" not in stream:
        profile = stream.read_bytes()
        if len(profile) <= _MAX_PROFILE_BYTES and icc.colour_space(profile) is not None:
            stream.write(icc.strip_text(profile))


def _check_inks(colours: object) -> None:
    """Raise ImageUnsupported for more inks than programs can show: each pixel takes as many numbers while it is drawn."""
    if isinstance(colours, Array) and len(colours) > 1 and colours[0] == Name.Indexed:
        colours = colours[1]
    if isinstance(colours, Array) and len(colours) > 1 and colours[0] == Name.DeviceN:
        names: Any = colours[1]
        if isinstance(names, Array) and len(names) > _MAX_INKS:
            raise ImageUnsupported(
                "An image in this PDF has more inks than programs can show. Print it to a new PDF and add that.",
                integrator=f"DeviceN with {len(names)} colorants.",
            )


def _filters(stream: pikepdf.Stream) -> list[str]:
    found = stream.get("/Filter")
    if found is None:
        return []
    return [str(each) for each in found] if isinstance(found, Array) else [str(found)]


def _image_bytes(stream: pikepdf.Stream, filters: list[str]) -> bytes:
    """Return the image's own bytes, decompressed if the writer compressed them once more."""
    raw = bytes(stream.read_raw_bytes())
    if len(filters) == 1:
        return raw
    for name in filters[:-1]:
        if name not in _OUTER_FILTERS or _first_parms(stream):
            raise NeedsDrawing(f"Filters {filters}.")
        raw = _OUTER_FILTERS[name](raw)
    return raw


def _inflate(raw: bytes) -> bytes:
    return zlib.decompressobj().decompress(raw, MAX_BYTES)


def _ascii85(raw: bytes) -> bytes:
    return base64.a85decode(b"".join(raw.split()).partition(b"~")[0])


def _ascii_hex(raw: bytes) -> bytes:
    digits = b"".join(raw.split()).partition(b">")[0]
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _run_length(raw: bytes) -> bytes:
    made, at = bytearray(), 0
    while at < len(raw) and raw[at] != 128 and len(made) <= MAX_BYTES:
        length = raw[at]
        if length < 128:
            made += raw[at + 1 : at + 2 + length]
            at += 2 + length
        else:
            made += raw[at + 1 : at + 2] * (257 - length)
            at += 2
    return bytes(made)


_OUTER_FILTERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "/FlateDecode": _inflate, "/Fl": _inflate, "/ASCII85Decode": _ascii85, "/A85": _ascii85,
    "/ASCIIHexDecode": _ascii_hex, "/AHx": _ascii_hex, "/RunLengthDecode": _run_length, "/RL": _run_length,
}  # fmt: skip
"""What writers put around a JPEG."""


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
        raise NeedsDrawing("An image is not a JPEG.")
    content = raw[start:]
    try:
        header = jpeg.read_header(content)
        if header.multi_scan:
            whole = header.coefficient_bytes + FILE_COPIES * len(content)
            check_need(whole, "An image on one of its pages", most=MAX_PASSES_BYTES)
        return jpeg_strip.strip(content, header)
    except (ImageBroken, ImageUnsupported) as error:
        raise NeedsDrawing("A JPEG that can't be stripped.") from error


def _weigh_jp2(stream: pikepdf.Stream) -> None:
    """Let a JPEG 2000 wait for its turn by the size that the PDF says; what it really takes, the process's limit decides."""
    sizes: list[Any] = [stream.get(key) for key in ("/Width", "/Height")]
    width, height = (each if isinstance(each, int) else 0 for each in sizes)
    check_need(min(_JP2_BYTES * width * height, MAX_DECODE_BYTES), "An image on one of its pages")


_JP2_BYTES: Final = 16
"""Four for each sample while it is decoded, and the picture."""


def _strip_jp2(raw: bytes) -> bytes:
    """Keep the boxes of a JPEG 2000 file that hold the image; from a bare codestream, only remove the comments."""
    if raw.startswith(b"\xff\x4f\xff\x51"):
        return _strip_comments(raw)
    kept = []
    for kind, head, body in _jp2_boxes(raw):
        if kind in _JP2_KEPT:
            kept.append((0).to_bytes(4) + kind + _strip_comments(body) if kind == b"jp2c" else head + body)
    if not kept:
        raise NeedsDrawing("An image is not a JPEG 2000.")
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
            raise NeedsDrawing("A JPEG 2000 box is longer than the image.")
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
            raise NeedsDrawing("A JPEG 2000 segment is longer than the image.")
        if stream[at + 1] != 0x64:  # comment
            pieces.append(stream[at:end])
        at = end
    return b"".join([*pieces, stream[at:]])
