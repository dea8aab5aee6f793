"""What an image shows: the image types."""

from typing import Final

from clinicpro_images.terminology.coding import IMAGE_TYPE, Coding

LESION: Final = Coding(IMAGE_TYPE, "lesion", "Lesion")
RASH: Final = Coding(IMAGE_TYPE, "rash", "Rash")
WOUND: Final = Coding(IMAGE_TYPE, "wound", "Wound")
INFECTION: Final = Coding(IMAGE_TYPE, "infection", "Infection")
OTHER: Final = Coding(IMAGE_TYPE, "other", "Other")

TYPES: Final = (LESION, RASH, WOUND, INFECTION, OTHER)


def image_type(code: str) -> Coding | None:
    """Return the type with this code; None if it is unknown."""
    return next((coding for coding in TYPES if coding.code == code), None)
