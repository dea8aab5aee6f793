"""Reduce an uploaded file to the image itself: as it was sent where that can be kept, decodable to its last pixel, no metadata."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

import pyvips

from clinicpro_images.imaging import compare, pixels
from clinicpro_images.imaging.errors import (
    DIFFERS,
    ONE_READS,
    UNREAD,
    ImageBroken,
    ImageTooLarge,
    ImageUnsupported,
)
from clinicpro_images.imaging.formats import bmp, heif, icc, jpeg, jpeg_strip, png, tiff, webp
from clinicpro_images.imaging.inspect import Inspection, inspect, inspect_page
from clinicpro_images.imaging.limits import IN_MEMORY_PIXELS, MAX_PDF_PAGES
from clinicpro_images.imaging.need import check_stored
from clinicpro_images.imaging.pdf import clean as pdf_clean
from clinicpro_images.imaging.pdf import header as pdf_header
from clinicpro_images.imaging.pdf import pages as pdf_pages
from clinicpro_images.imaging.results import CleanImage

QUALITY: Final = 95
"""JPEG quality, if another format means that the original has to be re-encoded to be stored."""

_OF_MANY_KINDS: Final = frozenset({"image/tiff", "image/heic", "image/avif"})
"""An intact file of these may be of a kind that the decoder doesn't know, and its error doesn't tell that from damage."""

_SMALL_EDGE: Final = 320


@dataclass(frozen=True)
class Cleaned:
    """What is stored, and the image itself as an upright sRGB picture in memory; of a document its first page, or None."""

    image: CleanImage
    picture: pyvips.Image | None = None
    incomplete: bool = False


def clean(content: bytes) -> CleanImage:
    """Return the image without any metadata, after decoding it to its last pixel.

    A JPEG keeps its scan byte for byte, whatever its orientation and colours: both are kept beside the scan, as an
    Exif block with nothing but the orientation and a rewritten profile. HEIC, AVIF, WebP and TIFF become a JPEG of
    quality 95, as does a JPEG with something behind its last pixel, or with pixels missing. A PNG or BMP becomes an
    8-bit PNG on white: neither JPEG nor the formats Medtech displays support transparency, and the reviewed image must
    be the one that is filed. A PDF stays a PDF, and a multi-page TIFF becomes one: a colleague opens either as a
    document.

    Raises everything `inspect` raises, ImageTooLarge for more than 20 pages or more than can be stored, and ImageBroken for
    a corrupt image.
    """
    return clean_inspected(content, inspect(content), edge=_SMALL_EDGE).image


def clean_inspected(content: bytes, found: Inspection, *, edge: int) -> Cleaned:
    """Clean a file that has been inspected; the picture's longest edge is at most `edge` pixels. Raises as `clean`."""
    check_stored(len(content))
    try:
        made = _clean(content, found, edge)
    except ImageBroken as error:
        if found.content_type not in _OF_MANY_KINDS or error.detail != ImageBroken.default_detail:
            raise
        raise ImageBroken(UNREAD, integrator=error.integrator) from error
    check_stored(len(made.image.content))
    return made


def _clean(content: bytes, found: Inspection, edge: int) -> Cleaned:
    match found.header:
        case png.PngHeader() | bmp.BmpHeader():
            return _encode(content, found, edge, lossless=True)
        case pdf_header.PdfHeader():
            return Cleaned(*pdf_clean.clean_pdf(content, edge=edge))
        case tiff.TiffHeader() if found.pages > 1:
            return _to_pdf(content, found.header)
        case jpeg.JpegHeader():
            return _clean_jpeg(content, found, found.header, edge)
    return _encode(content, found, edge)


