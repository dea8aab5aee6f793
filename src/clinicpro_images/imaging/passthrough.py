"""Pass a clean JPEG that already fits through unchanged: nothing is decoded, so the gateway needs no worker for it."""

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
"""Most bytes that the TIFF around a JPEG adds, apart from the description (measured: 350)."""


def passthrough_scan(
    content: bytes, content_type: str, *, description: str, limits: FitLimits
) -> FittedImage | None:
    """Do as `fit.fit_scan` does for a JPEG that already fits; None if pixels would have to be decoded. Raises the same errors."""
    if content_type != "image/jpeg" or len(content) >= limits.aim_bytes:
        return None
    found = inspect_as(content, content_type)
    unchanged = passthrough_jpeg(content, found, limits_inside_tiff(limits, description))
    if unchanged is None or not isinstance(found.header, jpeg.JpegHeader):
        return None
    return wrap_in_tiff(unchanged, description, found.header)


def passthrough_media(content: bytes, content_type: str, *, limits: FitLimits) -> FittedImage | None:
    """Do as `fit.fit_media` does for a JPEG that already fits; None if pixels would have to be decoded. Raises the same errors."""
    if content_type != "image/jpeg" or len(content) >= limits.aim_bytes:
        return None
    return passthrough_jpeg(content, inspect_as(content, content_type), limits)


def passthrough_jpeg(content: bytes, found: Inspection, limits: FitLimits) -> FittedImage | None:
    """Return a clean image unchanged; None if it doesn't fit, or if TIFF readers would misread it.

    A clean image has been stripped already, and authenticated encryption guarantees that its bytes haven't
    changed since. As a second check its header, which is where names and places would be, is compared with a
    stripped one; if that differs, it is decoded after all.
    """
    header = found.header
    if (
        not isinstance(header, jpeg.JpegHeader)
        or not header.wrappable
        or found.orientation != 1
        or found.profile
        or max(found.width, found.height) > limits.longest_edge
        or len(content) >= limits.aim_bytes
        or not jpeg_strip.has_stripped_header(content, header)
    ):
        return None
    return FittedImage(
        (content,),
        "image/jpeg",
        found.width,
        found.height,
        None,
        unchanged=True,
        done=unchanged_summary(found),
    )


def limits_inside_tiff(limits: FitLimits, description: str) -> FitLimits:
    """Return the limits for a JPEG that will be wrapped in a TIFF with this description."""
    return replace(limits, aim_bytes=limits.aim_bytes - _TIFF_OVERHEAD - len(ascii_line(description)))


def wrap_in_tiff(fitted: FittedImage, description: str, header: jpeg.JpegHeader | None = None) -> FittedImage:
    """Wrap a fitted JPEG in a TIFF unchanged; `header` is the JPEG's own, if it has been read already."""
    image = fitted.content
    front = tiff_front(image, description=description, dpi=_DPI, header=header)
    return replace(fitted, parts=(front, image), content_type="image/tiff")


def inspect_as(content: bytes, content_type: str) -> Inspection:
    """Inspect a stored image; raises ImageUnsupported if its content isn't of the type that was stored with it."""
    found = inspect_stored(content)
    if found.content_type != content_type:
        raise ImageUnsupported(integrator=f"Stored as {content_type}, but is {found.content_type}.")
    return found


def unchanged_summary(found: Inspection) -> str:
    """Return the review's sentence for an image that was not changed."""
    return f"Unchanged, {found.width} × {found.height}."
