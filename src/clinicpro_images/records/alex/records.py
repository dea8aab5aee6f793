"""Parses what ALEX returns: patients, practitioners, locations and the launch context."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from clinicpro_images.practice_time import AUCKLAND
from clinicpro_images.records.alex.bundle import mappings
from clinicpro_images.records.alex.json_body import read_json
from clinicpro_images.records.protocol import (
    AppointmentRecord,
    LaunchContext,
    LocationRecord,
    PatientRecord,
    PractitionerRecord,
    same_id,
)
from clinicpro_images.terminology.plain import one_line

NHI_SYSTEM = "https://standards.digital.health.nz/ns/nhi-id"
HPI_FACILITY_SYSTEM = "https://standards.digital.health.nz/ns/hpi-facility-id"

# Registers in which ALEX finds a provider (Medtech's guide), in the order to try.
_SEARCHABLE_REGISTERS = ("hpi-person-id", "medical-council-id", "nursing-council-id")
_NOT_SEEN = frozenset({"cancelled", "noshow", "entered-in-error", "waitlist"})
_FHIR_ID = re.compile(r"[A-Za-z0-9-][A-Za-z0-9.-]{0,63}")
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
        active=_is_active(resource),
        replaced_by=_replaced_by(resource),
        general_practitioner_id=_general_practitioner(resource),
    )


def practitioner_record(resource: Mapping[str, Any], *, now: datetime) -> PractitionerRecord:
    """Parse a Practitioner as it is `now` (aware); raises ValueError if it isn't one or has no id."""
    name = _human_name(resource, now, with_prefix=True)
    numbers = {
        _text(each.get("system")).rsplit("/", 1)[-1]: (_text(each.get("system")), _text(each.get("value")))
        for each in mappings(resource.get("identifier"))
        if _text(each.get("value"))
    }
    return PractitionerRecord(
        id=_id(resource, "Practitioner"),
        name=name,
        identifiers=identifier_values(resource),
        registered=next((numbers[each] for each in _SEARCHABLE_REGISTERS if each in numbers), None),
        active=_is_active(resource),
    )


def appointment_record(resource: Mapping[str, Any]) -> AppointmentRecord | None:
    """Parse an Appointment; None for one that was cancelled, or that has no patient or no time."""
    actors = [
        each["actor"] for each in mappings(resource.get("participant")) if isinstance(each.get("actor"), dict)
    ]
    patient = next((each for each in actors if "Patient/" in _text(each.get("reference"))), None)
    if patient is None or resource.get("status") in _NOT_SEEN:
        return None
    try:
        patient_id = _reference_id(patient.get("reference"), "Patient")
        start = datetime.fromisoformat(_FRACTION.sub(r"\1", _text(resource.get("start"))))
    except ValueError:
        return None
    if patient_id is None:
        return None
    aware = start if start.tzinfo is not None else start.replace(tzinfo=AUCKLAND)
    return AppointmentRecord(aware, patient_id, _text(patient.get("display")))


