"""A clean PDF made to fit: kept as it is where it does, else its pages become pictures."""

from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.pdf import pages as pdf_pages
from clinicpro_images.imaging.results import Fitted


def fit_pdf(content: bytes, *, limit: int) -> Fitted:
    """Return a PDF under `limit` bytes. Raises PictureTooLarge where that would make print unreadable, PictureBroken."""
    pages = pdf_pages.sizes(content)
    width, height = pdf_pages.at_150_dpi(pages[0])
    many = "1 page" if len(pages) == 1 else f"{len(pages)} pages"
    if len(content) < limit:
        done = f"Kept as it is, {many}."
        return Fitted((content,), "application/pdf", width, height, None, wrapped=True, done=done)
    made = pdf_pages.smaller(content, limit=limit)
    if made is None:
        raise ImageTooLarge(
            f"This PDF of {many} can't be made small enough for Medtech and stay readable. Split it and add the parts.",
            integrator=f"{len(content)} bytes, limit {limit}.",
        )
    shrunk, edge = made
    done = f"Its {many} became pictures of {edge} pixels to stay under the size limit; text can no longer be selected."
    return Fitted((shrunk,), "application/pdf", width, height, None, wrapped=False, done=done)
