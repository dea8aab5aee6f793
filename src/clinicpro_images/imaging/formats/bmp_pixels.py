"""Decode BMP with Pillow: libvips has no decoder for it."""

import io
from typing import Final

import pyvips
from PIL import BmpImagePlugin, Image

from clinicpro_images.imaging.errors import ImageUnsupported
from clinicpro_images.imaging.formats.bmp import NOT_SUPPORTED, BmpHeader
from clinicpro_images.imaging.formats.pillow import UNREADABLE

_MODES: Final = {"1": "L", "L": "L", "P": "RGB", "RGB": "RGB", "RGBA": "RGBA"}

_GREY_DEPTHS: Final = {"1": 1, "L": 8}
"""The depth at which each of Pillow's modes without a palette is what the file has."""


def decode_bmp(content: bytes, header: BmpHeader) -> pyvips.Image:
    """Decode to 8 bits per channel. Raises ImageUnsupported."""
    try:
        with _opened(content, header) as opened:
            mode = "RGB" if header.profile is not None and opened.mode != "RGBA" else _MODES[opened.mode]
            if header.has_alpha and mode != "RGBA":
                raise ImageUnsupported(NOT_SUPPORTED, integrator="Pillow ignores its transparency.")
            decoded = opened if opened.mode == mode else opened.convert(mode)
            if mode == "RGBA" and decoded.getchannel("A").getextrema() == (0, 0):
                decoded = decoded.convert("RGB")  # some programs leave the fourth byte empty
            pixels, bands = decoded.tobytes(), len(decoded.getbands())
            size = decoded.size
    except UNREADABLE as error:
        raise ImageUnsupported(NOT_SUPPORTED, integrator="Pillow could not decode all of it.") from error
    image = pyvips.Image.new_from_memory(pixels, *size, bands, "uchar")
    return image.copy(interpretation="srgb" if bands > 2 else "b-w")


def _opened(content: bytes, header: BmpHeader) -> Image.Image:
    """Open a BMP. Raises as `Image.open`.

    Pillow takes a palette of greys in their order for no palette, and two colours for pixels of one bit, at any depth. So
    where the depth is another, the palette's first colour, black, gets a trace of blue that no shade of grey shows.
    """
    formats = (BmpImagePlugin.BmpImageFile.format,)
    opened = Image.open(io.BytesIO(content), formats=formats)
    if _GREY_DEPTHS.get(opened.mode, header.depth) == header.depth:
        return opened
    opened.close()
    palette_at = 14 + header.header_bytes
    patched = content[:palette_at] + b"\x01" + content[palette_at + 1 :]
    with Image.open(io.BytesIO(patched), formats=formats) as coloured:
        return coloured.convert("L")
