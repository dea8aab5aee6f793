"""One coded body site, and the short form used in the tables."""

from dataclasses import dataclass
from typing import Literal

from clinicpro_images.terminology.coding import SNOMED, Coding

# `paired`: there are two of it. `optional`: it reaches across the midline, so a side says which half.
# `none`: it lies in the midline, where a side would be wrong.
Sides = Literal["paired", "optional", "none"]


@dataclass(frozen=True)
class BodySite:
    """A part of the body.

    `coding.display` is the text a colleague reads in a title; `common` sites are offered as chips; `synonyms`
    are other search terms, lay, anatomical and te reo Māori (without macrons), in lower case; `sides` is
    whether a side can be given.
    """

    coding: Coding
    common: bool
    synonyms: tuple[str, ...]
    sides: Sides


def site(code: str, display: str, *synonyms: str, common: bool = False, sides: Sides = "paired") -> BodySite:
    """Create a body site from a SNOMED CT code, its display text and its search terms."""
    return BodySite(coding=Coding(SNOMED, code, display), common=common, synonyms=synonyms, sides=sides)
