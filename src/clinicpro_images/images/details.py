"""Parse the details a clinician enters for an image, and store them as JSON."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import StrictBool, StringConstraints

from clinicpro_images.images.errors import DetailsError
from clinicpro_images.images.image import BodySiteText, Consent, Details, ImageType, Place, View
from clinicpro_images.schemas import Moment, Schema
from clinicpro_images.terminology.body_sites import body_site
from clinicpro_images.terminology.coding import SNOMED, Coding
from clinicpro_images.terminology.laterality import BOTH, laterality
from clinicpro_images.terminology.plain import one_line, plain_lines
from clinicpro_images.terminology.sides import contradiction, has_no_side

# A phone's clock may be slightly fast; a date further in the future is a mistake.
_CLOCK_SKEW_SECONDS = 120.0

Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]
BodySiteName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
Notes = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class CodeIn(Schema):
    """A coded value, or a body site as free text; the optional system is checked if given."""

    system: str | None = None
    code: str | None = None
    display: str | None = None
    text: BodySiteName | None = None


class ConsentIn(Schema):
    """Who consented, and to which use."""

    by: Literal["patient", "guardian", "unable"]
    scope: Literal["record", "referral", "teaching"]


class DetailsPatch(Schema):
    """The body of `PATCH /api/images/{id}`: a missing member stays unchanged, null clears it."""

    label: Label | None = None
    body_site: CodeIn | None = None
    laterality: CodeIn | str | None = None
    view: View | None = None
    type: ImageType | None = None
    notes: Notes | None = None
    taken_at: Moment | None = None
    consent: ConsentIn | None = None
    sensitive: StrictBool | None = None


def apply(patch: DetailsPatch, details: Details, *, now: float) -> Details:
    """Return the details with the patch applied; raises DetailsError."""
    changes: dict[str, Any] = {}
    for name in patch.model_fields_set:
        changes[name] = _READERS[name](getattr(patch, name), now)
    if changes.get("taken_at", details.taken_at) != details.taken_at:
        changes["taken_at_source"] = "clock" if patch.taken_at is None else "clinician"
    site = changes.get("body_site")
    if isinstance(site, Coding) and "laterality" not in changes and has_no_side(site):
        # The side belonged to the former site, and must not outlive it.
        changes["laterality"] = None
    described = replace(details, **changes)
    if changes.keys() & {"body_site", "laterality"}:
        _check_side(described)
    return described


def _check_side(details: Details) -> None:
    site = details.body_site.text if isinstance(details.body_site, BodySiteText) else details.body_site
    if reason := contradiction(site, details.laterality):
        raise DetailsError(reason)


def _line(value: str | None, _now: float) -> str:
    return one_line(value)


def _lines(value: str | None, _now: float) -> str:
    return plain_lines(value)


def _as_given(value: Any, _now: float) -> Any:
    return value


def _body_site(value: CodeIn | None, _now: float) -> Coding | BodySiteText | None:
    if value is None:
        return None
    if value.code is None:
        text = one_line(value.text)
        if value.text and not text:
            raise DetailsError("Describe the body site with visible characters.")
        if not text:
            raise DetailsError("Choose a body site from the list, or type a description.")
        return BodySiteText(text)
    known = body_site(value.code)
    if known is None or value.system not in (None, SNOMED):
        raise DetailsError(
            "This body site is not in the list. Choose one from the list, or type a description."
        )
    _check_words(value, {known.coding.display})
    return known.coding


def _laterality(value: CodeIn | str | None, _now: float) -> Coding | None:
    if value is None:
        return None
    if isinstance(value, CodeIn) and value.system not in (None, SNOMED):
        raise DetailsError("This side is not recognised. Choose right, left or both.")
    word = value if isinstance(value, str) else (value.code or "")
    known = laterality(word)
    if known is None:
        raise DetailsError("This side is not recognised. Choose right, left or both.")
    if isinstance(value, CodeIn):
        _check_words(value, {known.display, *({"both"} if known is BOTH else ())})
    return known


def _check_words(value: CodeIn, accepted: set[str]) -> None:
    """Raise DetailsError if the text that came with a code means something else: only one of the two can be meant."""
    meant = {each.casefold() for each in accepted}
    if any(given and given.strip().casefold() not in meant for given in (value.display, value.text)):
        raise DetailsError("The code and the words don't mean the same. Choose it from the list again.")


def _taken_at(value: datetime | None, now: float) -> float:
    if value is None:
        return now
    if value.timestamp() > now + _CLOCK_SKEW_SECONDS:
        raise DetailsError("The date taken is in the future. Choose now or an earlier time.")
    if value.year < 1900:  # noqa: PLR2004 - before any living patient was born
        raise DetailsError("The date taken is too long ago to be correct. Check the year.")
    return min(value.timestamp(), now)


def _consent(value: ConsentIn | None, _now: float) -> Consent | None:
    return None if value is None else Consent(value.by, value.scope)


def _sensitive(value: bool | None, _now: float) -> bool:
    return bool(value)


_READERS: dict[str, Callable[[Any, float], Any]] = {
    "label": _line,
    "notes": _lines,
    "body_site": _body_site,
    "laterality": _laterality,
    "view": _as_given,
    "type": _as_given,
    "taken_at": _taken_at,
    "consent": _consent,
    "sensitive": _sensitive,
}


def details_to_json(details: Details) -> bytes:
    """Serialise details, before encryption."""
    return json.dumps(asdict(details), ensure_ascii=False).encode()


def details_from_json(content: bytes) -> Details:
    """Parse the result of `details_to_json`."""
    stored = json.loads(content)
    site, side, consent = stored.pop("body_site"), stored.pop("laterality"), stored.pop("consent")
    place = stored.pop("place", None)
    return Details(
        **stored,
        body_site=None if site is None else BodySiteText(**site) if "text" in site else Coding(**site),
        laterality=None if side is None else Coding(**side),
        consent=None if consent is None else Consent(**consent),
        place=None if place is None else Place(**place),
    )
