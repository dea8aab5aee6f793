"""One coded body site, and the short form used in the tables."""

from dataclasses import dataclass

from clinicpro_images.terminology.coding import SNOMED, Coding


@dataclass(frozen=True)
class BodySite:
    """A part of the body.

    `coding.display` is the text a colleague reads in a title; `common` sites are offered as chips; `synonyms`
    are other search terms, lay and anatomical, in lower case.
    """

    coding: Coding
    common: bool
    synonyms: tuple[str, ...]


def site(code: str, display: str, *synonyms: str, common: bool = False) -> BodySite:
    """Create a body site from a SNOMED CT code, its display text and its search terms."""
    return BodySite(coding=Coding(SNOMED, code, display), common=common, synonyms=synonyms)