def _clean_jpeg(content: bytes, found: Inspection, header: jpeg.JpegHeader, edge: int) -> Cleaned:
    stripped = jpeg_strip.strip(content, header)
    picture, state = pixels.decode_exactly(stripped, found, edge=edge)
    foreign = found.foreign_profile if pixels.can_convert(found) else None
    profile = None if foreign is None else icc.rewritten(foreign)
    if state == "exact" and found.colour != "cmyk" and (foreign is None or profile is not None):
        kept = jpeg_strip.with_display(stripped, orientation=found.orientation, profile=profile)
        image = CleanImage(kept, "image/jpeg", found.width, found.height, reencoded=False)
        return Cleaned(image, picture)
    # Nested calls without variables, so that each result is freed before the next allocation: rotating 100
    # megapixels alone takes 300 MB.
    encoded = pixels.encode_jpeg(
        pixels.decode_upright(stripped, found, checked=True), quality=QUALITY, subsample=_halves_chroma(found)
    )
    image = CleanImage(encoded, "image/jpeg", found.width, found.height, reencoded=True)
    return Cleaned(image, picture, incomplete=state == "missing")


def _encode(content: bytes, found: Inspection, edge: int, *, lossless: bool = False) -> Cleaned:
    """Encode what Medtech can't display as a JPEG, or a PNG without metadata."""
    stripped = pixels.strip(content, found)
    lossless = lossless or max(found.width, found.height) > _MAX_JPEG_EDGE
    try:
        made = _encode_stripped(stripped, found, edge, lossless=lossless)
        _confirm(stripped, found, made.picture)
    except ImageBroken:
        if not isinstance(found.header, tiff.TiffHeader):
            raise
        # A warning is no loss yet. What can't be decoded at all is refused here too.
        made = _encode_stripped(stripped, found, edge, lossless=lossless, noisy=True)
        if not _loses_by_warning(found):
            _confirm(stripped, found, made.picture, needed=True)
            return made
        if made.picture is not None and not _is_fax(found):
            pixels.check_share(made.picture, found)
        return replace(made, incomplete=True)
    return made


_MAX_JPEG_EDGE: Final = 65_500


def _loses_by_warning(found: Inspection) -> bool:
    """Return whether the decoder only warns of pixels that are missing: every viewer shows a line of noise, or grey."""
    return isinstance(found.header, tiff.TiffHeader) and (
        found.header.pages[0].fax or found.header.pages[0].jpeg
    )


def _is_fax(found: Inspection) -> bool:
    return isinstance(found.header, tiff.TiffHeader) and found.header.pages[0].fax


def _confirm(
    stripped: bytes, found: Inspection, picture: pyvips.Image | None, *, needed: bool = False
) -> None:
    """Raise ImageUnsupported if a second program sees another picture in the file, or can't read a transparent AVIF.

    The first decoder takes transparency that is coded as video's brightness is, from 16 to 235, for half transparent. Where
    a confirmation is `needed`, also raise ImageBroken if the second program can't read it.
    """
    source = _as_source(stripped, found)
    if source is None or picture is None:
        return
    confirmed = compare.confirmed(source, pixels.shrink_to(picture, compare.EDGE))
    if needed and confirmed is None:
        raise ImageBroken(integrator="Only one of two decoders can read it, and it warns of damage.")
    if confirmed is None and source.kind == "AVIF" and found.has_alpha:
        raise ImageUnsupported(
            ONE_READS, integrator="libavif can't read it, and libheif may misread its alpha."
        )
    if confirmed is False:
        raise ImageUnsupported(
            DIFFERS, integrator=f"A second decoder sees another picture in the {source.kind}."
        )


def _as_source(stripped: bytes, found: Inspection) -> compare.Source | None:
    """Describe a file to the second program; None if that can't read it, or leaves out what the first one applied."""
    profile = found.foreign_profile if pixels.can_convert(found) else None
    header: png.PngHeader | webp.WebpHeader | heif.HeifHeader | tiff.TiffPage
    match found.header:
        case tiff.TiffHeader():
            kind, header = "TIFF", found.header.pages[0]
        case png.PngHeader() if (
            found.header.gamma is None
            and found.header.primaries != icc.DISPLAY_P3
            and not found.header.misread_by_pillow
        ):
            kind, header = "PNG", found.header
        case webp.WebpHeader():
            kind, header = "WEBP", found.header
        case heif.HeifHeader() if (
            found.header.av1
            and found.header.gamma is None
            and not found.header.cropped
            and found.header.primaries != icc.DISPLAY_P3
        ):
            kind, header = "AVIF", found.header
        case _:
            return None
    return compare.Source(kind, stripped, header.width, header.height, header.orientation, profile)


