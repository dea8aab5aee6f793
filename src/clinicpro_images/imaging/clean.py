"""What was captured, and nothing besides: upright, sRGB, decodable to its last pixel, free of every trace."""

from typing import Final

from clinicpro_images.imaging import pixels, png, soundness
from clinicpro_images.imaging.inspect import inspect
from clinicpro_images.imaging.results import CleanPicture

QUALITY: Final = 95
"""JPEG quality where a turn or a colour profile forces a new encoding of the original."""


def clean(content: bytes) -> CleanPicture:
    """Return the picture upright, in sRGB, without any metadata, after decoding it to its last pixel.

    A JPEG that stands upright in sRGB keeps its scan byte for byte; only what surrounds it goes. Others are encoded
    again at quality 95. A PNG comes out as an 8-bit PNG on white: neither JPEG nor what Medtech shows knows
    transparency, and what is reviewed must be what is filed.

    Raises what `inspect` raises, and PictureBroken for a truncated or corrupt picture.
    """
    found = inspect(content)
    stripped = pixels.bare(content, found)
    header = found.header
    if isinstance(header, png.PngHeader):
        encoded = pixels.encode_png(pixels.upright(stripped, found))
    else:
        intact = soundness.check(stripped, found)
        if intact and found.orientation == 1 and not found.profile and found.colour != "cmyk":
            return CleanPicture(stripped, found.content_type, found.width, found.height, reencoded=False)
        sampled = found.colour == "rgb" and header.sampling != (1, 1)
        encoded = pixels.encode_jpeg(pixels.upright(stripped, found), quality=QUALITY, sampled=sampled)
    return CleanPicture(encoded, found.content_type, found.width, found.height, reencoded=True)