def location_record(resource: Mapping[str, Any]) -> LocationRecord:
    """Parse a Location; raises ValueError if it isn't one or has no id."""
    codes = [
        _text(identifier.get("value")).upper()
        for identifier in mappings(resource.get("identifier"))
        if is_system(identifier.get("system"), HPI_FACILITY_SYSTEM)
    ]
    return LocationRecord(
        id=_id(resource, "Location"),
        name=_shown(_text(resource.get("name"))),
        facility_id=next((code for code in codes if code), None),
        pms_version=next(
            (
                _text(each.get("valueString"))
                for each in mappings(resource.get("extension"))
                if _text(each.get("url")).endswith("/location-medtechpms-version")
            ),
            "",
        ),
        active=_text(resource.get("status")).casefold() not in {"inactive", "suspended"},
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


def identifier_values(resource: Mapping[str, Any]) -> frozenset[str]:
    """Return the values of a resource's identifiers in any system: ALEX may not keep the system it was sent."""
    identifiers = [*mappings(resource.get("identifier")), *mappings([resource.get("masterIdentifier")])]
    return frozenset(_text(identifier.get("value")) for identifier in identifiers) - {""}


def parse_launch_context(body: bytes | str, *, now: datetime) -> LaunchContext:
    """Parse the launch decoder's response; raises ValueError if it can't be parsed.

    The field names come from ALEX support; the format of the time is not known. Every ISO format, epoch seconds and
    milliseconds, .NET's own form, and a time without a zone are accepted; the last as UTC or Auckland, whichever is nearer to `now`
    (aware), and in the hour that is repeated when summer time ends, either of the two. The call's name ends in
    "string", so JSON inside a JSON string is accepted too.
    """
    content = read_json(body, by_lower_case=True)
    if isinstance(content, str):
        content = read_json(content, by_lower_case=True)
    if not isinstance(content, dict) or _reports_an_error(content):
        raise ValueError("not a launch context")
    fields = content
    facility = _text(fields.get("facilitycode"))
    if not _FHIR_ID.fullmatch(facility):
        raise ValueError("the launch context has no facility")
    return LaunchContext(
        patient_id=_launched(fields.get("patientid"), "Patient"),
        facility_code=facility,
        provider_id=_launched(fields.get("providerid"), "Practitioner"),
        created_time=_moment(fields.get("createdtime"), now),
    )


def _reports_an_error(context: Mapping[str, Any]) -> bool:
    """Return whether an answer with every member of a context says beside them that decoding it failed."""
    status = context.get("statuscode")
    refused = isinstance(status, int) and status >= HTTPStatus.BAD_REQUEST
    return refused or context.get("success") is False or any(map(context.get, ("error", "errors", "issue")))


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
        here = moment.replace(tzinfo=AUCKLAND)
        candidates = (
            moment.replace(tzinfo=UTC),
            *(here.replace(fold=fold).astimezone(UTC) for fold in (0, 1)),
        )
    except (OverflowError, OSError) as error:
        raise ValueError("the launch time is out of range") from error
    return min(candidates, key=lambda candidate: abs(candidate - now))


def _launched(value: Any, resource_type: str) -> str | None:
    """Return an id of the launch context, None for none; raises ValueError for what is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise ValueError("not an id")
    return _reference_id(value, resource_type)


def _reference_id(value: Any, resource_type: str) -> str | None:
    """Return the id of a reference such as `Patient/{id}`, or of the id alone, None for none; raises ValueError.

    Only a reference of this shape has one id: of two in a row, or of another type's, none is the one meant.
    """
    text = _text(value)
    if text.casefold() in {"", "null", "0"}:
        return None
    shape = rf"(?:(?:https?://[^?#]+/)?{resource_type}/)?([^/]+)(?:/_history/[^/]+)?"
    found = re.fullmatch(shape, text)
    if found is None or not is_fhir_id(found[1]):
        raise ValueError("not an id")
    return found[1]


def _is_active(resource: Mapping[str, Any]) -> bool:
    return str(resource.get("active")).strip().casefold() != "false"


def _general_practitioner(resource: Mapping[str, Any]) -> str | None:
    """Return the id of the patient's own GP; the reference as it is if it shows no id, None if there is none at all."""
    found = [_text(each.get("reference")) for each in mappings(resource.get("generalPractitioner"))]
    first = next((each for each in found if "Practitioner/" in each), next(iter(found), None))
    try:
        return first and _reference_id(first, "Practitioner")
    except ValueError:
        return first


def _replaced_by(resource: Mapping[str, Any]) -> str | None:
    """Return the id of the record that this one was merged into; "unknown" if it doesn't say which one."""
    listed = resource.get("link")
    links = [
        link.get("other")
        for link in mappings([listed] if isinstance(listed, dict) else listed)
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
        for identifier in mappings(resource.get("identifier"))
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
        today = now.astimezone(AUCKLAND).date().isoformat()[: len(date)]
        return (date > today) - (date < today)
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(r"\1", date))
    except ValueError:
        return 0
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=AUCKLAND)
    return (moment > now) - (moment < now)


def _human_name(resource: Mapping[str, Any], now: datetime, *, with_prefix: bool = False) -> str:
    names = mappings(resource.get("name"))
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
    return one_line("".join(each for each in kept if unicodedata.category(each) != "Cf"))


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
