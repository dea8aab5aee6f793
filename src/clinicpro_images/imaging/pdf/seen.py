"""Compare a PDF's pages before and after cleaning, as a reader shows them, and draw those that differ."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import pikepdf
import pypdfium2
import pyvips

from clinicpro_images.imaging import compare
from clinicpro_images.imaging.errors import PDF_UNREAD, ImageBroken, ImageTooLarge, ImageUnsupported
from clinicpro_images.imaging.limits import MAX_PDF_PAGES
from clinicpro_images.imaging.pdf.pages import Points, build_pdf, draw_page, draw_page_at
from clinicpro_images.imaging.pdf.saving import saved
from clinicpro_images.imaging.pixels import encode_jpeg, shrink_to

LOOK_EDGE: Final = 640
"""Longest edge at which pages are compared, in pixels: about 55 dots per inch for A4."""
_READING_EDGE: Final = 2200
_READING_QUALITY: Final = 85
_LOOKS_AGAIN: Final = 2
_BLOCK: Final = 4
_MAX_DIFFERENCE: Final = 7.0
"""Most by which the mean of any block of 4 × 4 pixels may differ, of 255. Both pages are drawn by the same program, so only
rounding differs; a thin line through a word moves a block's mean by 15 or more."""


@dataclass(frozen=True)
class Picture:
    """A page as a JPEG at reading resolution, its size in points, and what it shows, small."""

    content: bytes
    points: Points
    shown: pyvips.Image


def draw(document: pypdfium2.PdfDocument, number: int) -> pyvips.Image:
    """Draw a page to be compared, with its annotations and fields. Raises ImageBroken."""
    return draw_page(document, number, LOOK_EDGE, forms=True)


