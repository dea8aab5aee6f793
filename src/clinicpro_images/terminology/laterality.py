"""Sides of the body in SNOMED CT. A site that isn't paired has no side."""

from typing import Final

from clinicpro_images.terminology.coding import SNOMED, Coding

RIGHT: Final = Coding(SNOMED, "24028007", "Right")
LEFT: Final = Coding(SNOMED, "7771000", "Left")
BOTH: Final = Coding(SNOMED, "51440002", "Right and left")

LATERALITIES: Final = (RIGHT, LEFT, BOTH)

_NAMES: Final = (("right", RIGHT), ("left", LEFT), ("both", BOTH))


def laterality(code_or_name: str) -> Coding | None:
    """Return the side for a SNOMED CT code, or for `right`, `left` or `both` in any case; None for anything else."""
    wanted = code_or_name.strip().casefold()
    return next((coding for name, coding in _NAMES if wanted in {name, coding.code}), None)
