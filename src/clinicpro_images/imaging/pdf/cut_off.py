"""Finds drawings and images of a PDF that were cut off, as by a download that broke off: readers show them as far as they go."""

import zlib
from collections.abc import Iterator
from typing import Any, Final

import pikepdf
import pyvips
from pikepdf import Array, Name

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.formats import jpeg, jpeg_strip
from clinicpro_images.imaging.watched import decode_watched

_MOST_STREAMS: Final = 2_000
_PART: Final = 1 << 18
_FLUSHED: Final = b"\x00\x00\xff\xff"
"""The end of a deflate stream whose writer never closed it (RFC 1951, an empty stored block): nothing is missing."""
_PADDING: Final = b"\x00\t\r\n "
_END_OF_JPEG: Final = b"\xff\xd9"
_SHRINK: Final = 8


def is_cut_off(pdf: pikepdf.Pdf) -> bool:
    """Return whether a page's instructions, a form on it or a JPEG on it ends before its end."""
    return any(_is_cut_off(stream) for stream in _drawn(pdf))


def _drawn(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Stream]:
    """Yield what pages draw, each once: their content, and the forms and images of their resources."""
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = []
    for page in pdf.pages:
        content = page.obj.get("/Contents")
        waiting += [*(content if isinstance(content, Array) else [content]), page.obj]
    while waiting and len(seen) < _MOST_STREAMS:
        item = waiting.pop()
        if not isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            continue
        if item.is_indirect:
            if item.objgen in seen:
                continue
            seen.add(item.objgen)
        resources: Any = item.get("/Resources")
        objects: Any = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
        if isinstance(objects, pikepdf.Dictionary):
            waiting += [objects.get(key) for key in objects.keys()]  # noqa: SIM118 - an Object has no iterator
        if isinstance(item, pikepdf.Stream):
            yield item


def _is_cut_off(stream: pikepdf.Stream) -> bool:
    kind = stream.get("/Filter")
    if isinstance(kind, Array) and len(kind) == 1:
        kind = kind[0]
    is_image = stream.get("/Subtype") == Name.Image
    if kind == Name.DCTDecode and is_image:
        return _is_jpeg_cut_off(bytes(stream.read_raw_bytes()))
    # An image's deflate stream is not inflated only for this: it may have a hundred megabytes.
    return kind == Name.FlateDecode and not is_image and _is_deflate_cut_off(bytes(stream.read_raw_bytes()))


def _is_deflate_cut_off(raw: bytes) -> bool:
    # Without zlib's head and check sum: some writers leave that out, and it is no content.
    inflater, left = zlib.decompressobj(-zlib.MAX_WBITS), raw[2:]
    try:
        while left and not inflater.eof:
            inflater.decompress(left, _PART)
            left = inflater.unconsumed_tail
    except zlib.error:
        return False  # other damage, about which the comparison of what readers see decides
    return bool(raw) and not inflater.eof and not raw.rstrip(b"\r\n").endswith(_FLUSHED)


def _is_jpeg_cut_off(raw: bytes) -> bool:
    """Return whether pixels are missing. A missing end marker alone doesn't count: scanners often omit it."""
    if raw.rstrip(_PADDING).endswith(_END_OF_JPEG):
        return False
    content = raw[max(raw.find(b"\xff\xd8\xff"), 0) :]
    try:
        stripped = jpeg_strip.strip(content, jpeg.read_header(content))
        _, state = decode_watched(
            stripped, shrink=_SHRINK, finish=pyvips.Image.copy_memory, after=lambda image, _state: image
        )
    except (ImageBroken, ImageUnsupported, pyvips.Error):
        return False  # as above
    return state == "missing"
