"""What Evolution shows of a patient's record: view models for the templates, no HTTP."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from alex_sandbox.clock import AUCKLAND
from alex_sandbox.records import Record
from alex_sandbox.seed import Facility, Patient, Practitioner, Seed

FOLDERS = ("scan", "media", "messages", "tasks")
_FOLDER_OF = {"DocumentReference": "scan", "Media": "media", "Communication": "messages", "Task": "tasks"}
_SEX = {"male": "Male", "female": "Female", "other": "Other", "unknown": "Not stated"}


@dataclass(frozen=True)
class Place:
    """Where the user of the desktop is: kept in the page's forms, never in a URL."""

    facility: Facility
    provider: Practitioner
    patient: Patient | None
    folder: str

    @classmethod
    def chosen(cls, seed: Seed, form: Mapping[str, str]) -> "Place":
        """Read the page's form; what does not exist falls back to the first there is, the patient to none."""
        facility = seed.facilities.get(form.get("facility", "")) or next(iter(seed.facilities.values()))
        provider = facility.practitioner(form.get("provider", "")) or facility.practitioners[0]
        folder = form.get("folder", "")
        return cls(
            facility,
            provider,
            facility.patient(form.get("patient", "")),
            folder if folder in FOLDERS else "scan",
        )


@dataclass(frozen=True)
class Line:
    """A patient as one line of the palette, and as the banner."""

    id: str
    nhi: str
    listed: str
    formal: str
    born: str
    age: str
    sex: str
    address: str
    phone: str
    alert: str


@dataclass(frozen=True)
class Item:
    """One thing in a folder. `details` are label and value, in the order they are read."""

    id: str
    serial: int
    kind: str
    line: str
    heading: str
    body: str
    patient: str
    person: str
    received: str
    received_short: str
    shows: str
    details: tuple[tuple[str, str], ...]


def patient_line(patient: Patient, today: date) -> Line:
    """Write a patient the way a clinician reads one."""
    name = patient.name
    given = " ".join(name.given)
    return Line(
        id=patient.id,
        nhi=patient.nhi,
        listed=f"{name.family}, {given}" if given else name.family,
        formal=name.full,
        born=_day(patient.birth_date),
        age=_age(patient.birth_date, today),
        sex=_SEX[patient.gender],
        address=patient.address,
        phone=patient.phone,
        alert=patient.alert,
    )


def folder_items(records: Iterable[Record], place: Place, folder: str) -> list[Item]:
    """The folder's things, newest first: of the open patient, or of the whole practice when none is open."""
    return [
        _item(record, place.facility)
        for record in reversed(list(records))
        if record.facility == place.facility.id
        and _FOLDER_OF[record.type] == folder
        and (place.patient is None or record.patient == place.patient.id)
    ]


def _item(record: Record, facility: Facility) -> Item:
    resource = record.resource
    received = datetime.fromisoformat(record.written).astimezone(AUCKLAND)
    patient = facility.patient(record.patient)
    person, details = _PEOPLE[record.type](resource, facility)
    line = str(resource.get("description") or record.title)
    if record.content_type and record.title != line:
        details = (*details, ("File", record.title))
    return Item(
        id=record.id,
        serial=record.serial,
        kind=record.type,
        line=line,
        heading=line if record.type != "Communication" else f"Message from {person}",
        body=line if record.type == "Communication" else "",
        patient=patient.name.full if patient else "",
        person=person,
        received=f"{_day(received.date())}, {received:%H:%M}",
        received_short=f"{received.day} {received:%b} {received:%H:%M}",
        shows="document"
        if record.content_type == "application/pdf"
        else "picture"
        if record.content_type
        else "",
        details=(
            ("Patient", f"{patient.name.full} ({patient.nhi})" if patient else record.patient),
            *details,
            *(
                (("Format", f"{_FORMATS[record.content_type]}, {_size(record.size)}"),)
                if record.content_type
                else ()
            ),
            ("Reference", record.identifier_value),
            ("Medtech id", record.id),
        ),
    )


def _document_people(resource: dict[str, Any], facility: Facility) -> tuple[str, tuple[tuple[str, str], ...]]:
    author = _named(next(iter(_members(resource.get("author"))), None), facility)
    return author, (("Author", author), ("Dated", _moment(resource.get("date"))))


def _media_people(resource: dict[str, Any], facility: Facility) -> tuple[str, tuple[tuple[str, str], ...]]:
    operator = _named(resource.get("operator"), facility)
    return operator, (("Author", operator), ("Taken", _moment(resource.get("createdDateTime"))))


def _message_people(resource: dict[str, Any], facility: Facility) -> tuple[str, tuple[tuple[str, str], ...]]:
    sender = _named(resource.get("sender"), facility)
    recipients = ", ".join(_named(each, facility) for each in _members(resource.get("recipient")))
    return sender, (("From", sender), ("To", recipients), ("Sent", _moment(resource.get("sent"))))


def _task_people(resource: dict[str, Any], facility: Facility) -> tuple[str, tuple[tuple[str, str], ...]]:
    owner = _named(resource.get("owner"), facility)
    due = resource.get("restriction", {}).get("period", {}).get("end")
    return owner, (("Assigned to", owner), ("Due", _moment(due)))


_PEOPLE = {
    "DocumentReference": _document_people,
    "Media": _media_people,
    "Communication": _message_people,
    "Task": _task_people,
}
_FORMATS = {"image/tiff": "TIFF", "image/jpeg": "JPEG", "image/png": "PNG", "application/pdf": "PDF"}


def _named(element: Any, facility: Facility) -> str:
    reference = element.get("reference", "") if isinstance(element, dict) else ""
    practitioner = facility.practitioner(str(reference).rpartition("/")[2])
    return practitioner.name.full if practitioner else "—"


def _members(element: Any) -> list[Any]:
    return element if isinstance(element, list) else []


def _moment(written: Any) -> str:
    """A FHIR date or date-time in New Zealand time; as it came when it is neither."""
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError:
        return str(written or "—")
    if "T" not in str(written):
        return _day(moment.date())
    local = moment.astimezone(AUCKLAND)
    return f"{_day(local.date())}, {local:%H:%M}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _age(born: date, today: date) -> str:
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return f"{months // 12} y" if months >= 24 else f"{months} mo"  # noqa: PLR2004 - infants are counted in months


def _size(size: int) -> str:
    megabytes = size / 1_000_000
    return f"{megabytes:.1f} MB" if megabytes >= 1 else f"{max(1, round(size / 1000))} kB"
