"""Who may call: bearer token, facility and role, checked in that order before any FHIR call."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from alex_sandbox.errors import authorization_failed, facility_not_found, not_connected
from alex_sandbox.seed import Facility, Seed
from alex_sandbox.settings import Behaviour
from alex_sandbox.tokens import Tokens

# (resource type, "read" or "write") to the role it takes. Roles hang on the vendor, not on the facility.
ROLES = {
    ("Patient", "read"): "patient.nhisearch.read",
    ("Practitioner", "read"): "practitioner.read",
    ("Location", "read"): "practice.location.read",
    ("Media", "read"): "patient.media.read",
    ("Media", "write"): "patient.media.write",
    ("DocumentReference", "read"): "patient.documentreference.scaninbox.read",
    ("DocumentReference", "write"): "patient.documentreference.scaninbox.write",
    ("Communication", "read"): "patient.communication.generalcommunication.read",
    ("Communication", "write"): "patient.communication.generalcommunication.write",
    ("Task", "read"): "patient.task.read",
    ("Task", "write"): "patient.task.write",
    ("launch", "read"): "patient.launchformincontext.read",
}


@dataclass(frozen=True)
class Gate:
    """The checks, with what they need to know."""

    seed: Seed
    tokens: Tokens
    behaviour: Callable[[], Behaviour]

    def admit(self, request: Request, resource_type: str, operation: str) -> Facility:
        """The facility of a call that may go on; Refusal otherwise."""
        roles = self._roles(request)
        facility = self._facility(request)
        self._check_role(roles, resource_type, operation)
        return facility

    def admit_launch(self, request: Request) -> None:
        """Launch decoding comes before the caller can know a facility, but a wrong one is still wrong."""
        roles = self._roles(request)
        if "mt-facilityid" in request.headers:
            self._facility(request)
        self._check_role(roles, "launch", "read")

    def admit_anyone(self, request: Request) -> Facility:
        """For `/metadata`: a token and a facility, no role."""
        self._roles(request)
        return self._facility(request)

    def _roles(self, request: Request) -> frozenset[str]:
        return self.tokens.roles_of(request.headers.get("authorization", ""))

    def _facility(self, request: Request) -> Facility:
        asked = request.headers.get("mt-facilityid")
        facility = self.seed.facilities.get(asked or "")
        if facility is None:
            reason = f"There is no facility {asked!r}." if asked else "mt-facilityid is missing."
            raise facility_not_found(self.behaviour().unknown_facility_status, reason)
        if not facility.connected:
            raise not_connected(facility.id)
        return facility

    @staticmethod
    def _check_role(roles: frozenset[str], resource_type: str, operation: str) -> None:
        role = ROLES[resource_type, operation]
        if role not in roles:
            raise authorization_failed(f"The token lacks the role {role}.")
