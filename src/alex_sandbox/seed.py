"""Who is there: facilities with their locations, practitioners and patients, read from a JSON file.

All of them invented, apart from what Medtech's UAT test facility is known to hold.
"""

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

_ID = re.compile(r"[0-9a-f]{32}")
GENDERS = ("male", "female", "other", "unknown")


class SeedError(ValueError):
    """The seed file can't be used; the message is one line saying where and why."""


@dataclass(frozen=True)
class Identifier:
    """One business identifier."""

    system: str
    value: str


@dataclass(frozen=True)
class Person:
    """A name as FHIR splits it."""

    family: str
    given: tuple[str, ...] = ()
    prefix: str = ""

    @property
    def full(self) -> str:
        """As written on an envelope."""
        return " ".join(part for part in (self.prefix, *self.given, self.family) if part)


@dataclass(frozen=True)
class Practitioner:
    """Someone who works at a facility."""

    id: str
    name: Person
    identifiers: tuple[Identifier, ...] = ()
    occupation: str = ""


@dataclass(frozen=True)
class Location:
    """A place of a facility."""

    id: str
    name: str


@dataclass(frozen=True)
class Patient:
    """A patient record at one facility; the same NHI has another `id` elsewhere, and may have two here."""

    id: str
    nhi: str
    name: Person
    gender: str
    birth_date: date
    address: str = ""
    phone: str = ""
    alert: str = ""


@dataclass(frozen=True)
class Facility:
    """A practice. One that is not connected answers the platform's bare 503."""

    id: str
    name: str
    organisation: str
    connected: bool
    locations: tuple[Location, ...]
    practitioners: tuple[Practitioner, ...]
    patients: tuple[Patient, ...]

    def patient(self, patient_id: str) -> Patient | None:
        """The patient record with this id, at this facility only."""
        return next((p for p in self.patients if p.id == patient_id), None)

    def practitioner(self, practitioner_id: str) -> Practitioner | None:
        """The practitioner with this id."""
        return next((p for p in self.practitioners if p.id == practitioner_id), None)


@dataclass(frozen=True)
class Seed:
    """All facilities, by id."""

    facilities: dict[str, Facility]


def load_seed(path: Path | None) -> Seed:
    """Read a seed file, or the one in this package. Raises SeedError."""
    source = path or Path(__file__).with_name("seed.json")
    try:
        written = json.loads(source.read_text(encoding="utf-8"))
        facilities = [_facility(each) for each in written["facilities"]]
    except OSError as error:
        raise SeedError(f"{source}: {error.strerror}.") from error
    except KeyError as error:
        raise SeedError(f"{source}: {error} is missing.") from error
    except (ValueError, TypeError) as error:
        raise SeedError(f"{source}: {error}") from error
    if not facilities:
        raise SeedError(f"{source}: there is no facility.")
    for facility in facilities:
        if not facility.practitioners:  # somebody has to press the icon
            raise SeedError(f"{source}: {facility.id} has no practitioner.")
    return Seed({facility.id: facility for facility in facilities})


def _facility(written: dict[str, Any]) -> Facility:
    return Facility(
        id=written["id"],
        name=written["name"],
        organisation=written.get("organisation", ""),
        connected=bool(written.get("connected", True)),
        locations=tuple(Location(_id(each["id"]), each["name"]) for each in written.get("locations", [])),
        practitioners=tuple(_practitioner(each) for each in written.get("practitioners", [])),
        patients=tuple(_patient(each) for each in written.get("patients", [])),
    )


def _practitioner(written: dict[str, Any]) -> Practitioner:
    return Practitioner(
        id=_id(written["id"]),
        name=_person(written),
        identifiers=tuple(
            Identifier(each["system"], each["value"]) for each in written.get("identifiers", [])
        ),
        occupation=written.get("occupation", ""),
    )


def _patient(written: dict[str, Any]) -> Patient:
    gender = written["gender"]
    if gender not in GENDERS:
        raise SeedError(f"gender is one of {', '.join(GENDERS)}, not {gender!r}.")
    return Patient(
        id=_id(written["id"]),
        nhi=written["nhi"],
        name=_person(written),
        gender=gender,
        birth_date=date.fromisoformat(written["birthDate"]),
        address=written.get("address", ""),
        phone=written.get("phone", ""),
        alert=written.get("alert", ""),
    )


def _person(written: dict[str, Any]) -> Person:
    return Person(
        family=written["family"], given=tuple(written.get("given", ())), prefix=written.get("prefix", "")
    )


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise SeedError(f"an id is 32 hex digits, not {value!r}.")
    return value