@contextmanager
def opened(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF with its form fields, which are drawn as a reader draws them. Raises pypdfium2.PdfiumError."""
    document = pypdfium2.PdfDocument(content)
    try:
        if document.get_formtype() != pypdfium2.raw.FORMTYPE_NONE:
            document.init_forms()
        yield document
    finally:
        document.close()


def differ(before: pyvips.Image, after: pyvips.Image) -> bool:
    """Return whether two drawings of a page differ by more than rounding."""
    if (before.width, before.height) != (after.width, after.height):
        return True
    if before.write_to_memory() == after.write_to_memory():
        return False
    difference = (_rgb(before) - _rgb(after)).abs().cast("uchar")
    # Enlarged by its own edge, so that the last blocks are whole.
    wide, tall = -difference.width % _BLOCK, -difference.height % _BLOCK
    whole = difference.embed(0, 0, difference.width + wide, difference.height + tall, extend="copy")
    return bool(whole.shrink(_BLOCK, _BLOCK).max() > _MAX_DIFFERENCE)


def _rgb(image: pyvips.Image) -> pyvips.Image:
    return image if image.bands == 3 else image.colourspace("srgb")


@dataclass(frozen=True)
class Seen:
    """A PDF that looks as it was sent, how many of its pages are pictures for that, and its first page if that isn't."""

    content: bytes
    pictures: int
    first: pyvips.Image | None


def with_pictures(content: bytes, cleaned: bytes, pages: int, *, edge: int) -> Seen:
    """Return the cleaned PDF with a picture in place of each page that doesn't look as it did, and its first page.

    That is drawn with `edge` pixels at its longest edge. Raises ImageBroken if the drawing program sees another number
    of pages.
    """
    try:
        changed, first = _changed(content, cleaned, pages, edge)
        for _ in range(_LOOKS_AGAIN):
            # The first times that pdfium meets a missing font, it may place text in another way each time.
            if changed:
                changed = _still_changed(content, cleaned, changed)
        if changed and _any_is_blank(content, changed):
            # pdfium finds nothing on a page if the table of objects is miscounted, which others repair.
            with pikepdf.open(io.BytesIO(content)) as pdf:
                content = saved(pdf)
            changed = _still_changed(content, cleaned, changed)
        if not changed:
            return Seen(cleaned, 0, first)
        with opened(content) as before:
            pictures = {number: picture(before, number) for number in changed}
        made = build_pdf((each.content, each.points) for each in pictures.values())
    except pypdfium2.PdfiumError as error:
        raise ImageBroken(PDF_UNREAD, integrator="pdfium can't open it.") from error
    with pikepdf.open(io.BytesIO(cleaned)) as pdf, pikepdf.open(io.BytesIO(made)) as drawn:
        for number, page in zip(changed, drawn.pages, strict=True):
            pdf.pages[number] = page
        pdf.remove_unreferenced_resources()
        mixed = saved(pdf)
    confirm(mixed, pictures)
    return Seen(mixed, len(changed), None if 0 in changed else first)


def _changed(content: bytes, cleaned: bytes, pages: int, edge: int) -> tuple[list[int], pyvips.Image]:
    """Return the pages that look different now, and the first page as it is now, `edge` pixels at its longest edge."""
    with opened(content) as before, opened(cleaned) as after:
        if (len(before), len(after)) != (pages, pages):
            raise ImageBroken(
                PDF_UNREAD, integrator=f"qpdf sees {pages} pages, pdfium {len(before)}, {len(after)}."
            )
        small, first = draw_page_at(after, 0, [LOOK_EDGE, edge], forms=True)
        changed = [0] if differ(draw(before, 0), small) else []
        return changed + [n for n in range(1, pages) if differ(draw(before, n), draw(after, n))], first


def _still_changed(content: bytes, cleaned: bytes, numbers: list[int]) -> list[int]:
    with opened(content) as before, opened(cleaned) as after:
        return [number for number in numbers if differ(draw(before, number), draw(after, number))]


def _any_is_blank(content: bytes, numbers: list[int]) -> bool:
    with opened(content) as document:
        pages = [draw(document, number) for number in numbers]
    return any(page.min() == page.max() for page in pages)


def redrawn(content: bytes) -> Seen:
    """Return a PDF of pictures of all pages; raises pypdfium2.PdfiumError, and as `with_pictures`."""
    with opened(content) as document:
        pages = len(document)
        if pages > MAX_PDF_PAGES:
            raise too_many_pages(pages)
        if not pages:
            raise ImageBroken(PDF_UNREAD, integrator="The PDF has no pages.")
        pictures = {number: picture(document, number) for number in range(pages)}
        made = build_pdf((each.content, each.points) for each in pictures.values())
    confirm(made, pictures)
    return Seen(made, pages, None)


def confirm(made: bytes, pictures: dict[int, Picture]) -> None:
    """Raise ImageUnsupported if one of the pages that became pictures doesn't show its picture."""
    with opened(made) as document:
        for number, each in pictures.items():
            # At its own size, because pdfium draws the rows of a picture that it shrinks up to a pixel off.
            drawn = shrink_to(draw_page(document, number, _READING_EDGE), LOOK_EDGE)
            if not _resembles(drawn, each.shown):
                raise ImageUnsupported(
                    _LOOKS_DIFFERENT, integrator=f"The picture of page {number + 1} differs."
                )


def _resembles(page: pyvips.Image, shown: pyvips.Image) -> bool:
    """Return whether a page shows a picture, which each program shrinks in its own way."""
    if abs(page.width - shown.width) > 1 or abs(page.height - shown.height) > 1:
        return False
    coarse = [
        image.thumbnail_image(_COARSE_EDGE, height=_COARSE_EDGE, size="force").copy_memory()
        for image in (page, shown)
    ]
    furthest = (_rgb(coarse[0]) - _rgb(coarse[1])).abs().max()
    return compare.same(*coarse) and bool(furthest <= _MAX_COARSE_DIFFERENCE)


_COARSE_EDGE: Final = 80
_MAX_COARSE_DIFFERENCE: Final = 16
"""Most by which any pixel may differ at that size, of 255: a missing word or stamp moves some by more."""
_LOOKS_DIFFERENT: Final = (
    "A page of this PDF can't be filed as it is shown. Print it to a new PDF and add that."
)


def too_many_pages(pages: int) -> ImageTooLarge:
    """Return the error for a document of more than 20 pages."""
    return ImageTooLarge(
        f"This document has {pages} pages; at most {MAX_PDF_PAGES} can be filed. Split it and add the parts."
    )


def picture(document: pypdfium2.PdfDocument, number: int) -> Picture:
    """Draw a page as a picture, which is decoded again by another program. Raises ImageBroken, ImageUnsupported."""
    image = draw_page(document, number, _READING_EDGE, forms=True)
    encoded = encode_jpeg(image, quality=_READING_QUALITY, subsample=False)
    size = (image.width, image.height)
    if not compare.looks_the_same(encoded, "JPEG", shrink_to(image, compare.EDGE), size=size):
        raise ImageUnsupported(_LOOKS_DIFFERENT, integrator=f"The JPEG of page {number + 1} differs.")
    return Picture(encoded, document.get_page_size(number), shrink_to(image, LOOK_EDGE))
