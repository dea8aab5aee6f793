"""One coded body site, and the short form in which the tables are written."""

from dataclasses import dataclass

from clinicpro_images.terminology.coding import SNOMED, Coding


@dataclass(frozen=True)
class BodySite:
    """A place on the body.

    `coding.display` is what a colleague reads in a title; `common` sites are offered as chips; `synonyms`
    are further words, lay and anatomical, in lower case, that find it.
    """

    coding: Coding
    common: bool
    synonyms: tuple[str, ...]


def site(code: str, display: str, *synonyms: str, common: bool = False) -> BodySite:
    """Make a body site from a SNOMED CT code, the words to read and the words to search by."""
    return BodySite(coding=Coding(SNOMED, code, display), common=common, synonyms=synonyms)
