"""Decode the kinds of TIFF that libvips reads wrongly or not at all, with Pillow and its libtiff."""

import io
from typing import Final

import pyvips
from PIL import Image, TiffImagePlugin

from clinicpro_images.imaging.errors import ImageBroken
from clinicpro_images.imaging.formats.tiff import TiffPage

_SPACES: Final = {"RGB": "srgb", "RGBA": "srgb", "CMYK": "cmyk"}


def decode_tiff(stripped: bytes, page: TiffPage) -> pyvips.Image:
    """Decode a page to 8 bits per channel: RGB or CMYK. Raises ImageBroken."""
    try:
        with Image.open(io.BytesIO(stripped), formats=(TiffImagePlugin.TiffImageFile.format,)) as opened:
            if opened.size != (page.width, page.height):
                raise ImageBroken(integrator="libtiff sees another size.")
            decoded = opened.convert("RGB") if opened.mode == "YCbCr" else opened
            space = _SPACES[decoded.mode]
            pixels, bands = decoded.tobytes(), len(decoded.getbands())
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        KeyError,
        TypeError,
        RuntimeError,
        Image.DecompressionBombError,
    ) as error:
        raise ImageBroken(integrator="libtiff could not decode all of it.") from error
    return pyvips.Image.new_from_memory(pixels, page.width, page.height, bands, "uchar").copy(
        interpretation=space
    )
