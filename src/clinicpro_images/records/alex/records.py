"""Parses what ALEX returns: patients, practitioners, locations and the launch context."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from clinicpro_images.records.protocol import (
    AppointmentRecord,
    LaunchContext,
    LocationRecord,
    PatientRecord,
    PractitionerRecord,
    same_id,
)

NHI_SYSTEM = "https://standards.digital.health.nz/ns/nhi-id"
HPI_FACILITY_SYSTEM = "https://standards.digital.health.nz/ns/hpi-facility-id"

_AUCKLAND = ZoneInfo("Pacific/Auckland")
# Registers in which ALEX finds a provider (Medtech's guide), in the order to try.
_SEARCHABLE_REGISTERS = ("hpi-person-id", "medical-council-id", "nursing-council-id")
_NOT_SEEN = frozenset({"cancelled", "noshow", "entered-in-error", "waitlist"})
_FHIR_ID = re.compile(r"[A-Za-z0-9-][A-Za-z0-9.-]{0,63}")
_NO_MATCH = frozenset({"not-found", "informational", "processing", "success"})
_FRACTION = re.compile(r"(\.\d{6})\d+")
# .NET's own JSON for a moment: milliseconds in UTC; an offset only says where it was written.
_DOTNET = re.compile(r"/Date\((\d+)(?:[+-]\d{4})?\)/")
_MILLISECONDS = 100_000_000_000  # as seconds this is the year 5138, as milliseconds 1973


def is_fhir_id(text: str) -> bool:
    """Return whether a string is a valid FHIR id, and so safe in a path and a header."""
    return _FHIR_ID.fullmatch(text) is not None


def patient_record(resource: Mapping[str, Any], *, now: datetime) -> PatientRecord:
    """Parse a Patient as it is `now` (aware); raises ValueError if it isn't one or has no id.

    Missing elements become empty.
    """
    current, every = _nhis(resource, now)
    return PatientRecord(
        id=_id(resource, "Patient"),
        nhi=current,
        name=_human_name(resource, now),
        birth_date=_text(resource.get("birthDate")),
        sex=_text(resource.get("gender")) or "unknown",
        nhis=every,
        active=str(resource.get("active")).strip().casefold() != "false",
        replaced_by=_replaced_by(resource),
        general_practitioner_id=_general_practitioner(resource),
    )


def practitioner_record(resource: Mapping[str, Any], *, now: datetime) -> PractitionerRecord:
    """Parse a Practitioner as it is `now` (aware); raises ValueError if it isn't one or has no id."""
    name = _human_name(resource, now, with_prefix=True)
    numbers = {
        _text(each.get("system")).rsplit("/", 1)[-1]: (_text(each.get("system")), _text(each.get("value")))
        for each in _mappings(resource.get("identifier"))
        if _text(each.get("value"))
    }
    return PractitionerRecord(
        id=_id(resource, "Practitioner"),
        name=name,
        identifiers=identifier_values(resource),
        registered=next((numbers[each] for each in _SEARCHABLE_REGISTERS if each in numbers), None),
    )


def appointment_record(resource: Mapping[str, Any]) -> AppointmentRecord | None:
    """Parse an Appointment; None for one that was cancelled, or that has no patient or no time."""
    actors = [
        each["actor"]
        for each in _mappings(resource.get("participant"))
        if isinstance(each.get("actor"), dict)
    ]
    patient = next((each for each in actors if "Patient/" in _text(each.get("reference"))), None)
    if patient is None or resource.get("status") in _NOT_SEEN:
        return None
    try:
        patient_id = _reference_id(patient.get("reference"))
        start = datetime.fromisoformat(_FRACTION.sub(r"\1", _text(resource.get("start"))))
    except ValueError:
        return None
    if patient_id is None:
        return None
    aware = start if start.tzinfo is not None else start.replace(tzinfo=_AUCKLAND)
    return AppointmentRecord(aware, patient_id, _text(patient.get("display")))


