"""Fit a clean PDF: unchanged if it is small enough, otherwise with its pages converted to images."""

from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.pdf import pages as pdf_pages
from clinicpro_images.imaging.results import FittedImage


def fit_pdf(content: bytes, *, limit: int) -> FittedImage:
    """Return a PDF under `limit` bytes. Raises ImageTooLarge if that would make text unreadable, ImageBroken."""
    pages = pdf_pages.page_sizes(content)
    width, height = pdf_pages.pixels_at_150_dpi(pages[0])
    count = "1 page" if len(pages) == 1 else f"{len(pages)} pages"
    if len(content) < limit:
        done = f"Unchanged, {count}."
        return FittedImage((content,), "application/pdf", width, height, None, unchanged=True, done=done)
    rasterised = pdf_pages.rasterise(content, limit=limit)
    if rasterised is None:
        raise ImageTooLarge(
            f"This PDF of {count} can't be made small enough for Medtech and still be readable. Split it and add the parts.",
            integrator=f"{len(content)} bytes, limit {limit}.",
        )
    shrunk, edge = rasterised
    done = f"Converted {count} to images of {edge} pixels to stay under the size limit; text can no longer be selected."
    return FittedImage((shrunk,), "application/pdf", width, height, None, unchanged=False, done=done)
