"""Access control: checks the bearer token, the facility and the role, in that order, before any FHIR call."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from alex_sandbox.behaviour import Behaviour
from alex_sandbox.errors import authorization_failed, facility_not_found, not_connected
from alex_sandbox.oauth.tokens import AccessTokens
from alex_sandbox.seed import Seed, SeedFacility

# The role required for (resource type, "read" or "write"). Roles belong to the vendor, not to a facility.
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
    ("Appointment", "read"): "patient.appointment.read",
    ("Binary", "read"): "patient.binary.attachment.read",
    ("launch", "read"): "patient.launchformincontext.read",
}


@dataclass(frozen=True)
class AccessControl:
    """The access checks for each kind of call."""

    seed: Seed
    tokens: AccessTokens
    behaviour: Callable[[], Behaviour]

    def check(self, request: Request, resource_type: str, operation: str) -> SeedFacility:
        """Return the call's facility if the call is allowed. Raises Refusal."""
        roles = self._roles(request)
        facility = self._facility(request)
        self._check_role(roles, resource_type, operation)
        return facility

    def check_launch(self, request: Request) -> None:
        """Check a launch decoding call, which may omit the facility but not name an unknown one. Raises Refusal."""
        roles = self._roles(request)
        if "mt-facilityid" in request.headers:
            self._facility(request)
        self._check_role(roles, "launch", "read")

    def check_metadata(self, request: Request) -> None:
        """Check a `/metadata` call, which needs a token and a facility, but no role. Raises Refusal."""
        self._roles(request)
        self._facility(request)

    def _roles(self, request: Request) -> frozenset[str]:
        return self.tokens.verified_roles(request.headers.get("authorization", ""))

    def _facility(self, request: Request) -> SeedFacility:
        facility_id = request.headers.get("mt-facilityid")
        facility = self.seed.facilities.get(facility_id or "")
        if facility is None:
            reason = f"There is no facility {facility_id!r}." if facility_id else "mt-facilityid is missing."
            raise facility_not_found(self.behaviour().unknown_facility_status, reason)
        if not facility.connected:
            raise not_connected(facility.id)
        return facility

    @staticmethod
    def _check_role(roles: frozenset[str], resource_type: str, operation: str) -> None:
        role = ROLES[resource_type, operation]
        if role not in roles:
            raise authorization_failed(f"The token lacks the role {role}.")
