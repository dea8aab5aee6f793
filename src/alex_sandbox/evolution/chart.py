"""View models of a patient's record for the Evolution templates; no HTTP."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from alex_sandbox.clock import AUCKLAND
from alex_sandbox.seed import Seed, SeedFacility, SeedPatient, SeedPractitioner
from alex_sandbox.storage.stored_resources import StoredResource

FOLDERS = ("scan", "media", "messages", "tasks")
PLACES = ("daybook", "consult", *FOLDERS, "referral")
"""The tabs of the window: the folders, and what surrounds them in a practice's day."""
_FOLDER_OF = {"DocumentReference": "scan", "Media": "media", "Communication": "messages", "Task": "tasks"}
_SEX = {"male": "Male", "female": "Female", "other": "Other", "unknown": "Not stated"}


@dataclass(frozen=True)
class WindowState:
    """What is selected in the desktop window; kept in the page's forms, never in a URL."""

    facility: SeedFacility
    provider: SeedPractitioner
    patient: SeedPatient | None
    folder: str

    @classmethod
    def from_form(cls, seed: Seed, form: Mapping[str, str]) -> "WindowState":
        """Read the page's form. Unknown values fall back to the first facility, provider or folder, and no patient."""
        facility = seed.facilities.get(form.get("facility", "")) or next(iter(seed.facilities.values()))
        provider = facility.practitioner(form.get("provider", "")) or facility.practitioners[0]
        folder = form.get("folder", "")
        return cls(
            facility,
            provider,
            facility.patient(form.get("patient", "")),
            folder if folder in PLACES else "scan",
        )


@dataclass(frozen=True)
class PatientSummary:
    """A patient as shown in the palette and in the banner."""

    id: str
    nhi: str
    list_name: str
    full_name: str
    birth_date: str
    age: str
    sex: str
    address: str
    phone: str
    alert: str


@dataclass(frozen=True)
class FolderItem:
    """One item in a folder. `details` are pairs of label and value in display order."""

    id: str
    serial: int
    kind: str
    description: str
    heading: str
    body: str
    patient: str
    person: str
    received: str
    received_short: str
    preview: str  # "image", "document" or ""
    details: tuple[tuple[str, str], ...]
    file: str = ""
    photos: tuple[tuple[str, str], ...] = ()
    """Of a message or task: the photos that it names, as pairs of id and title."""


def patient_summary(patient: SeedPatient, today: date) -> PatientSummary:
    """Format a patient's details for display; `today` is the date in New Zealand."""
    name = patient.name
    given = " ".join(name.given)
    return PatientSummary(
        id=patient.id,
        nhi=patient.nhi,
        list_name=f"{name.family}, {given}" if given else name.family,
        full_name=name.full,
        birth_date=_day(patient.birth_date),
        age=_age(patient.birth_date, today),
        sex=_SEX[patient.gender],
        address=patient.address,
        phone=patient.phone,
        alert=patient.alert,
    )


def folder_items(resources: Iterable[StoredResource], state: WindowState, folder: str) -> list[FolderItem]:
    """Return the folder's items, newest first: the open patient's, or the whole practice's if none is open."""
    known = list(resources)
    return [
        replace(_item(stored, state.facility), photos=_photos_named(stored, known))
        for stored in reversed(known)
        if stored.facility == state.facility.id
        and _FOLDER_OF[stored.type] == folder
        and (state.patient is None or stored.patient == state.patient.id)
    ]


def _photos_named(stored: StoredResource, known: Sequence[StoredResource]) -> tuple[tuple[str, str], ...]:
    """Find the patient's photos whose titles a message or task quotes, each on a line of its own."""
    if _FOLDER_OF[stored.type] not in {"messages", "tasks"}:
        return ()
    lines = {line.strip() for line in _text_of(stored).splitlines()}
    return tuple(
        (each.id, title)
        for each in known
        if each.facility == stored.facility
        and each.patient == stored.patient
        and each.content_type
        and (title := str(each.resource.get("description") or each.title)) in lines
    )


def _text_of(stored: StoredResource) -> str:
    payload = [each.get("contentString", "") for each in _members(stored.resource.get("payload"))]
    return "\n".join(str(part) for part in (*payload, stored.resource.get("description") or "", stored.title))


def _item(stored: StoredResource, facility: SeedFacility) -> FolderItem:
    resource = stored.resource
    received = datetime.fromisoformat(stored.written).astimezone(AUCKLAND)
    patient = facility.patient(stored.patient)
    person, details = _PEOPLE[stored.type](resource, facility)
    description = str(resource.get("description") or stored.title)
    if stored.content_type and stored.title != description:
        details = (*details, ("File", stored.title))
    return FolderItem(
        id=stored.id,
        serial=stored.serial,
        kind=stored.type,
        description=description,
        heading=description if stored.type != "Communication" else f"Message from {person}",
        body=description if stored.type == "Communication" else "",
        patient=patient.name.full if patient else "",
        person=person,
        file=stored.title,
        received=f"{_day(received.date())}, {received:%H:%M}",
        received_short=f"{received.day} {received:%b} {received:%H:%M}",
        preview="document"
        if stored.content_type == "application/pdf"
        else "image"
        if stored.content_type
        else "",
        details=(
            ("Patient", f"{patient.name.full} ({patient.nhi})" if patient else stored.patient),
            *details,
            *(
                (("Format", f"{_FORMATS[stored.content_type]}, {_size(stored.size)}"),)
                if stored.content_type
                else ()
            ),
            ("Reference", stored.identifier_value),
            ("Medtech ID", stored.id),
        ),
    )


def _document_people(
    resource: dict[str, Any], facility: SeedFacility
) -> tuple[str, tuple[tuple[str, str], ...]]:
    author = _named(next(iter(_members(resource.get("author"))), None), facility)
    return author, (("Author", author), ("Dated", _moment(resource.get("date"))))


def _media_people(
    resource: dict[str, Any], facility: SeedFacility
) -> tuple[str, tuple[tuple[str, str], ...]]:
    operator = _named(resource.get("operator"), facility)
    return operator, (("Author", operator), ("Taken", _moment(resource.get("createdDateTime"))))


def _message_people(
    resource: dict[str, Any], facility: SeedFacility
) -> tuple[str, tuple[tuple[str, str], ...]]:
    sender = _named(resource.get("sender"), facility)
    recipients = ", ".join(_named(each, facility) for each in _members(resource.get("recipient")))
    return sender, (("From", sender), ("To", recipients), ("Sent", _moment(resource.get("sent"))))


def _task_people(resource: dict[str, Any], facility: SeedFacility) -> tuple[str, tuple[tuple[str, str], ...]]:
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


def _named(element: Any, facility: SeedFacility) -> str:
    reference = element.get("reference", "") if isinstance(element, dict) else ""
    practitioner = facility.practitioner(str(reference).rpartition("/")[2])
    return practitioner.name.full if practitioner else "—"


def _members(element: Any) -> list[Any]:
    return element if isinstance(element, list) else []


def _moment(value: Any) -> str:
    """Format a FHIR date or date-time in New Zealand time; anything else is returned unchanged."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value or "—")
    if "T" not in str(value):
        return _day(moment.date())
    local = moment.astimezone(AUCKLAND)
    return f"{_day(local.date())}, {local:%H:%M}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _age(born: date, today: date) -> str:
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return f"{months // 12} y" if months >= 24 else f"{months} mo"  # noqa: PLR2004 - in months below two years


def _size(size: int) -> str:
    megabytes = size / 1_000_000
    return f"{megabytes:.1f} MB" if megabytes >= 1 else f"{max(1, round(size / 1000))} kB"
