"""A clean JPEG that fits as it is: nothing is decoded, so the gateway does it by itself, without a worker."""

from dataclasses import replace
from typing import Final

from clinicpro_images.imaging.errors import ImageUnsupported
from clinicpro_images.imaging.formats import jpeg, jpeg_strip
from clinicpro_images.imaging.inspect import Inspection, inspect_stored
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.results import FittedImage
from clinicpro_images.imaging.wrap import ascii_line, tiff_front

_DPI: Final = 300
_TIFF_OVERHEAD: Final = 512
"""What the TIFF around a JPEG takes at most beside the description, in bytes (it is 350)."""


def passthrough_scan(
    content: bytes, content_type: str, *, description: str, limits: FitLimits
) -> FittedImage | None:
    """As `fit.fit_scan` for what fits already; None where pixels would have to be decoded. Raises as that does."""
    if content_type != "image/jpeg" or len(content) >= limits.aim_bytes:
        return None
    found = inspect_as(content, content_type)
    unchanged = passthrough_jpeg(content, found, limits_inside_tiff(limits, description))
    if unchanged is None or not isinstance(found.header, jpeg.JpegHeader):
        return None
    return wrap_in_tiff(unchanged, description, found.header)


def passthrough_media(content: bytes, content_type: str, *, limits: FitLimits) -> FittedImage | None:
    """As `fit.fit_media` for what fits already; None where pixels would have to be decoded. Raises as that does."""
    if content_type != "image/jpeg" or len(content) >= limits.aim_bytes:
        return None
    return passthrough_jpeg(content, inspect_as(content, content_type), limits)


def passthrough_jpeg(content: bytes, found: Inspection, limits: FitLimits) -> FittedImage | None:
    """Return a clean picture as it is; None where it does not fit, or readers of TIFF would misread it.

    A clean picture is bare, and sealed where it is unchanged: it is those bytes or none. Its header, where names and places
    would stand, is looked at once more all the same, and the rest only if that is not bare.
    """
    header = found.header
    if (
        not isinstance(header, jpeg.JpegHeader)
        or not header.wrappable
        or found.orientation != 1
        or found.profile
        or max(found.width, found.height) > limits.longest_edge
    ):
        return None
    unchanged = (
        content if jpeg_strip.has_stripped_header(content, header) else jpeg_strip.strip(content, header)
    )
    if len(unchanged) >= limits.aim_bytes:
        return None
    return FittedImage(
        (unchanged,),
        "image/jpeg",
        found.width,
        found.height,
        None,
        unchanged=True,
        done=unchanged_summary(found),
    )


def limits_inside_tiff(limits: FitLimits, description: str) -> FitLimits:
    """Return the limits of a JPEG that will lie in a TIFF with this description."""
    return replace(limits, aim_bytes=limits.aim_bytes - _TIFF_OVERHEAD - len(ascii_line(description)))


def wrap_in_tiff(fitted: FittedImage, description: str, header: jpeg.JpegHeader | None = None) -> FittedImage:
    """Put a JPEG that was made to fit into a TIFF, as it is; `header` is its own, where it has been read."""
    image = fitted.content
    front = tiff_front(image, description=description, dpi=_DPI, header=header)
    return replace(fitted, parts=(front, image), content_type="image/tiff")


def inspect_as(content: bytes, content_type: str) -> Inspection:
    """Recognise a picture that is unchanged; raises ImageUnsupported where it is not what it was unchanged as."""
    found = inspect_stored(content)
    if found.content_type != content_type:
        raise ImageUnsupported(integrator=f"Said to be {content_type}, is {found.content_type}.")
    return found


def unchanged_summary(found: Inspection) -> str:
    """Say for the review that nothing was done."""
    return f"Kept as it is, {found.width} × {found.height}."
