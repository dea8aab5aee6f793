"""Decode the kinds of TIFF that libvips reads wrongly or not at all, with Pillow and its libtiff."""

import io
from typing import Final

import pyvips
from PIL import Image, TiffImagePlugin

from clinicpro_images.imaging.errors import ImageBroken
from clinicpro_images.imaging.formats.pillow import UNREADABLE
from clinicpro_images.imaging.formats.tiff import TiffPage

_SPACES: Final = {"RGB": "srgb", "RGBA": "srgb", "CMYK": "cmyk"}


def decode_tiff(stripped: bytes, page: TiffPage) -> pyvips.Image:
    """Decode a page to 8 bits per channel: RGB or CMYK. Raises ImageBroken."""
    try:
        with open_with_libtiff(stripped) as opened:
            if opened.size != (page.width, page.height):
                raise ImageBroken(integrator="libtiff sees another size.")
            space = _SPACES[opened.mode]
            pixels, bands = opened.tobytes(), len(opened.getbands())
    except UNREADABLE as error:
        raise ImageBroken(integrator="libtiff could not decode all of it.") from error
    return pyvips.Image.new_from_memory(pixels, page.width, page.height, bands, "uchar").copy(
        interpretation=space
    )


def open_with_libtiff(content: bytes) -> Image.Image:
    """Open a TIFF with Pillow, but have libtiff decode it. Raises as `Image.open`.

    Pillow's own decoder of uncompressed pixels knows no YCbCr with colours at half size, nor separate planes of 16 bits.
    """
    before = TiffImagePlugin.READ_LIBTIFF
    TiffImagePlugin.READ_LIBTIFF = True
    try:
        return Image.open(io.BytesIO(content), formats=(TiffImagePlugin.TiffImageFile.format,))
    finally:
        TiffImagePlugin.READ_LIBTIFF = before
