"""Decode BMP with Pillow: libvips has no decoder for it."""

import io
import struct
from typing import Final

import pyvips
from PIL import BmpImagePlugin, Image

from clinicpro_images.imaging.errors import ImageUnsupported
from clinicpro_images.imaging.formats.bmp import NOT_SUPPORTED, BmpHeader

_MODES: Final = {"1": "L", "L": "L", "P": "RGB", "RGB": "RGB", "RGBA": "RGBA"}


def decode_bmp(content: bytes, header: BmpHeader) -> pyvips.Image:
    """Decode to 8 bits per channel. Raises ImageUnsupported."""
    try:
        with Image.open(io.BytesIO(content), formats=(BmpImagePlugin.BmpImageFile.format,)) as opened:
            mode = _MODES[opened.mode]
            if header.has_alpha and mode != "RGBA":
                raise ImageUnsupported(NOT_SUPPORTED, integrator="Pillow ignores its transparency.")
            decoded = opened if opened.mode == mode else opened.convert(mode)
            if mode == "RGBA" and decoded.getchannel("A").getextrema() == (0, 0):
                decoded = decoded.convert("RGB")  # some programs leave the fourth byte empty
            pixels, bands = decoded.tobytes(), len(decoded.getbands())
            size = decoded.size
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        KeyError,
        struct.error,
        Image.DecompressionBombError,
    ) as error:
        raise ImageUnsupported(NOT_SUPPORTED, integrator="Pillow could not decode all of it.") from error
    image = pyvips.Image.new_from_memory(pixels, *size, bands, "uchar")
    return image.copy(interpretation="srgb" if bands > 2 else "b-w")
