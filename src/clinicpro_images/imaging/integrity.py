"""Whether every pixel of a picture is really there, and nothing hides behind the last one."""

from typing import Final

import pyvips

from clinicpro_images.imaging.errors import ImageBroken
from clinicpro_images.imaging.formats import jpeg, jpeg_strip
from clinicpro_images.imaging.inspect import Inspection
from clinicpro_images.imaging.limits import FILE_COPIES, MAX_DECODE_BYTES

_SHRINK_FACTORS: Final = (8, 4, 2)
"""An eighth of the size where the picture has as many pixels: every bit is still read, only the arithmetic is spared."""


def check(content: bytes, found: Inspection) -> bool:
    """Decode a JPEG to its last bit and tell whether its scan may be kept as it is.

    False means that the pixels are sound and the scan has padding behind them, or is too large to be looked at this
    closely: encode it anew. Raises ImageBroken when pixels are missing or the scan has lost its way.

    libjpeg only warns about a corrupt scan and fills the rest with grey, so warnings count as failure here. libvips
    looks at them row by row and never after the last one; hence `with_extra_component`.
    """
    header = found.header
    if not isinstance(header, jpeg.JpegHeader):
        raise TypeError("Only a JPEG's scan can be kept.")
    if header.integrity_check_bytes + FILE_COPIES * len(content) > MAX_DECODE_BYTES:
        return False
    stripped = jpeg_strip.strip(content, header)
    padded = jpeg_strip.has_padding(stripped)
    if not header.multi_scan:
        # Takes the name of what it was made from, so that a large file isn't in memory once more while it is decoded.
        stripped = jpeg_strip.with_extra_component(stripped, header)
    shrink = next((factor for factor in _SHRINK_FACTORS if min(header.width, header.height) >= factor), 1)
    try:
        pyvips.Image.jpegload_buffer(stripped, access="sequential", fail_on="warning", shrink=shrink).avg()
    except pyvips.Error as error:
        if padded:
            return False
        raise ImageBroken(integrator="libjpeg warns of a corrupt or incomplete scan.") from error
    return True
