"""Reduce an uploaded file to the image itself: upright, in sRGB, decodable to its last pixel, with no metadata."""

from typing import Final

from clinicpro_images.imaging import integrity, pixels
from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.formats import jpeg, png, tiff, webp
from clinicpro_images.imaging.inspect import Inspection, inspect, inspect_page
from clinicpro_images.imaging.limits import MAX_PDF_PAGES
from clinicpro_images.imaging.pdf import clean as pdf_clean
from clinicpro_images.imaging.pdf import header as pdf_header
from clinicpro_images.imaging.pdf import pages as pdf_pages
from clinicpro_images.imaging.results import CleanImage

QUALITY: Final = 95
"""JPEG quality, if a rotation, a colour profile or another format means the original has to be re-encoded."""


def clean(content: bytes) -> CleanImage:
    """Return the image upright, in sRGB and without any metadata, after decoding it to its last pixel.

    An upright sRGB JPEG keeps its scan byte for byte; only the data around the scan is removed. Other JPEGs,
    HEIC, WebP and TIFF become a JPEG of quality 95. A PNG becomes an 8-bit PNG on white: neither JPEG nor the
    formats Medtech displays support transparency, and the reviewed image must be the one that is filed. A PDF
    stays a PDF, and a multi-page TIFF becomes one: a colleague opens either as a document.

    Raises everything `inspect` raises, ImageTooLarge for more than 20 pages, and ImageBroken for a truncated
    or corrupt image.
    """
    found = inspect(content)
    match found.header:
        case png.PngHeader():
            image = pixels.decode_upright(pixels.strip(content, found), found)
            encoded = pixels.encode_png(image)
            return CleanImage(encoded, "image/png", found.width, found.height, reencoded=True)
        case pdf_header.PdfHeader():
            return pdf_clean.clean_pdf(content)
        case tiff.TiffHeader() if found.pages > 1:
            return _to_pdf(content, found.header)
        case jpeg.JpegHeader():
            return _clean_jpeg(content, found, found.header)
    return _to_jpeg(content, found)


def _clean_jpeg(content: bytes, found: Inspection, header: jpeg.JpegHeader) -> CleanImage:
    intact = integrity.check(content, found)
    if intact and found.orientation == 1 and not found.profile and found.colour != "cmyk":
        stripped = pixels.strip(content, found)
        return CleanImage(stripped, "image/jpeg", found.width, found.height, reencoded=False)
    subsample = found.colour == "rgb" and header.sampling != (1, 1)
    # Nested calls without variables, so that each result is freed before the next allocation: rotating 100
    # megapixels alone takes 300 MB.
    encoded = pixels.encode_jpeg(
        pixels.decode_upright(pixels.strip(content, found), found), quality=QUALITY, subsample=subsample
    )
    return CleanImage(encoded, "image/jpeg", found.width, found.height, reencoded=True)


def _to_jpeg(content: bytes, found: Inspection) -> CleanImage:
    """Encode as JPEG what Medtech can't display. Phones store chroma at half size, so doing the same loses nothing."""
    subsample = found.content_type == "image/heic" or (
        isinstance(found.header, webp.WebpHeader) and not found.header.lossless
    )
    image = pixels.decode_upright(pixels.strip(content, found), found)
    encoded = pixels.encode_jpeg(image, quality=QUALITY, subsample=subsample)
    return CleanImage(encoded, "image/jpeg", image.width, image.height, reencoded=True)


def _to_pdf(content: bytes, header: tiff.TiffHeader) -> CleanImage:
    """Convert a TIFF's pages to the pages of a PDF, each upright; fax pages stay black and white."""
    if len(header.pages) > MAX_PDF_PAGES:
        raise ImageTooLarge(
            f"This document has {len(header.pages)} pages; at most {MAX_PDF_PAGES} can be filed. Split it and add the parts."
        )
    pages = [inspect_page(header, number) for number in range(len(header.pages))]
    pdf = pdf_pages.build_pdf((_encode_page(content, page), None) for page in pages)
    width, height = pdf_pages.pixels_at_150_dpi(pdf_pages.page_sizes(pdf)[0])
    return CleanImage(pdf, "application/pdf", width, height, reencoded=True, pages=len(pages))


def _encode_page(content: bytes, page: Inspection) -> bytes:
    if page.bits == 1 and page.colour == "grey" and not page.has_alpha:
        return pixels.encode_bilevel(pixels.decode_upright(pixels.strip(content, page), page))
    return _to_jpeg(content, page).content
