"""Reads a title of our own form back into site, side, type, view, label and date: the reverse of `terminology.title`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Final

from clinicpro_images.practice_time import AUCKLAND
from clinicpro_images.terminology.body_sites import BODY_SITES
from clinicpro_images.terminology.coding import Coding
from clinicpro_images.terminology.laterality import BOTH, LATERALITIES, LEFT, RIGHT
from clinicpro_images.terminology.title import title
from clinicpro_images.terminology.types import OTHER as OTHER_TYPE
from clinicpro_images.terminology.types import TYPES
from clinicpro_images.terminology.views import OTHER as OTHER_VIEW
from clinicpro_images.terminology.views import VIEWS

# A file name has a hyphen where the title has a dash.
_SEPARATOR: Final = re.compile(r"\s+[-\N{EN DASH}\N{EM DASH}]\s+")
_SUFFIX: Final = re.compile(r"\.(?:tiff?|jpe?g|png|pdf)$", re.IGNORECASE)
_POSITION: Final = re.compile(r"\s*\((\d{1,2}) of (\d{1,2})\)$")
# A colon can't be in a file name, where it is a space.
_DATE: Final = re.compile(r"^(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})(?:[ ,]+(\d{1,2})[:. ](\d{2}))?$")
_FIRST_YEAR: Final = 1900
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FREE_TEXT_SIDES: Final = ((" (left)", LEFT), (" (right)", RIGHT), (" (both sides)", BOTH))
_KINDS: Final = MappingProxyType({each.code: each for each in TYPES if each is not OTHER_TYPE})
_CLOSENESS: Final = MappingProxyType({each.code: each for each in VIEWS if each is not OTHER_VIEW})


@dataclass(frozen=True)
class TitleParts:
    """What a title says. `body_site` is a coding, or text; `taken` is aware, or None."""

    body_site: Coding | str | None = None
    laterality: Coding | None = None
    type: Coding | None = None
    view: Coding | None = None
    label: str = ""
    taken: datetime | None = None


def read_title(line: str) -> TitleParts | None:
    """Return what a title of our form says, or None: other systems' titles are shown as they are, never guessed at.

    `line` is a title, or the file name made from one. A title is ours if it begins with a body site of the coded
    list, or if it has a type or a view of ours.
    """
    plain = _POSITION.sub("", _SUFFIX.sub("", line.strip()))
    parts = [part for part in _SEPARATOR.split(plain) if part]
    if not parts:
        return None
    taken = _date(parts[-1])
    if taken is not None:
        parts = parts[:-1]
    if not parts:
        return None
    coded = _coded_sites().get(parts[0].casefold())
    rest = parts[1:] if coded else parts
    kind, view, rest, free = _type_and_view(rest, known_site=coded is not None)
    if coded is None and kind is None and view is None:
        return None
    site, side = coded or _free_site(free)
    return TitleParts(site, side, kind, view, " \N{EN DASH} ".join(rest), taken)


def _type_and_view(
    parts: list[str], *, known_site: bool
) -> tuple[Coding | None, Coding | None, list[str], str]:
    """Return type, view, what follows them, and the free text before them."""
    at = 0
    if (
        not known_site
        and parts
        and parts[0].casefold() not in _KINDS
        and parts[0].casefold() not in _CLOSENESS
    ):
        at = 1
    free = parts[0] if at else ""
    rest = parts[at:]
    kind = _KINDS.get(rest[0].casefold()) if rest else None
    rest = rest[1:] if kind else rest
    view = _CLOSENESS.get(rest[0].casefold()) if rest else None
    return kind, view, rest[1:] if view else rest, free


def _free_site(text: str) -> tuple[str | None, Coding | None]:
    for ending, side in _FREE_TEXT_SIDES:
        if text.endswith(ending):
            return text.removesuffix(ending), side
    return text or None, None


def _date(text: str) -> datetime | None:
    found = _DATE.match(text)
    if found is None or found[2] not in _MONTHS or int(found[3]) < _FIRST_YEAR:
        return None
    day, month, year = int(found[1]), _MONTHS.index(found[2]) + 1, int(found[3])
    try:
        return datetime(year, month, day, int(found[4] or 0), int(found[5] or 0), tzinfo=AUCKLAND)
    except ValueError:
        return None


@cache
def _coded_sites() -> Mapping[str, tuple[Coding, Coding | None]]:
    """Return every coded site with every side, by the text that begins a title."""
    found: dict[str, tuple[Coding, Coding | None]] = {}
    for site in BODY_SITES:
        for side in (None, *LATERALITIES):
            begin = title(body_site=site.coding.display, laterality=side, type=None, view=None, label=None)
            found[begin.casefold()] = (site.coding, side)
    return MappingProxyType(found)
