"""Whether a side can belong to a body site: a wrong side in the record can't be undone."""

import re
from typing import Final

from clinicpro_images.terminology.body_sites import body_site
from clinicpro_images.terminology.coding import Coding
from clinicpro_images.terminology.laterality import BOTH, LEFT, RIGHT

_WORDS: Final = {
    **dict.fromkeys(("left", "lft", "lt", "l", "lhs"), LEFT),
    **dict.fromkeys(("right", "rgt", "rt", "r", "rhs"), RIGHT),
    **dict.fromkeys(("both", "bilateral", "bilaterally", "bilat"), BOTH),
}


def has_no_side(site: Coding) -> bool:
    """Whether this coded site lies in the midline, so that it has no side."""
    known = body_site(site.code)
    return known is not None and known.sides == "none"


def side_in(text: str) -> Coding | None:
    """Return the side that a body site in free text names, such as `(R) stump`; None if it names none."""
    named = {_WORDS[word].code for word in re.findall(r"[a-z]+", text.casefold()) if word in _WORDS}
    if not named:
        return None
    if len(named) > 1:
        return BOTH
    return next(side for side in (LEFT, RIGHT, BOTH) if side.code in named)


def contradiction(site: Coding | str | None, side: Coding | None) -> str:
    """Return why this side can't be the side of this site, in a clinician's words; empty if it can."""
    if site is None or side is None:
        return ""
    if isinstance(site, Coding):
        if has_no_side(site):
            return f"{site.display} lies in the midline and has no side. Choose “Not applicable”, or another site."
        return ""
    written = side_in(site)
    if written is None or written.code == side.code:
        return ""
    return (
        f"The body site as written says “{written.display.lower()}”, and the side chosen is "
        f"“{side.display.lower()}”. Change one of them."
    )
