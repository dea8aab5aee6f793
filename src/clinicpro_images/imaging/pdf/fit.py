"""A clean PDF rasterised to fit: kept as it is where it does, else its pages become pictures."""

from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.pdf import pages as pdf_pages
from clinicpro_images.imaging.results import FittedImage


def fit_pdf(content: bytes, *, limit: int) -> FittedImage:
    """Return a PDF under `limit` bytes. Raises ImageTooLarge where that would make print unreadable, ImageBroken."""
    pages = pdf_pages.page_sizes(content)
    width, height = pdf_pages.pixels_at_150_dpi(pages[0])
    count = "1 page" if len(pages) == 1 else f"{len(pages)} pages"
    if len(content) < limit:
        done = f"Kept as it is, {count}."
        return FittedImage((content,), "application/pdf", width, height, None, unchanged=True, done=done)
    rasterised = pdf_pages.rasterise(content, limit=limit)
    if rasterised is None:
        raise ImageTooLarge(
            f"This PDF of {count} can't be rasterised small enough for Medtech and stay readable. Split it and add the parts.",
            integrator=f"{len(content)} bytes, limit {limit}.",
        )
    shrunk, edge = rasterised
    done = f"Its {count} became pictures of {edge} pixels to stay under the size limit; text can no longer be selected."
    return FittedImage((shrunk,), "application/pdf", width, height, None, unchanged=False, done=done)
