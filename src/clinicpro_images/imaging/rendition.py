"""Renditions for display: a small JPEG with a known longest edge."""

from typing import Final

import pyvips

from clinicpro_images.imaging import pixels
from clinicpro_images.imaging.errors import NoSuchPage
from clinicpro_images.imaging.inspect import inspect_stored
from clinicpro_images.imaging.pdf import pages as pdf_pages

_QUALITY: Final = 82
_FULL_CHROMA_PIXELS: Final = 110_000


def rendition(content: bytes, *, edge: int, page: int = 0) -> bytes:
    """Return a clean image, or a page of a clean PDF (counted from 0), as an upright sRGB JPEG.

    Its longest edge is at most `edge` pixels; an image is never upscaled. Raises everything `inspect_stored`
    raises, NoSuchPage, and ImageBroken if the image can't be decoded.
    """
    found = inspect_stored(content)
    if found.content_type == "application/pdf":
        return encode_rendition(page_picture(content, page, edge=edge))
    if page:
        raise NoSuchPage
    return encode_rendition(pixels.decode_upright(pixels.strip(content, found), found, edge=edge))


def page_picture(content: bytes, page: int, *, edge: int) -> pyvips.Image:
    """Return a page of a clean PDF as an image in memory. Raises NoSuchPage, ImageBroken."""
    if page >= len(pdf_pages.page_sizes(content)):
        raise NoSuchPage
    return pdf_pages.render_page(content, page, edge=edge)


def encode_rendition(image: pyvips.Image) -> bytes:
    """Encode a small picture for display."""
    small = image.width * image.height <= _FULL_CHROMA_PIXELS  # a thumbnail, or a drawing of few pixels
    return pixels.encode_jpeg(image, quality=_QUALITY, subsample=not small, optimise=False)
