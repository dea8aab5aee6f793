"""Read-only endpoints: patients, practitioners, locations and the CapabilityStatement."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.routing import Route

from alex_sandbox import errors
from alex_sandbox.fhir.bundles import searchset
from alex_sandbox.fhir.capability import capability_statement
from alex_sandbox.fhir.directory import (
    NHI_SYSTEM,
    location_resource,
    patient_resource,
    practitioner_resource,
)
from alex_sandbox.fhir.query import base_url, token_parameter
from alex_sandbox.fhir.responses import FhirResponse
from alex_sandbox.oauth.access import AccessControl


@dataclass(frozen=True)
class DirectoryEndpoints:
    """Reads of what the practice's PMS already holds."""

    access: AccessControl
    now: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """Return the routes under the FHIR base."""
        return [
            Route("/FHIR/metadata", self.metadata),
            Route("/FHIR/Patient", self.search_patients),
            Route("/FHIR/Patient/{id}", self.read_patient),
            Route("/FHIR/Practitioner", self.list_practitioners),
            Route("/FHIR/Practitioner/{id}", self.read_practitioner),
            Route("/FHIR/Location", self.list_locations),
            Route("/FHIR/Location/{id}", self.read_location),
        ]

    async def metadata(self, request: Request) -> FhirResponse:
        """`GET /metadata`."""
        self.access.check_metadata(request)
        return FhirResponse(capability_statement(base_url(request), self.now()))

    async def search_patients(self, request: Request) -> FhirResponse:
        """`GET /Patient?identifier=<NHI system>%7C<NHI>`: all records with that NHI, possibly several."""
        facility = self.access.check(request, "Patient", "read")
        _, system, nhi = token_parameter(request, ("identifier",))
        found = [p for p in facility.patients if system == NHI_SYSTEM and p.nhi == nhi]
        return FhirResponse(searchset(str(request.url), base_url(request), map(patient_resource, found)))

    async def read_patient(self, request: Request) -> FhirResponse:
        """`GET /Patient/{id}`."""
        patient = self.access.check(request, "Patient", "read").patient(request.path_params["id"])
        if patient is None:
            raise errors.patient_not_found()
        return FhirResponse(patient_resource(patient))

    async def list_practitioners(self, request: Request) -> FhirResponse:
        """`GET /Practitioner`: everyone at the facility."""
        facility = self.access.check(request, "Practitioner", "read")
        _refuse_parameters(request)
        found = map(practitioner_resource, facility.practitioners)
        return FhirResponse(searchset(str(request.url), base_url(request), found))

    async def read_practitioner(self, request: Request) -> FhirResponse:
        """`GET /Practitioner/{id}`."""
        facility = self.access.check(request, "Practitioner", "read")
        practitioner = facility.practitioner(request.path_params["id"])
        if practitioner is None:
            raise errors.resource_id_not_found()
        return FhirResponse(practitioner_resource(practitioner))

    async def list_locations(self, request: Request) -> FhirResponse:
        """`GET /Location`: the facility's locations."""
        facility = self.access.check(request, "Location", "read")
        _refuse_parameters(request)
        found = (location_resource(each, facility.id, facility.organisation) for each in facility.locations)
        return FhirResponse(searchset(str(request.url), base_url(request), found))

    async def read_location(self, request: Request) -> FhirResponse:
        """`GET /Location/{id}`."""
        facility = self.access.check(request, "Location", "read")
        for location in facility.locations:
            if location.id == request.path_params["id"]:
                return FhirResponse(location_resource(location, facility.id, facility.organisation))
        raise errors.resource_id_not_found()


def _refuse_parameters(request: Request) -> None:
    """Refuse any search parameter, because none is known to work for these two types."""
    if request.url.query:
        raise errors.authorization_failed("This search supports no parameters.")
