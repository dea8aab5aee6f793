"""What the widget shows of a picture: a small JPEG whose longest edge is known."""

from typing import Final

from clinicpro_images.imaging import pixels
from clinicpro_images.imaging.inspect import recognise

THUMB_EDGE: Final = 320
VIEW_EDGE: Final = 1600
_QUALITY: Final = 82


def rendition(content: bytes, *, edge: int) -> bytes:
    """Return a clean JPEG or PNG as an upright sRGB JPEG whose longest edge is `edge` pixels at most, never enlarged.

    Raises what `recognise` raises, and PictureBroken when the picture can't be decoded.
    """
    found = recognise(content)
    image = pixels.upright(pixels.bare(content, found), found, edge=edge)
    return pixels.encode_jpeg(image, quality=_QUALITY, sampled=True)
