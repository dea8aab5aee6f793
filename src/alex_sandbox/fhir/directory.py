"""Patients, practitioners and locations of a facility as FHIR resources."""

from typing import Any

from alex_sandbox.seed import PersonName, SeedLocation, SeedPatient, SeedPractitioner

NHI_SYSTEM = "https://standards.digital.health.nz/ns/nhi-id"
FACILITY_SYSTEM = "https://standards.digital.health.nz/ns/hpi-facility-id"
ORGANISATION_SYSTEM = "https://standards.digital.health.nz/ns/hpi-organisation-id"

# ALEX's own base of this URL isn't published.
PMS_VERSION_URL = "https://hl7.org.nz/fhir/StructureDefinition/location-medtechpms-version"
PMS_VERSION = "8.0.0.112"


def patient_resource(patient: SeedPatient) -> dict[str, Any]:
    """Return a Patient; the NHI is the identifier with use `official`."""
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


def practitioner_resource(practitioner: SeedPractitioner) -> dict[str, Any]:
    """Return a Practitioner with council and HPI numbers."""
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


def location_resource(location: SeedLocation, facility_id: str, organisation_id: str) -> dict[str, Any]:
    """Return a Location of the practice."""
    return {
        "resourceType": "Location",
        "extension": [{"url": PMS_VERSION_URL, "valueString": PMS_VERSION}],
        "id": location.id,
        "identifier": [{"system": FACILITY_SYSTEM, "value": facility_id}],
        "status": "active",
        "name": location.name,
        "managingOrganization": {"identifier": {"system": ORGANISATION_SYSTEM, "value": organisation_id}},
    }


def _human_name(name: PersonName) -> dict[str, Any]:
    resource: dict[str, Any] = {"use": "official", "text": name.full, "family": name.family}
    if name.given:
        resource["given"] = list(name.given)
    if name.prefix:
        resource["prefix"] = [name.prefix]
    return resource
