"""Renditions for display: a small JPEG with a known longest edge."""

from typing import Final

from clinicpro_images.imaging import pixels
from clinicpro_images.imaging.inspect import inspect_stored
from clinicpro_images.imaging.pdf import pages as pdf_pages

THUMB_EDGE: Final = 320
VIEW_EDGE: Final = 1600
_QUALITY: Final = 82


def rendition(content: bytes, *, edge: int) -> bytes:
    """Return a clean image, or the first page of a clean PDF, as an upright sRGB JPEG.

    Its longest edge is at most `edge` pixels; an image is never upscaled. Raises everything `inspect_stored`
    raises, and ImageBroken if the image can't be decoded.
    """
    found = inspect_stored(content)
    if found.content_type == "application/pdf":
        return pixels.encode_jpeg(
            pdf_pages.render_page(content, 0, edge=edge), quality=_QUALITY, subsample=True
        )
    image = pixels.decode_upright(pixels.strip(content, found), found, edge=edge)
    return pixels.encode_jpeg(image, quality=_QUALITY, subsample=True)
