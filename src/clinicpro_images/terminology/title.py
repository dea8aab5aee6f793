"""The title a colleague reads beside the image in Evolution: side and site, type, view and label; filed, also when."""

from datetime import datetime
from typing import Final

from clinicpro_images.practice_time import AUCKLAND
from clinicpro_images.terminology.body_sites import BODY_SITES
from clinicpro_images.terminology.coding import Coding
from clinicpro_images.terminology.laterality import BOTH, LEFT, RIGHT
from clinicpro_images.terminology.plain import one_line

MAX_TITLE: Final = 120
MAX_SITE_WHEN_CROWDED: Final = 60
DEFAULT_TITLE: Final = "Clinical photo"

# Not strftime's names, which depend on the server's language.
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DASH: Final = " \N{EN DASH} "
_OTHER: Final = "other"
_CODED_DISPLAYS: Final = frozenset(site.coding.display for site in BODY_SITES)
_LIMB_SURFACES: Final = ("Front of ", "Back of ")


def title(
    *,
    body_site: str | None,
    laterality: Coding | None,
    type: Coding | str | None,  # noqa: A002 - the field's name in the contract
    view: Coding | str | None,
    label: str | None,
    limit: int = MAX_TITLE,
) -> str:
    """Return one line of at most `limit` characters, without control characters; never empty.

    `body_site` is a display text of the coded list, or free text, which keeps its own wording and capitals.
    `type` and `view` are a coding or its code; `other` carries no information, so it is left out. Raises
    ValueError if `laterality` is not a side: a side must not be guessed.
    """
    site, kind = one_line(body_site), _join(_code_text(type), _code_text(view))
    if not site and laterality is None:
        kind = _capitalise(kind)
    line = _join(_with_side(site, laterality), kind, one_line(label))
    if len(line) > limit and site not in _CODED_DISPLAYS:
        # A long free-text site is shortened first, so that the side after it is never cut off.
        short = _truncate(site, min(MAX_SITE_WHEN_CROWDED, limit // 2))
        line = _join(_with_side(short, laterality), kind, one_line(label))
    return _truncate(line, limit) or DEFAULT_TITLE


def ending(taken: datetime, number: int, count: int, occurrence: int) -> str:
    """Return what makes a filed title unique within the patient: when it was taken, and which of the commit's it is.

    `taken` is aware; it is given as Auckland's time. `occurrence` is more than 1 if the patient has the rest of the
    title already.
    """
    local = taken.astimezone(AUCKLAND)
    again = f", no. {occurrence}" if occurrence > 1 else ""
    of = f" ({number} of {count})" if count > 1 else ""
    return f"{_DASH}{local.day} {_MONTHS[local.month - 1]} {local.year} {local:%H:%M}{again}{of}"


def _with_side(site: str, laterality: Coding | None) -> str:
    """Put the side where a clinician would; free text is not split up for it."""
    if laterality is None:
        return site
    both = laterality.code == BOTH.code
    side = "both sides" if both else _side_name(laterality)
    if not site:
        return _capitalise(side if both else f"{side} side")
    if site not in _CODED_DISPLAYS:
        return f"{site} ({side})"
    # "Both hands" works, but "both groins" hardly does: the singular is right for every site.
    return f"{site}, {side}" if both else _insert_side(site, side)


def _insert_side(site: str, side: str) -> str:
    """Return `Left forearm`, or `Back of left hand`."""
    for surface in _LIMB_SURFACES:
        if site.startswith(surface):
            return f"{surface}{side} {site.removeprefix(surface)}"
    return f"{_capitalise(side)} {site[:1].lower()}{site[1:]}"


def _side_name(laterality: Coding) -> str:
    for coding, word in ((LEFT, "left"), (RIGHT, "right")):
        if laterality.code == coding.code:
            return word
    raise ValueError(f"{laterality.code} is not a side of the body.")


def _code_text(choice: Coding | str | None) -> str:
    """Return the text of a type or view. In both code systems the code is the display text in lower case."""
    code = choice.code if isinstance(choice, Coding) else choice
    return "" if code == _OTHER else one_line(code)


def _join(*parts: str) -> str:
    return _DASH.join(part for part in parts if part)


def _capitalise(words: str) -> str:
    return words[:1].upper() + words[1:]


def _truncate(text: str, limit: int) -> str:
    """Cut after the last whole word that fits and add an ellipsis; cut inside a word only if it is the only one."""
    if len(text) <= limit:
        return text
    room = limit - 1
    words = text[: room + 1].rpartition(" ")[0].rstrip(" ,(\N{EN DASH}")
    return f"{words or text[:room]}…"