def location_record(resource: Mapping[str, Any]) -> LocationRecord:
    """Parse a Location; raises ValueError if it isn't one or has no id."""
    codes = [
        _text(identifier.get("value")).upper()
        for identifier in _mappings(resource.get("identifier"))
        if is_system(identifier.get("system"), HPI_FACILITY_SYSTEM)
    ]
    return LocationRecord(
        id=_id(resource, "Location"),
        name=_text(resource.get("name")),
        facility_id=next((code for code in codes if code), None),
        pms_version=next(
            (
                _text(each.get("valueString"))
                for each in _mappings(resource.get("extension"))
                if _text(each.get("url")).endswith("/location-medtechpms-version")
            ),
            "",
        ),
    )


def without_replaced(patients: Iterable[PatientRecord]) -> list[PatientRecord]:
    """Drop duplicates of one record, and records merged into another one that is also in the list.

    Nothing else is dropped: an inactive record counts, since a wrong guess files into the wrong patient's record.
    """
    by_id = {patient.id.casefold(): patient for patient in patients}
    return [
        patient
        for patient in by_id.values()
        if patient.replaced_by is None
        or same_id(patient.replaced_by, patient.id)
        or patient.replaced_by.casefold() not in by_id
    ]


def entries(bundle: Any, resource_type: str) -> list[Mapping[str, Any]]:
    """Return a searchset's resources of one type; raises ValueError if it isn't a Bundle.

    A Bundle without a match can contain an OperationOutcome instead (Medtech's guide), so every entry's type is checked.
    """
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise ValueError("not a Bundle")
    resources = [entry.get("resource") for entry in _mappings(bundle.get("entry"))]
    return [found for found in _mappings(resources) if found.get("resourceType") == resource_type]


def claimed_total(bundle: Mapping[str, Any]) -> int:
    """Return how many matches the server says there are, on all pages; 0 if it doesn't say."""
    total = bundle.get("total")
    if isinstance(total, str) and total.isascii() and total.isdecimal():
        return int(total[:9])
    return total if isinstance(total, int) and not isinstance(total, bool) else 0


def count_entries(bundle: Mapping[str, Any]) -> int:
    """Return how many entries a page has; an OperationOutcome counts, because a server's total may include it."""
    return len(_mappings(bundle.get("entry")))


def trouble_on(bundle: Mapping[str, Any]) -> Literal["failed", "warned"] | None:
    """Return whether a page reports an error instead of matches, or a warning that some may be missing.

    None if it only says that there are none.
    """
    resources = _mappings([entry.get("resource") for entry in _mappings(bundle.get("entry"))])
    outcomes = [each for each in resources if each.get("resourceType") == "OperationOutcome"]
    issues = [issue for outcome in outcomes for issue in _mappings(outcome.get("issue"))]
    severities = {issue.get("severity") for issue in issues if issue.get("code") not in _NO_MATCH}
    if severities & {"fatal", "error"}:
        return "failed"
    return "warned" if "warning" in severities else None


def is_failure(outcome: Mapping[str, Any]) -> bool:
    """Return whether an OperationOutcome reports an error."""
    return any(issue.get("severity") in {"fatal", "error"} for issue in _mappings(outcome.get("issue")))


def identifier_values(resource: Mapping[str, Any]) -> frozenset[str]:
    """Return the values of a resource's identifiers in any system: ALEX may not keep the system it was sent."""
    identifiers = [*_mappings(resource.get("identifier")), *_mappings([resource.get("masterIdentifier")])]
    return frozenset(_text(identifier.get("value")) for identifier in identifiers) - {""}


def next_page(bundle: Mapping[str, Any]) -> str | None:
    """Return the link to a searchset's next page, or None."""
    links = [link.get("url") for link in _mappings(bundle.get("link")) if link.get("relation") == "next"]
    return next((link for link in links if isinstance(link, str) and link), None)


