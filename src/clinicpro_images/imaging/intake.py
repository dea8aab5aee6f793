"""Take in an uploaded file: one decode makes what is stored, what is shown and what will be filed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyvips

from clinicpro_images.imaging import compare, pixels
from clinicpro_images.imaging.clean import Cleaned, clean_inspected
from clinicpro_images.imaging.fit import encode_seen, has_full_chroma, summary
from clinicpro_images.imaging.formats import jpeg
from clinicpro_images.imaging.formats.exif import Taken
from clinicpro_images.imaging.inspect import Inspection, inspect
from clinicpro_images.imaging.limits import (
    DESCRIPTION_BYTES,
    THUMB_EDGE,
    VIEW_EDGE,
    FitLimits,
    FitTarget,
    document_bytes,
)
from clinicpro_images.imaging.passthrough import (
    inspect_as,
    limits_inside_tiff,
    passthrough_jpeg,
    unchanged_summary,
)
from clinicpro_images.imaging.pdf.fit import fit_pdf
from clinicpro_images.imaging.rendition import encode_rendition, page_picture
from clinicpro_images.imaging.results import CleanImage, FittedDocument, Intake, Outcome
from clinicpro_images.imaging.wrap import tiff_front

_TYPE_NAMES: Final = {
    "image/heic": "HEIC", "image/avif": "AVIF", "image/webp": "WebP", "image/tiff": "TIFF", "image/png": "PNG",
    "image/bmp": "BMP",
}  # fmt: skip


def take_in(content: bytes, *, limits: FitLimits, targets: Sequence[FitTarget] = ()) -> Intake:
    """Clean an uploaded file, and make its renditions and the JPEG that fits `limits` in a TIFF and alone.

    A document is made to fit each of the `targets`, so that one which can't be is refused now and not when it is filed.
    Raises everything `clean` raises, ImageTooLarge for such a document, and ImageBroken if a second decoder doesn't see in
    the result what came in.
    """
    found = inspect(content)
    inside = limits_inside_tiff(limits, "x" * DESCRIPTION_BYTES)
    cleaned = clean_inspected(content, found, edge=_edge(found, len(content), inside))
    if cleaned.picture is None or cleaned.image.content_type == "application/pdf":
        return _document(cleaned, found, limits, targets)
    picture = cleaned.picture
    view = pixels.shrink_to(picture, VIEW_EDGE)
    thumb = pixels.shrink_to(view, THUMB_EDGE)
    fitted = _unchanged(cleaned.image, found, thumb, inside)
    # What a TIFF's reader shows unchanged, a browser does too.
    its_own = fitted is not None and max(fitted.width, fitted.height) <= VIEW_EDGE
    if fitted is None:
        large = _large(content, found, picture, inside)
        if large is not picture:
            view = pixels.shrink_to(large, VIEW_EDGE)
        fitted = _encoded(cleaned.image, found, large, thumb, inside)
    return Intake(
        image=cleaned.image,
        sent_as=found.content_type,
        view=b"" if its_own else encode_rendition(view),
        thumb=encode_rendition(thumb),
        fitted=fitted.content,
        fitted_width=fitted.width,
        fitted_height=fitted.height,
        quality=fitted.quality,
        encodes=fitted.encodes,
        outcome="re-compressed" if fitted.encodes else "unchanged",
        done=fitted.done,
        taken=_taken(found),
        incomplete=cleaned.incomplete,
    )


def _edge(found: Inspection, size: int, limits: FitLimits) -> int:
    """Return how large the decoded picture has to be: as it is filed, or if that needs no encoding, as it is shown."""
    if found.content_type == "application/pdf":
        return VIEW_EDGE
    if not _may_pass(found, size, limits):
        return max(VIEW_EDGE, limits.longest_edge)
    return THUMB_EDGE if max(found.width, found.height) <= VIEW_EDGE else VIEW_EDGE


def _large(content: bytes, found: Inspection, picture: pyvips.Image, limits: FitLimits) -> pyvips.Image:
    """Return the picture as large as it is filed; decoded again if it was expected to need no encoding."""
    if _may_pass(found, len(content), limits):
        again = clean_inspected(content, found, edge=max(VIEW_EDGE, limits.longest_edge)).picture
        return picture if again is None else again
    return picture


def _may_pass(found: Inspection, size: int, limits: FitLimits) -> bool:
    return (
        isinstance(found.header, jpeg.JpegHeader)
        and found.header.wrappable
        and found.orientation == 1
        and not found.profile
        and max(found.width, found.height) <= limits.longest_edge
        and size < limits.aim_bytes
    )


@dataclass(frozen=True)
class _Fitted:
    content: bytes
    width: int
    height: int
    quality: int | None
    encodes: int
    done: str


def _unchanged(
    stored: CleanImage, found: Inspection, thumb: pyvips.Image, limits: FitLimits
) -> _Fitted | None:
    """Return no content if the stored JPEG can be filed as it is, seen so by a second decoder; None if it can't."""
    if stored.content_type != "image/jpeg" or stored.reencoded:
        return None
    if passthrough_jpeg(stored.content, inspect_as(stored.content, "image/jpeg"), limits) is None:
        return None
    if not _reads_as_tiff(stored, thumb):
        return None
    return _Fitted(b"", stored.width, stored.height, None, 0, unchanged_summary(found))


def _encoded(
    stored: CleanImage, found: Inspection, picture: pyvips.Image, thumb: pyvips.Image, limits: FitLimits
) -> _Fitted:
    """Return the JPEG that will be filed, seen by a second decoder."""
    small = pixels.shrink_to(picture, limits.longest_edge)
    best, image = encode_seen(small, limits, full_chroma=has_full_chroma(found), thumb=thumb)
    done = summary(found, image, best.quality, limits)
    if stored.reencoded and found.content_type != "image/jpeg":
        done = f"Converted from {_TYPE_NAMES[found.content_type]}. {done}"
    return _Fitted(best.content, image.width, image.height, best.quality, 1, done)


def _reads_as_tiff(stored: CleanImage, thumb: pyvips.Image) -> bool:
    front = tiff_front(stored.content, description="", dpi=300)
    size = (stored.width, stored.height)
    return compare.looks_the_same(front + stored.content, "TIFF", _at_edge(thumb), size=size)


def _at_edge(thumb: pyvips.Image) -> pyvips.Image:
    return pixels.shrink_to(thumb, compare.EDGE)


def _taken(found: Inspection) -> Taken | None:
    return getattr(found.header, "taken", None)


def _document(cleaned: Cleaned, found: Inspection, limits: FitLimits, targets: Sequence[FitTarget]) -> Intake:
    image = cleaned.image
    first = cleaned.picture
    if first is None:
        first = page_picture(image.content, 0, edge=VIEW_EDGE)
    outcome: Outcome = "converted" if image.reencoded else "unchanged"
    return Intake(
        image=image,
        sent_as=found.content_type,
        view=encode_rendition(first),
        thumb=encode_rendition(pixels.shrink_to(first, THUMB_EDGE)),
        fitted=b"",
        fitted_width=image.width,
        fitted_height=image.height,
        quality=None,
        encodes=0,
        outcome=outcome,
        done="",
        incomplete=cleaned.incomplete,
        documents=tuple(_fitted_document(image.content, target, limits) for target in targets),
    )


def _fitted_document(content: bytes, target: FitTarget, limits: FitLimits) -> FittedDocument:
    fitted = fit_pdf(content, limit=document_bytes(target, limits))
    return FittedDocument(target, b"" if fitted.unchanged else fitted.content, fitted.done)