def _encode_stripped(
    stripped: bytes, found: Inspection, edge: int, *, lossless: bool, noisy: bool = False
) -> Cleaned:
    small_enough = found.width * found.height <= IN_MEMORY_PIXELS
    if not small_enough and isinstance(found.header, heif.HeifHeader) and not found.header.av1:
        return _encode_decoded(pixels.open_sequential(stripped, found), found, edge, lossless=lossless)
    upright = pixels.decode_upright(stripped, found, checked=noisy)
    picture = None
    if small_enough:
        upright = pixels.copy_to_memory(upright)
        picture = pixels.shrink_to(upright, edge)
    image = _encoded(upright, found, lossless=lossless)
    del upright
    if picture is None:
        small = pixels.decode_upright(stripped, found, edge=edge, checked=noisy)
        picture = pixels.copy_to_memory(small)
    return Cleaned(image, picture)


def _encode_decoded(opened: pyvips.Image, found: Inspection, edge: int, *, lossless: bool) -> Cleaned:
    """Encode a picture that its decoder has left upright in memory, converting its colours on the way, twice: no copy of it."""
    image = _encoded(pixels.finish(opened, found), found, lossless=lossless)
    return Cleaned(image, pixels.copy_to_memory(pixels.finish(opened, found, edge=edge)))


def _encoded(upright: pyvips.Image, found: Inspection, *, lossless: bool) -> CleanImage:
    if lossless:
        encoded = pixels.encode_png(upright)
    else:
        encoded = pixels.encode_jpeg(upright, quality=QUALITY, subsample=_halves_chroma(found))
    kind: Literal["image/png", "image/jpeg"] = "image/png" if lossless else "image/jpeg"
    return CleanImage(encoded, kind, upright.width, upright.height, reencoded=True)


def _halves_chroma(found: Inspection) -> bool:
    """Return whether the source stores chroma at half size already, so that doing the same loses nothing."""
    match found.header:
        case jpeg.JpegHeader():
            return found.colour == "rgb" and found.header.sampling != (1, 1)
        case webp.WebpHeader():
            return not found.header.lossless
        case heif.HeifHeader():
            return not found.header.full_chroma
    return False


def _to_pdf(content: bytes, header: tiff.TiffHeader) -> Cleaned:
    """Convert a TIFF's pages to the pages of a PDF, each upright; fax pages stay black and white."""
    if len(header.pages) > MAX_PDF_PAGES:
        raise ImageTooLarge(
            f"This document has {len(header.pages)} pages; at most {MAX_PDF_PAGES} can be filed. Split it and add the parts."
        )
    pages = [inspect_page(header, number) for number in range(len(header.pages))]
    incomplete, size = False, 0

    def encoded() -> Iterator[tuple[bytes, None]]:
        nonlocal incomplete, size
        for page in pages:
            made, noisy = _encode_page(content, page)
            incomplete = incomplete or noisy
            size += len(made)
            check_stored(size)
            yield made, None

    pdf = pdf_pages.build_pdf(encoded())
    width, height = pdf_pages.pixels_at_150_dpi(pdf_pages.page_sizes(pdf)[0])
    image = CleanImage(pdf, "application/pdf", width, height, reencoded=True, pages=len(pages))
    return Cleaned(image, incomplete=incomplete)


def _encode_page(content: bytes, page: Inspection) -> tuple[bytes, bool]:
    """Return a page as a JPEG, or losslessly if it is black and white; and whether some of it could not be read."""
    if page.bits != 1 or page.colour != "grey" or page.has_alpha:
        made = _encode(content, page, _SMALL_EDGE)
        return made.image.content, made.incomplete
    stripped = pixels.strip(content, page)
    try:
        upright = pixels.copy_to_memory(pixels.decode_upright(stripped, page))
        _confirm(stripped, page, pixels.shrink_to(upright, compare.EDGE))
        return pixels.encode_bilevel(upright), False
    except ImageBroken:
        if not _loses_by_warning(page):
            raise
        return pixels.encode_bilevel(pixels.decode_upright(stripped, page, checked=True)), True
