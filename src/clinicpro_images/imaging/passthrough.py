"""A clean JPEG that fits as it is: nothing is decoded, so the gateway does it by itself, without a worker."""

from dataclasses import replace
from typing import Final

from clinicpro_images.imaging.errors import ImageUnsupported
from clinicpro_images.imaging.formats import jpeg
from clinicpro_images.imaging.formats import jpeg_strip as bare_jpeg
from clinicpro_images.imaging.inspect import Inspection, recognise
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.results import Fitted
from clinicpro_images.imaging.wrap import ascii_line, tiff_front

_DPI: Final = 300
_TIFF_ROOM: Final = 512
"""What the TIFF around a JPEG takes at most beside the description, in bytes (it is 350)."""


def scan_as_it_is(content: bytes, content_type: str, *, description: str, limits: FitLimits) -> Fitted | None:
    """As `fit.fit_scan` for what fits already; None where pixels would have to be decoded. Raises as that does."""
    if content_type != "image/jpeg" or len(content) >= limits.aim_bytes:
        return None
    found = said(content, content_type)
    kept = kept_as_it_is(content, found, inside_tiff(limits, description))
    if kept is None or not isinstance(found.header, jpeg.JpegHeader):
        return None
    return in_tiff(kept, description, found.header)


def media_as_it_is(content: bytes, content_type: str, *, limits: FitLimits) -> Fitted | None:
    """As `fit.fit_media` for what fits already; None where pixels would have to be decoded. Raises as that does."""
    if content_type != "image/jpeg" or len(content) >= limits.aim_bytes:
        return None
    return kept_as_it_is(content, said(content, content_type), limits)


def kept_as_it_is(content: bytes, found: Inspection, limits: FitLimits) -> Fitted | None:
    """Return a clean picture as it is; None where it does not fit, or readers of TIFF would misread it.

    A clean picture is bare, and sealed where it is kept: it is those bytes or none. Its header, where names and places
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
    kept = content if bare_jpeg.has_bare_header(content, header) else bare_jpeg.bare(content, header)
    if len(kept) >= limits.aim_bytes:
        return None
    return Fitted(
        (kept,), "image/jpeg", found.width, found.height, None, wrapped=True, done=kept_sentence(found)
    )


def inside_tiff(limits: FitLimits, description: str) -> FitLimits:
    """Return the limits of a JPEG that will lie in a TIFF with this description."""
    return replace(limits, aim_bytes=limits.aim_bytes - _TIFF_ROOM - len(ascii_line(description)))


def in_tiff(fitted: Fitted, description: str, header: jpeg.JpegHeader | None = None) -> Fitted:
    """Put a JPEG that was made to fit into a TIFF, as it is; `header` is its own, where it has been read."""
    image = fitted.content
    front = tiff_front(image, description=description, dpi=_DPI, header=header)
    return replace(fitted, parts=(front, image), content_type="image/tiff")


def said(content: bytes, content_type: str) -> Inspection:
    """Recognise a picture that is kept; raises PictureUnsupported where it is not what it was kept as."""
    found = recognise(content)
    if found.content_type != content_type:
        raise ImageUnsupported(integrator=f"Said to be {content_type}, is {found.content_type}.")
    return found


def kept_sentence(found: Inspection) -> str:
    """Say for the review that nothing was done."""
    return f"Kept as it is, {found.width} × {found.height}."
