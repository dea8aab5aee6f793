"""Patients, practitioners and locations of a facility as FHIR resources."""

from typing import Any

from alex_sandbox.seed import Location, Patient, Person, Practitioner

NHI_SYSTEM = "https://standards.digital.health.nz/ns/nhi-id"
FACILITY_SYSTEM = "https://standards.digital.health.nz/ns/hpi-facility-id"
ORGANISATION_SYSTEM = "https://standards.digital.health.nz/ns/hpi-organisation-id"


def patient_resource(patient: Patient) -> dict[str, Any]:
    """A Patient; the NHI is the identifier with use `official`."""
    resource: dict[str, Any] = {
        "resourceType": "Patient",
        "id": patient.id,
        "identifier": [{"use": "official", "system": NHI_SYSTEM, "value": patient.nhi}],
        "active": True,
        "name": [_human_name(patient.name)],
        "gender": patient.gender,
        "birthDate": patient.birth_date.isoformat(),
    }
    if patient.phone:
        resource["telecom"] = [{"system": "phone", "value": patient.phone, "use": "mobile"}]
    if patient.address:
        resource["address"] = [{"use": "home", "text": patient.address}]
    return resource


def practitioner_resource(practitioner: Practitioner) -> dict[str, Any]:
    """A Practitioner with the council and HPI numbers."""
    return {
        "resourceType": "Practitioner",
        "id": practitioner.id,
        "identifier": [
            {"system": identifier.system, "value": identifier.value}
            for identifier in practitioner.identifiers
        ],
        "active": True,
        "name": [_human_name(practitioner.name)],
    }


def location_resource(location: Location, facility_id: str, organisation_id: str) -> dict[str, Any]:
    """A Location of the practice."""
    return {
        "resourceType": "Location",
        "id": location.id,
        "identifier": [{"system": FACILITY_SYSTEM, "value": facility_id}],
        "status": "active",
        "name": location.name,
        "managingOrganization": {"identifier": {"system": ORGANISATION_SYSTEM, "value": organisation_id}},
    }


def _human_name(name: Person) -> dict[str, Any]:
    written: dict[str, Any] = {"use": "official", "text": name.full, "family": name.family}
    if name.given:
        written["given"] = list(name.given)
    if name.prefix:
        written["prefix"] = [name.prefix]
    return written
