"""How close the camera was: the views of an image."""

from typing import Final

from clinicpro_images.terminology.coding import IMAGE_VIEW, Coding

CONTEXT: Final = Coding(IMAGE_VIEW, "context", "Context")
REGIONAL: Final = Coding(IMAGE_VIEW, "regional", "Regional")
CLOSE_UP: Final = Coding(IMAGE_VIEW, "close-up", "Close-up")
DERMOSCOPY: Final = Coding(IMAGE_VIEW, "dermoscopy", "Dermoscopy")
OTHER: Final = Coding(IMAGE_VIEW, "other", "Other")

VIEWS: Final = (CONTEXT, REGIONAL, CLOSE_UP, DERMOSCOPY, OTHER)


def view(code: str) -> Coding | None:
    """Return the view with this code; None if it is unknown."""
    return next((coding for coding in VIEWS if coding.code == code), None)
