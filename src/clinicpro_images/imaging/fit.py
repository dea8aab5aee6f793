"""Fit a clean image to Medtech's limits: as sharp as the limit allows, and unchanged if it already fits."""

from typing import Final

import pyvips

from clinicpro_images.imaging import compare, pixels
from clinicpro_images.imaging.errors import DIFFERS, ImageBroken
from clinicpro_images.imaging.formats import bmp, heif, jpeg, png, tiff, webp
from clinicpro_images.imaging.inspect import Inspection
from clinicpro_images.imaging.limits import REFERRAL_BYTES, FitLimits, document_bytes
from clinicpro_images.imaging.passthrough import (
    inspect_as,
    limits_inside_tiff,
    passthrough_jpeg,
    unchanged_summary,
    wrap_in_tiff,
)
from clinicpro_images.imaging.pdf.fit import fit_pdf
from clinicpro_images.imaging.quality import EncodedJpeg, next_quality
from clinicpro_images.imaging.results import FittedImage

_SCALE_MARGIN: Final = 0.9
"""Safety margin when an image is downscaled, so that one more encode is enough."""


def fit_scan(content: bytes, content_type: str, *, description: str, limits: FitLimits) -> FittedImage:
    """Return the image as a JPEG-compressed TIFF under `limits.aim_bytes` for Inbox Scan; a PDF stays a PDF.

    `content` is a clean JPEG, PNG or PDF of type `content_type`; a PDF only has to fit into ALEX's payload.
    `description` is the line a colleague reads. Inbox Scan accepts only TIFF and PDF (Medtech's guide).
    Raises ImageBroken if it can't be decoded, ImageTooLarge if a PDF can't be made small enough, and
    everything `inspect_stored` raises.
    """
    if content_type == "application/pdf":
        return fit_pdf(_checked_pdf(content), limit=document_bytes("scan", limits))
    return wrap_in_tiff(_fit(content, content_type, limits_inside_tiff(limits, description)), description)


def fit_media(content: bytes, content_type: str, *, limits: FitLimits) -> FittedImage:
    """Return the image as a JPEG under `limits.aim_bytes` for Inbox Media, which accepts less than 1 MB (Medtech's guide).

    `content` is a clean JPEG, PNG or PDF of type `content_type`; a PDF stays a PDF. Raises as `fit_scan`
    does.
    """
    if content_type == "application/pdf":
        return fit_pdf(_checked_pdf(content), limit=document_bytes("media", limits))
    return _fit(content, content_type, limits)


def fit_referral(content: bytes, content_type: str, *, limit: int = REFERRAL_BYTES) -> FittedImage:
    """Return the image as a JPEG under `limit` bytes for an e-referral: unaltered if it fits, whatever its dimensions.

    Referral standards ask for unaltered images, so only the file size counts; anything larger is fitted as
    for Inbox Media. `content` is a clean image of type `content_type`; a PDF stays a PDF. Raises as
    `fit_scan` does, and ValueError for a limit that `FitLimits` rejects.
    """
    limits = FitLimits(aim_bytes=limit)
    if content_type == "application/pdf":
        return fit_pdf(_checked_pdf(content), limit=limit)
    found = inspect_as(content, content_type)
    if found.content_type == "image/jpeg" and found.orientation == 1 and len(content) < limit:
        return FittedImage(
            (content,),
            "image/jpeg",
            found.width,
            found.height,
            None,
            unchanged=True,
            done=unchanged_summary(found),
        )
    return _fit(content, content_type, limits)


def _fit(content: bytes, content_type: str, limits: FitLimits) -> FittedImage:
    found = inspect_as(content, content_type)
    unchanged = passthrough_jpeg(content, found, limits)
    if unchanged is not None:
        return unchanged
    stripped = pixels.strip(content, found)
    image = pixels.decode_upright(stripped, found, edge=limits.longest_edge)
    # A rotated image is already in memory.
    best, image = encode_seen(
        image if found.orientation > 1 else pixels.copy_to_memory(image),
        limits,
        full_chroma=has_full_chroma(found),
    )
    return FittedImage(
        (best.content,),
        "image/jpeg",
        image.width,
        image.height,
        best.quality,
        unchanged=False,
        done=summary(found, image, best.quality, limits),
    )


