"""Whether a JPEG is complete and decodes to its last pixel, with no data hidden behind it."""

from typing import Final

import pyvips

from clinicpro_images.imaging.errors import ImageBroken
from clinicpro_images.imaging.formats import jpeg, jpeg_strip
from clinicpro_images.imaging.inspect import Inspection
from clinicpro_images.imaging.limits import FILE_COPIES, MAX_DECODE_BYTES

_SHRINK_FACTORS: Final = (8, 4, 2)
"""Decode at an eighth of the size if the image is large enough: every bit is still read, with less arithmetic."""


def check(content: bytes, found: Inspection) -> bool:
    """Decode a JPEG to its last bit and return whether its scan may be kept unchanged.

    False means that the pixels are sound but the scan is followed by padding, or that the image is too large
    for this check: re-encode it. Raises ImageBroken if pixels are missing or the scan is corrupt.

    libjpeg only warns about a corrupt scan and fills the rest with grey, so a warning counts as a failure
    here. libvips checks for warnings row by row, but not after the last row; hence `with_extra_component`.
    """
    header = found.header
    if not isinstance(header, jpeg.JpegHeader):
        raise TypeError("Only a JPEG can be checked.")
    if header.integrity_check_bytes + FILE_COPIES * len(content) > MAX_DECODE_BYTES:
        return False
    stripped = jpeg_strip.strip(content, header)
    padded = jpeg_strip.has_padding(stripped)
    if not header.multi_scan:
        # Reuses the variable, so that a large file isn't held in memory twice while it is decoded.
        stripped = jpeg_strip.with_extra_component(stripped, header)
    shrink = next((factor for factor in _SHRINK_FACTORS if min(header.width, header.height) >= factor), 1)
    try:
        pyvips.Image.jpegload_buffer(stripped, access="sequential", fail_on="warning", shrink=shrink).avg()
    except pyvips.Error as error:
        if padded:
            return False
        raise ImageBroken(integrator="libjpeg warns of a corrupt or incomplete scan.") from error
    return True
