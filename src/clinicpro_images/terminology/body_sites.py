"""The coded body sites, and lookup by code.

The list is a Python table, split by region under `sites/`, rather than a CSV: nothing is read at import or
can be missing at run time, the type checker sees every row, and a wrong row shows as one line in a diff.

Order: the common sites as a GP looks for them (the chips), then head to toe, the general before the specific.
"""

from types import MappingProxyType
from typing import Final

from clinicpro_images.terminology.sites.arm import ARM
from clinicpro_images.terminology.sites.common import COMMON
from clinicpro_images.terminology.sites.face import FACE
from clinicpro_images.terminology.sites.genitals import GENITALS
from clinicpro_images.terminology.sites.leg import LEG
from clinicpro_images.terminology.sites.site import BodySite
from clinicpro_images.terminology.sites.trunk import TRUNK

__all__ = ["BODY_SITES", "BodySite", "body_site"]

BODY_SITES: Final[tuple[BodySite, ...]] = (*COMMON, *FACE, *TRUNK, *GENITALS, *ARM, *LEG)

_BY_CODE: Final = MappingProxyType({site.coding.code: site for site in BODY_SITES})


def body_site(code: str) -> BodySite | None:
    """Return the body site with this SNOMED CT code; None if it is not in the list."""
    return _BY_CODE.get(code)