def parse_launch_context(body: bytes | str, *, now: datetime) -> LaunchContext:
    """Parse the launch decoder's response; raises ValueError if it can't be parsed.

    The field names come from ALEX support; the format of the time is not known. Every ISO format, epoch seconds and
    milliseconds, .NET's own form, and a time without a zone are accepted; the last as UTC or Auckland, whichever is nearer to `now`
    (aware), and in the hour that is repeated when summer time ends, either of the two. The call's name ends in
    "string", so JSON inside a JSON string is accepted too.
    """
    content = json.loads(body, object_pairs_hook=_without_contradiction)
    if isinstance(content, str):
        content = json.loads(content, object_pairs_hook=_without_contradiction)
    if not isinstance(content, dict):
        raise ValueError("not a launch context")  # noqa: TRY004 - callers translate ValueError only
    fields = content
    facility = _text(fields.get("facilitycode"))
    if not _FHIR_ID.fullmatch(facility):
        raise ValueError("the launch context has no facility")
    return LaunchContext(
        patient_id=_launched(fields.get("patientid")),
        facility_code=facility,
        provider_id=_launched(fields.get("providerid")),
        created_time=_moment(fields.get("createdtime"), now),
    )


def _without_contradiction(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return members by lower-case name; raises ValueError for one that is there twice with different values."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if found.setdefault(key.casefold(), value) != value:
            raise ValueError("the launch context contradicts itself")
    return found


def _moment(value: Any, now: datetime) -> datetime:
    if match := _DOTNET.fullmatch(_text(value)):
        value = match[1]
    try:
        if isinstance(value, int | float) or (isinstance(value, str) and value.strip().isdecimal()):
            number = float(value)
            return datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS else number, UTC)
        # .NET writes seven fractional digits; Python accepts six.
        moment = datetime.fromisoformat(_FRACTION.sub(r"\1", _text(value)))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        here = moment.replace(tzinfo=_AUCKLAND)
        candidates = (
            moment.replace(tzinfo=UTC),
            *(here.replace(fold=fold).astimezone(UTC) for fold in (0, 1)),
        )
    except (OverflowError, OSError) as error:
        raise ValueError("the launch time is out of range") from error
    return min(candidates, key=lambda candidate: abs(candidate - now))


def _launched(value: Any) -> str | None:
    """Return an id of the launch context, None for none; raises ValueError for what is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise ValueError("not an id")
    return _reference_id(value)


def _reference_id(value: Any) -> str | None:
    last = _text(value).rsplit("/", 1)[-1]
    if last.casefold() in {"", "null", "0"}:
        return None
    if not is_fhir_id(last):
        raise ValueError("not an id")
    return last


def _general_practitioner(resource: Mapping[str, Any]) -> str | None:
    listed = _mappings(resource.get("generalPractitioner"))
    found = [_text(each.get("reference")) for each in listed]
    return next((_reference_id(each) for each in found if "Practitioner/" in each), None)


def _replaced_by(resource: Mapping[str, Any]) -> str | None:
    """Return the id of the record that this one was merged into; "unknown" if it doesn't say which one."""
    listed = resource.get("link")
    links = [
        link.get("other")
        for link in _mappings([listed] if isinstance(listed, dict) else listed)
        if _text(link.get("type")).casefold() == "replaced-by"
    ]
    named = [
        _text(other.get("reference")).rsplit("/", 1)[-1] if isinstance(other, dict) else "" for other in links
    ]
    others = [each or "unknown" for each in named if not same_id(each, _text(resource.get("id")))]
    return next(iter(others), None)


def is_system(system: Any, wanted: str) -> bool:
    """Return whether an identifier's system is the one wanted: a slash at the end, case or `http` make no other one."""
    return _bare_system(_text(system)) == _bare_system(wanted)


def _bare_system(system: str) -> str:
    return re.sub(r"^https?://", "", system.casefold()).rstrip("/")


