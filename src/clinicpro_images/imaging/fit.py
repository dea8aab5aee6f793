"""A clean picture made to fit what Medtech takes: as sharp as the limit allows, and kept as it is where it fits already."""

from typing import Final

import pyvips

from clinicpro_images.imaging import pixels
from clinicpro_images.imaging.inspect import Inspection
from clinicpro_images.imaging.limits import MAX_FILED_BYTES, REFERRAL_BYTES, FitLimits
from clinicpro_images.imaging.passthrough import in_tiff, inside_tiff, kept_as_it_is, kept_sentence, said
from clinicpro_images.imaging.pdf.fit import fit_pdf
from clinicpro_images.imaging.quality import Attempt, next_quality
from clinicpro_images.imaging.results import Fitted

_SMALLER: Final = 0.9
"""Margin when a picture must be made smaller, so that one more try is enough."""


def fit_scan(content: bytes, content_type: str, *, description: str, limits: FitLimits) -> Fitted:
    """Return the picture as a TIFF with JPEG compression for Inbox Scan, under `limits.aim_bytes`; a PDF stays one.

    `content` is a clean JPEG, PNG or PDF of `content_type`; a PDF has to keep to ALEX's payload alone. `description` is
    the line a colleague reads. Scan takes TIFF and PDF only (Medtech's guide). Raises PictureBroken when it can't be
    decoded, PictureTooLarge when a PDF can't be made small enough, and what `recognise` raises.
    """
    if content_type == "application/pdf":
        return fit_pdf(_document(content), limit=MAX_FILED_BYTES)
    return in_tiff(_fit(content, content_type, inside_tiff(limits, description)), description)


def fit_media(content: bytes, content_type: str, *, limits: FitLimits) -> Fitted:
    """Return the picture as a JPEG for Inbox Media, under `limits.aim_bytes`: Media takes less than 1 MB (Medtech's guide).

    `content` is a clean JPEG, PNG or PDF of `content_type`; a PDF stays one. Raises as `fit_scan` does.
    """
    if content_type == "application/pdf":
        return fit_pdf(_document(content), limit=limits.aim_bytes)
    return _fit(content, content_type, limits)


def fit_referral(content: bytes, content_type: str, *, limit: int = REFERRAL_BYTES) -> Fitted:
    """Return the picture as a JPEG under `limit` bytes for an e-referral: unaltered where it fits, at any number of pixels.

    Referral standards ask for unaltered pictures, so size alone decides; only what is too large is made to fit as for
    Media. `content` is a clean picture of `content_type`; a PDF stays one. Raises as `fit_scan` does, and ValueError for a limit
    that `FitLimits` refuses.
    """
    limits = FitLimits(aim_bytes=limit)
    if content_type == "application/pdf":
        return fit_pdf(_document(content), limit=limit)
    found = said(content, content_type)
    if found.content_type == "image/jpeg" and found.orientation == 1 and len(content) < limit:
        return Fitted(
            (content,), "image/jpeg", found.width, found.height, None, wrapped=True, done=kept_sentence(found)
        )
    return _fit(content, content_type, limits)


def _fit(content: bytes, content_type: str, limits: FitLimits) -> Fitted:
    found = said(content, content_type)
    kept = kept_as_it_is(content, found, limits)
    if kept is not None:
        return kept
    stripped = pixels.bare(content, found)
    image = pixels.upright(stripped, found, edge=limits.longest_edge)
    # One that was turned lies in memory already.
    best, image = _encoded(image if found.orientation > 1 else pixels.settled(image), limits)
    return Fitted(
        (best.content,),
        "image/jpeg",
        image.width,
        image.height,
        best.quality,
        wrapped=False,
        done=_sentence(found, image, best.quality, limits),
    )


def _document(content: bytes) -> bytes:
    said(content, "application/pdf")
    return content


def _encoded(image: pyvips.Image, limits: FitLimits) -> tuple[Attempt, pyvips.Image]:
    """Encode at the best quality that stays under the limit; below the floor make the picture smaller instead.

    Most pictures are far below it at once, so that packing them tighter would cost time and buy nothing.
    Ends: every round that finds nothing leaves a picture with fewer pixels, down to one pixel.
    """
    quick = pixels.encode_jpeg(image, quality=limits.best_quality, sampled=True, packed=False)
    if len(quick) < limits.aim_bytes:
        return Attempt(limits.best_quality, quick), image
    while True:
        attempts: list[Attempt] = []
        quality: int | None = limits.best_quality
        while quality is not None:
            attempts.append(Attempt(quality, pixels.encode_jpeg(image, quality=quality, sampled=True)))
            quality = next_quality(attempts, limits)
        fitting = [attempt for attempt in attempts if len(attempt.content) < limits.aim_bytes]
        if fitting or max(image.width, image.height) == 1:
            return max(fitting or attempts, key=lambda attempt: attempt.quality), image
        smallest = min(len(attempt.content) for attempt in attempts)
        scale = min(_SMALLER, _SMALLER * (limits.aim_bytes / smallest) ** 0.5)
        image = pixels.smaller(image, scale)


def _sentence(found: Inspection, image: pyvips.Image, quality: int, limits: FitLimits) -> str:
    size = _by(image)
    if (image.width, image.height) == (found.width, found.height):
        return f"Kept at {size}, JPEG quality {quality}."
    before = _by(found)
    if max(image.width, image.height) < min(limits.longest_edge, max(found.width, found.height)):
        return f"Made smaller than usual to stay under the size limit: from {before} to {size}, JPEG quality {quality}."
    return f"Made smaller, from {before} to {size}, JPEG quality {quality}."


def _by(image: Inspection | pyvips.Image) -> str:
    return f"{image.width} × {image.height}"
