"""The CapabilityStatement at `/metadata`."""

from datetime import datetime
from typing import Any

from alex_sandbox.clock import instant

_INTERACTIONS = {
    "Patient": ("read", "search-type"),
    "Practitioner": ("read", "search-type"),
    "Location": ("read", "search-type"),
    "Appointment": ("search-type",),
    "Media": ("read", "search-type", "create"),
    "DocumentReference": ("read", "search-type", "create"),
    "Communication": ("read", "search-type", "create"),
    "Task": ("read", "search-type", "create"),
}


def capability_statement(base: str, now: datetime) -> dict[str, Any]:
    """Return the CapabilityStatement of a server at this base URL."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": instant(now),
        "publisher": "ALEX sandbox of ClinicPro Images (not Medtech)",
        "kind": "instance",
        "software": {"name": "ALEX sandbox", "version": "1.33"},
        "implementation": {"description": "Stand-in for ALEX", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {"type": name, "interaction": [{"code": code} for code in codes]}
                    for name, codes in _INTERACTIONS.items()
                ],
            }
        ],
    }