def _nhis(resource: Mapping[str, Any], now: datetime) -> tuple[str, frozenset[str]]:
    """Return the NHI in use, and every one: one that is dormant still belongs to the patient, but is not used."""
    found = [
        ("".join(_text(identifier.get("value")).split()).upper(), identifier)
        for identifier in _mappings(resource.get("identifier"))
        if is_system(identifier.get("system"), NHI_SYSTEM)
    ]
    values = [(value, identifier) for value, identifier in found if value]
    current = [
        (identifier.get("use") != "official", value)
        for value, identifier in values
        if identifier.get("use") not in {"old", "temp"} and _is_valid(identifier.get("period"), now)
    ]
    best = min(current, key=lambda each: each[0], default=(True, ""))
    return best[1], frozenset(value for value, _ in values)


def _is_valid(period: Any, now: datetime) -> bool:
    """Return whether `now` is within a Period; a date that can't be read is no limit."""
    if not isinstance(period, dict):
        return True
    start, end = _text(period.get("start")), _text(period.get("end"))
    return _compare(start, now) <= 0 <= _compare(end, now) if end else _compare(start, now) <= 0


def _compare(date: str, now: datetime) -> int:
    """Return -1, 0 or 1: a FHIR date, as exact as it is, is before `now`, includes it, or is after it."""
    if re.fullmatch(r"\d{4}(-\d{2}){0,2}", date):
        today = now.astimezone(_AUCKLAND).date().isoformat()[: len(date)]
        return (date > today) - (date < today)
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(r"\1", date))
    except ValueError:
        return 0
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=_AUCKLAND)
    return (moment > now) - (moment < now)


def _human_name(resource: Mapping[str, Any], now: datetime, *, with_prefix: bool = False) -> str:
    names = _mappings(resource.get("name"))
    order = {"official": 0, "usual": 1, None: 2, "old": 9, "maiden": 9}
    # A name that is no longer valid is better than none, for which nothing could be done.
    for name in sorted(
        names, key=lambda name: (not _is_valid(name.get("period"), now), order.get(name.get("use"), 3))
    ):
        given, prefix = _texts(name.get("given")), _texts(name.get("prefix")) if with_prefix else []
        family, text = _shown(_text(name.get("family"))), _shown(_text(name.get("text")))
        built = _shown(" ".join(part for part in [*prefix, *given, family] if part))
        if not (any(given) and family) and text:
            return text  # the parts alone say less
        if built:
            return built
    return ""


def _shown(text: str) -> str:
    """Return a name without characters that show nothing, or turn round their neighbours."""
    kept = (" " if unicodedata.category(each) == "Cc" else each for each in text)
    return " ".join("".join(each for each in kept if unicodedata.category(each) != "Cf").split())


def subject_of(resource: Mapping[str, Any]) -> tuple[str, str]:
    """Return the id and the NHI of the patient that a resource says it is about; empty where it doesn't."""
    subject = resource.get("subject", resource.get("for"))
    if not isinstance(subject, dict):
        return "", ""
    kind, _, last = _text(subject.get("reference")).split("/_history/")[0].rpartition("/")
    identifier = subject.get("identifier")
    nhi = ""
    if isinstance(identifier, dict) and is_system(identifier.get("system"), NHI_SYSTEM):
        nhi = "".join(_text(identifier.get("value")).split()).upper()
    return last if kind.rpartition("/")[2] == "Patient" and is_fhir_id(last) else "", nhi


def names_another(resource: Mapping[str, Any], patient_id: str, nhi: str) -> bool:
    """Return whether a resource says that it is about another patient than the one with this id and NHI."""
    its_id, its_nhi = subject_of(resource)
    if its_id and patient_id and not same_id(its_id, patient_id):
        return True
    return bool(its_nhi and nhi and its_nhi != nhi.upper())


def _id(resource: Mapping[str, Any], resource_type: str) -> str:
    if resource.get("resourceType") != resource_type or not _text(resource.get("id")):
        raise ValueError(f"not a {resource_type} with an id")
    return _text(resource["id"])


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
