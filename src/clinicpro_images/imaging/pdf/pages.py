"""Render a PDF's pages as images with pdfium, and build a PDF from images."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import pikepdf
import pypdfium2
import pyvips
from pikepdf import Array, Dictionary, Name

from clinicpro_images.imaging import pixels
from clinicpro_images.imaging.errors import PDF_UNREAD, ImageBroken
from clinicpro_images.imaging.formats import jpeg, png
from clinicpro_images.imaging.pdf.saving import saved

_A4_POINTS: Final = 842
"""The long side of A4 in points: a page without a size of its own is scaled to it."""
_STEPS: Final = ((2200, 80), (1800, 75), (1500, 70), (1200, 65), (1000, 60))
"""Longest edge in pixels and JPEG quality for rasterised pages, best first; printed text stays readable even at the last."""

Points = tuple[float, float]

LONGEST_PAGE_POINTS: Final = 14_400
"""The longest edge of a page, in points: 200 inches, the limit that PDF's own programs have (ISO 32000-1, annex C)."""

_TOO_LARGE: Final = "A page of this PDF is larger than five metres, so no program can show it. Export it again at its paper's size."


def page_sizes(content: bytes) -> list[Points]:
    """Return each page's width and height in points.

    Raises ImageBroken if pdfium can't read the PDF, or if a page is larger than any program shows.
    """
    with _open(content) as document:
        sizes = [document.get_page_size(number) for number in range(len(document))]
    if any(max(size) > LONGEST_PAGE_POINTS for size in sizes):
        raise ImageBroken(_TOO_LARGE)
    return sizes


def pixels_at_150_dpi(page: Points) -> tuple[int, int]:
    """Return a page's size in pixels at 150 dots per inch, at least one each."""
    return max(1, round(page[0] * 150 / 72)), max(1, round(page[1] * 150 / 72))


def render_page(content: bytes, number: int, *, edge: int) -> pyvips.Image:
    """Render a page, counted from 0, as an sRGB image whose longest edge is `edge`. Raises ImageBroken."""
    with _open(content) as document:
        return draw_page(document, number, edge)


def build_pdf(images: Iterable[tuple[bytes, Points | None]] | Iterable[tuple[bytes, Points]]) -> bytes:
    """Return a PDF whose pages are images, each with its size in points (None: scaled to A4).

    An image is a stripped JPEG, or a stripped black-and-white PNG as `pixels.encode_bilevel` returns it.
    """
    pdf = pikepdf.new()
    for content, points in images:
        image = (
            _bilevel_image(pdf, content) if content.startswith(png.SIGNATURE) else _jpeg_image(pdf, content)
        )
        pixel_width, pixel_height = int(image.Width), int(image.Height)
        scale = _A4_POINTS / max(pixel_width, pixel_height)
        width, height = points or (pixel_width * scale, pixel_height * scale)
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, round(width, 2), round(height, 2)]),
            Resources=Dictionary(XObject=Dictionary(P=image)),
            Contents=pdf.make_stream(f"{width:.2f} 0 0 {height:.2f} 0 0 cm /P Do".encode()),
        )
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    return saved(pdf)


def _jpeg_image(pdf: pikepdf.Pdf, content: bytes) -> pikepdf.Stream:
    header = jpeg.read_header(content)
    return pdf.make_stream(
        content,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=header.width,
        Height=header.height,
        ColorSpace=Name.DeviceGray if len(header.components) == 1 else Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )


def _bilevel_image(pdf: pikepdf.Pdf, content: bytes) -> pikepdf.Stream:
    """Copy a PNG's compressed rows into a PDF: both formats use the same compression and prediction."""
    header = png.read_header(content)
    return pdf.make_stream(
        png.compressed_pixels(content),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=header.width,
        Height=header.height,
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=1,
        Filter=Name.FlateDecode,
        DecodeParms=Dictionary(Predictor=15, Colors=1, BitsPerComponent=1, Columns=header.width),
    )


def rasterise(content: bytes, *, limit: int) -> tuple[bytes, int] | None:
    """Return the PDF under `limit` bytes with every page as an image, and the images' longest edge; None if none is small enough.

    Raises ImageBroken.
    """
    with _open(content) as document:
        for edge, quality in _STEPS:
            pages: list[tuple[bytes, Points | None]] = []
            for number in range(len(document)):
                image = draw_page(document, number, edge)
                encoded = pixels.encode_jpeg(image, quality=quality, subsample=True)
                pages.append((encoded, document.get_page_size(number)))
                if sum(len(page) for page, _ in pages) >= limit:
                    break
            else:
                made = build_pdf(pages)
                if len(made) < limit:
                    return made, edge
    return None


def draw_page(
    document: pypdfium2.PdfDocument, number: int, edge: int, *, forms: bool = False
) -> pyvips.Image:
    """Draw a page of an open document, with `forms` also its form fields. Raises ImageBroken."""
    (image,) = draw_page_at(document, number, [edge], forms=forms)
    return image


def draw_page_at(
    document: pypdfium2.PdfDocument, number: int, edges: Iterable[int], *, forms: bool = False
) -> list[pyvips.Image]:
    """Draw a page at several sizes; what is decoded for the first is used for the others. Raises ImageBroken."""
    try:
        page = document[number]
        longest = max(*page.get_size(), 1.0)
        drawn = [_draw(page, edge / longest, forms=forms) for edge in edges]
        page.close()
    except (pypdfium2.PdfiumError, ValueError, RuntimeError) as error:
        raise ImageBroken(PDF_UNREAD, integrator="pdfium could not render a page.") from error
    return drawn


def _draw(page: pypdfium2.PdfPage, scale: float, *, forms: bool) -> pyvips.Image:
    bitmap = page.render(scale=scale, rev_byteorder=True, may_draw_forms=forms)
    width, height, bands = bitmap.width, bitmap.height, bitmap.n_channels
    if bitmap.stride != width * bands:
        raise ValueError("The rows of a page's bitmap are padded.")
    # Without a copy: the pixels are Python's, and stay when the bitmap is closed.
    image = pyvips.Image.new_from_memory(memoryview(bitmap.buffer).cast("B"), width, height, bands, "uchar")
    bitmap.close()
    image = image.copy(interpretation="srgb" if bands > 1 else "b-w")
    return image.extract_band(0, n=3) if bands == 4 else image  # a padding byte


@contextmanager
def _open(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise ImageBroken(PDF_UNREAD, integrator="pdfium can't open it.") from error
    try:
        yield document
    finally:
        document.close()