def _checked_pdf(content: bytes) -> bytes:
    inspect_as(content, "application/pdf")
    return content


def has_full_chroma(found: Inspection) -> bool:
    """Return whether the source has the colour of every pixel, so that coloured text and lines could lose by halving it."""
    match found.header:
        case jpeg.JpegHeader():
            return found.header.sampling == (1, 1)
        case webp.WebpHeader():
            return found.header.lossless
        case heif.HeifHeader():
            return found.header.full_chroma
        case png.PngHeader() | tiff.TiffHeader() | bmp.BmpHeader():
            return True
    return False


def encode_seen(
    image: pyvips.Image,
    limits: FitLimits,
    *,
    full_chroma: bool = False,
    thumb: pyvips.Image | None = None,
) -> tuple[EncodedJpeg, pyvips.Image]:
    """Encode under the limit and decode it again with another decoder; raises ImageBroken if that sees another picture.

    `thumb` is the same picture at `compare.EDGE` pixels, if that has been made already.
    """
    best, fitted = _encode_under_limit(image, limits, full_chroma=full_chroma)
    small = pixels.shrink_to(fitted, compare.EDGE) if thumb is None else thumb
    if not compare.looks_the_same(best.content, "JPEG", small, size=(fitted.width, fitted.height)):
        raise ImageBroken(DIFFERS, integrator="A second decoder sees another picture in the fitted JPEG.")
    return best, fitted


def _encode_under_limit(
    image: pyvips.Image, limits: FitLimits, *, full_chroma: bool = False
) -> tuple[EncodedJpeg, pyvips.Image]:
    """Encode at the best quality that stays under the limit; below the quality floor, downscale instead.

    With `full_chroma`, coloured text and lines keep all their colour (4:4:4) if there is room at the best quality.
    Most images are far below the limit on the first encode, so optimising their Huffman tables would cost
    time for nothing. Always terminates: each round without a result leaves an image with fewer pixels, down
    to a single one.
    """
    if full_chroma:
        whole = pixels.encode_jpeg(image, quality=limits.best_quality, subsample=False)
        if len(whole) < limits.aim_bytes:
            return EncodedJpeg(limits.best_quality, whole), image
    quick = pixels.encode_jpeg(image, quality=limits.best_quality, subsample=True, optimise=False)
    if len(quick) < limits.aim_bytes:
        return EncodedJpeg(limits.best_quality, quick), image
    while True:
        attempts: list[EncodedJpeg] = []
        quality: int | None = limits.best_quality
        while quality is not None:
            attempts.append(EncodedJpeg(quality, pixels.encode_jpeg(image, quality=quality, subsample=True)))
            quality = next_quality(attempts, limits)
        fitting = [attempt for attempt in attempts if len(attempt.content) < limits.aim_bytes]
        if fitting or max(image.width, image.height) == 1:
            return max(fitting or attempts, key=lambda attempt: attempt.quality), image
        smallest = min(len(attempt.content) for attempt in attempts)
        scale = min(_SCALE_MARGIN, _SCALE_MARGIN * (limits.aim_bytes / smallest) ** 0.5)
        image = pixels.downscale(image, scale)


def summary(found: Inspection, image: pyvips.Image, quality: int, limits: FitLimits) -> str:
    """Return the review's sentence for an image that was re-compressed."""
    size = _dimensions(image)
    if (image.width, image.height) == (found.width, found.height):
        return f"Re-compressed at {size}, JPEG quality {quality}."
    before = _dimensions(found)
    if max(image.width, image.height) < min(limits.longest_edge, max(found.width, found.height)):
        return f"Resized further than usual to stay under the size limit: from {before} to {size}, JPEG quality {quality}."
    return f"Resized from {before} to {size}, JPEG quality {quality}."


def _dimensions(image: Inspection | pyvips.Image) -> str:
    return f"{image.width} × {image.height}"
