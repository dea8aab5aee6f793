"""Compare a PDF's pages before and after cleaning, as a reader shows them, and draw those that differ."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import pikepdf
import pypdfium2
import pyvips

from clinicpro_images.imaging.errors import ImageBroken
from clinicpro_images.imaging.pdf.pages import Points, build_pdf, draw_page
from clinicpro_images.imaging.pixels import encode_jpeg

LOOK_EDGE: Final = 640
"""Longest edge at which pages are compared, in pixels: about 55 dots per inch for A4."""
_READING_EDGE: Final = 2200
_READING_QUALITY: Final = 85
_BROKEN: Final = "This PDF is damaged or incomplete. Export or scan it again."
_BLOCK: Final = 4
_MAX_DIFFERENCE: Final = 7.0
"""Most by which the mean of any block of 4 × 4 pixels may differ, of 255. Both pages are drawn by the same program, so only
rounding differs; a thin line through a word moves a block's mean by 15 or more."""


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
    difference = (_rgb(before) - _rgb(after)).abs().cast("uchar")
    # Enlarged by its own edge, so that the last blocks are whole.
    wide, tall = -difference.width % _BLOCK, -difference.height % _BLOCK
    whole = difference.embed(0, 0, difference.width + wide, difference.height + tall, extend="copy")
    return bool(whole.shrink(_BLOCK, _BLOCK).max() > _MAX_DIFFERENCE)


def _rgb(image: pyvips.Image) -> pyvips.Image:
    return image if image.bands == 3 else image.colourspace("srgb")


def with_pictures(content: bytes, cleaned: bytes, pages: int) -> tuple[bytes, int]:
    """Return the cleaned PDF with a picture in place of each page that doesn't look as it did, and how many those are.

    Raises ImageBroken if the drawing program sees another number of pages.
    """
    try:
        with opened(content) as before, opened(cleaned) as after:
            if (len(before), len(after)) != (pages, pages):
                raise ImageBroken(
                    _BROKEN, integrator=f"qpdf sees {pages} pages, pdfium {len(before)}, {len(after)}."
                )
            changed = [n for n in range(pages) if differ(draw(before, n), draw(after, n))]
            if not changed:
                return cleaned, 0
            made = build_pdf(pictures(before, changed))
    except pypdfium2.PdfiumError as error:
        raise ImageBroken(_BROKEN, integrator="pdfium can't open it.") from error
    with pikepdf.open(io.BytesIO(cleaned)) as pdf, pikepdf.open(io.BytesIO(made)) as drawn:
        for number, page in zip(changed, drawn.pages, strict=True):
            pdf.pages[number] = page
        out = io.BytesIO()
        pdf.remove_unreferenced_resources()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue(), len(changed)


def pictures(document: pypdfium2.PdfDocument, numbers: Iterable[int]) -> Iterator[tuple[bytes, Points]]:
    """Yield pages as pictures at reading resolution, each with its size in points. Raises ImageBroken."""
    for number in numbers:
        image = draw_page(document, number, _READING_EDGE, forms=True)
        yield encode_jpeg(image, quality=_READING_QUALITY, subsample=False), document.get_page_size(number)
