"""Facilities with their locations, practitioners and patients, read from a JSON file.

All of them are fictional, except what Medtech's UAT test facility is known to contain.
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
class SeedIdentifier:
    """A business identifier."""

    system: str
    value: str


@dataclass(frozen=True)
class PersonName:
    """A name in the parts that FHIR uses."""

    family: str
    given: tuple[str, ...] = ()
    prefix: str = ""

    @property
    def full(self) -> str:
        """Prefix, given names and family name."""
        return " ".join(part for part in (self.prefix, *self.given, self.family) if part)


@dataclass(frozen=True)
class SeedPractitioner:
    """A practitioner who works at a facility."""

    id: str
    name: PersonName
    identifiers: tuple[SeedIdentifier, ...] = ()
    occupation: str = ""


@dataclass(frozen=True)
class SeedLocation:
    """A location of a facility."""

    id: str
    name: str


@dataclass(frozen=True)
class SeedPatient:
    """A patient record at one facility; the same NHI has another `id` elsewhere, and may have two here."""

    id: str
    nhi: str
    name: PersonName
    gender: str
    birth_date: date
    address: str = ""
    phone: str = ""
    alert: str = ""


@dataclass(frozen=True)
class SeedFacility:
    """A practice. If it is not connected, every call for it gets the platform's empty 503."""

    id: str
    name: str
    organisation: str
    connected: bool
    locations: tuple[SeedLocation, ...]
    practitioners: tuple[SeedPractitioner, ...]
    patients: tuple[SeedPatient, ...]

    def patient(self, patient_id: str) -> SeedPatient | None:
        """Return this facility's patient record with this id."""
        return next((p for p in self.patients if p.id == patient_id), None)

    def practitioner(self, practitioner_id: str) -> SeedPractitioner | None:
        """Return this facility's practitioner with this id."""
        return next((p for p in self.practitioners if p.id == practitioner_id), None)


@dataclass(frozen=True)
class Seed:
    """All facilities by id."""

    facilities: dict[str, SeedFacility]


def load_seed(path: Path | None) -> Seed:
    """Read a seed file, by default the one in this package. Raises SeedError."""
    source = path or Path(__file__).with_name("seed.json")
    try:
        document = json.loads(source.read_text(encoding="utf-8"))
        facilities = [_facility(each) for each in document["facilities"]]
    except OSError as error:
        raise SeedError(f"{source}: {error.strerror}.") from error
    except KeyError as error:
        raise SeedError(f"{source}: {error} is missing.") from error
    except (ValueError, TypeError) as error:
        raise SeedError(f"{source}: {error}") from error
    if not facilities:
        raise SeedError(f"{source}: there is no facility.")
    for facility in facilities:
        if not facility.practitioners:  # a launch needs a provider
            raise SeedError(f"{source}: {facility.id} has no practitioner.")
    return Seed({facility.id: facility for facility in facilities})


def _facility(entry: dict[str, Any]) -> SeedFacility:
    return SeedFacility(
        id=entry["id"],
        name=entry["name"],
        organisation=entry.get("organisation", ""),
        connected=bool(entry.get("connected", True)),
        locations=tuple(SeedLocation(_id(each["id"]), each["name"]) for each in entry.get("locations", [])),
        practitioners=tuple(_practitioner(each) for each in entry.get("practitioners", [])),
        patients=tuple(_patient(each) for each in entry.get("patients", [])),
    )


def _practitioner(entry: dict[str, Any]) -> SeedPractitioner:
    return SeedPractitioner(
        id=_id(entry["id"]),
        name=_name(entry),
        identifiers=tuple(
            SeedIdentifier(each["system"], each["value"]) for each in entry.get("identifiers", [])
        ),
        occupation=entry.get("occupation", ""),
    )


def _patient(entry: dict[str, Any]) -> SeedPatient:
    gender = entry["gender"]
    if gender not in GENDERS:
        raise SeedError(f"gender must be one of {', '.join(GENDERS)}, not {gender!r}.")
    return SeedPatient(
        id=_id(entry["id"]),
        nhi=entry["nhi"],
        name=_name(entry),
        gender=gender,
        birth_date=date.fromisoformat(entry["birthDate"]),
        address=entry.get("address", ""),
        phone=entry.get("phone", ""),
        alert=entry.get("alert", ""),
    )


def _name(entry: dict[str, Any]) -> PersonName:
    return PersonName(
        family=entry["family"], given=tuple(entry.get("given", ())), prefix=entry.get("prefix", "")
    )


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise SeedError(f"an id must be 32 hex digits, not {value!r}.")
    return value
