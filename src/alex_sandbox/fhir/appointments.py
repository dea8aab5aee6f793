"""`GET /Appointment`: a provider's appointments of one day, from the invented daybook."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from alex_sandbox.clock import AUCKLAND
from alex_sandbox.daybook import Appointment, daybook
from alex_sandbox.errors import authorization_failed
from alex_sandbox.fhir.bundles import searchset
from alex_sandbox.fhir.query import base_url, parameters
from alex_sandbox.fhir.responses import FhirResponse
from alex_sandbox.oauth.access import AccessControl
from alex_sandbox.seed import SeedFacility, SeedPractitioner

_SLOT = timedelta(minutes=15)
_STATUSES = {
    "Seen": "fulfilled",
    "With provider": "arrived",
    "In the waiting room": "arrived",
    "Booked": "booked",
}


@dataclass(frozen=True)
class AppointmentEndpoints:
    """The search that the published guide names: `practitioner.identifier=…&date=ge…&date=le…`."""

    access: AccessControl

    def routes(self) -> list[Route]:
        """Return the routes under the FHIR base."""
        return [Route("/FHIR/Appointment", self.search)]

    async def search(self, request: Request) -> FhirResponse:
        """Return the practitioner's appointments of the days asked for; the daybook is the same on every day."""
        facility = self.access.check(request, "Appointment", "read")
        given = parameters(request)
        practitioner = _practitioner(facility, given)
        first, last = _days(given)
        found = []
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            found += [_resource(each, practitioner, day) for each in _of(facility, practitioner)]
        return FhirResponse(searchset(str(request.url), base_url(request), found))


def _practitioner(facility: SeedFacility, given: list[tuple[str, str]]) -> SeedPractitioner:
    names = sorted(name for name, _ in given)
    if names != ["date", "date", "practitioner.identifier"]:
        raise authorization_failed(
            "The supported query is practitioner.identifier=<system>%7C<value>&date=ge…&date=le…."
        )
    system, _, value = next(value for name, value in given if name == "practitioner.identifier").rpartition(
        "|"
    )
    for practitioner in facility.practitioners:
        if any((each.system, each.value) == (system, value) for each in practitioner.identifiers):
            return practitioner
    raise authorization_failed("There is no such practitioner.")


def _days(given: list[tuple[str, str]]) -> tuple[date, date]:
    days = {value[:2]: value[2:] for name, value in given if name == "date"}
    try:
        first, last = date.fromisoformat(days["ge"]), date.fromisoformat(days["le"])
    except (KeyError, ValueError) as error:
        raise authorization_failed("date must be ge and le, each with a day.") from error
    if not timedelta(0) <= last - first <= timedelta(days=7):
        raise authorization_failed("At most a week.")
    return first, last


def _of(facility: SeedFacility, practitioner: SeedPractitioner) -> list[Appointment]:
    """Return whom the practitioner sees: the practice's patients in turn."""
    index = facility.practitioners.index(practitioner)
    return [each for number, each in enumerate(daybook(facility)) if number % 2 == index % 2]


def _resource(appointment: Appointment, practitioner: SeedPractitioner, day: date) -> dict[str, Any]:
    hour, minute = map(int, appointment.time.split(":"))
    start = datetime(day.year, day.month, day.day, hour, minute, tzinfo=AUCKLAND)
    patient = appointment.patient
    return {
        "resourceType": "Appointment",
        "id": f"{patient.id[:24]}{day:%Y%m%d}",
        "status": _STATUSES[appointment.status],
        "start": start.isoformat(),
        "end": (start + _SLOT).isoformat(),
        "participant": [
            {
                "actor": {"reference": f"Patient/{patient.id}", "display": patient.name.full},
                "status": "accepted",
            },
            {"actor": {"reference": f"Practitioner/{practitioner.id}"}, "status": "accepted"},
        ],
    }
