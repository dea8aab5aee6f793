"""ALEX's two error formats: API management's own JSON, and the FHIR layer's OperationOutcome.

Both formats and every message are Medtech's, from its guide or as observed on UAT. `reason` is the sandbox's own
explanation for developers: it goes into the `sandbox-reason` header and `/sandbox/calls`, never into the body,
because ALEX does not explain its errors.
"""

from typing import Any


class Refusal(Exception):
    """A call that is refused without any effect. `body` is None if the platform sends an empty response."""

    media_type = "application/json"

    def __init__(
        self,
        status: int,
        body: dict[str, Any] | str | None,
        reason: str,
        *,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Keep the response and the explanation."""
        self.status = status
        self.body = body
        self.reason = reason
        self.headers = headers or {}
        super().__init__(reason)


class ManagementRefusal(Refusal):
    """From API management in front of ALEX: `{"statusCode", "message"}`."""

    def __init__(
        self, status: int, message: str, reason: str = "", *, headers: dict[str, str] | None = None
    ) -> None:
        """Build API management's body."""
        super().__init__(
            status, {"statusCode": status, "message": message}, reason or message, headers=headers
        )


class OutcomeRefusal(Refusal):
    """From the FHIR layer: an OperationOutcome with one issue."""

    media_type = "application/fhir+json"

    def __init__(self, status: int, code: str, diagnostics: str, reason: str = "") -> None:
        """Build the OperationOutcome."""
        super().__init__(status, operation_outcome(code, diagnostics), reason or diagnostics)


def operation_outcome(code: str, diagnostics: str, severity: str = "error") -> dict[str, Any]:
    """Return an OperationOutcome resource with one issue."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": code, "diagnostics": diagnostics}],
    }


def unauthorized(reason: str) -> ManagementRefusal:
    """The token is missing, or API management does not accept it."""
    return ManagementRefusal(401, "Unauthorized. Access token is missing or invalid.", reason)


def not_exposed(reason: str) -> ManagementRefusal:
    """The path is unknown, the resource type not exposed, or the method unsupported (PUT, PATCH, DELETE)."""
    return ManagementRefusal(404, "Resource not found", reason)


def authorization_failed(reason: str) -> OutcomeRefusal:
    """The role is missing, or ALEX does not support this query: it responds the same way to both."""
    return OutcomeRefusal(403, "forbidden", "Authorization failed.", reason)


def facility_not_found(status: int, reason: str) -> OutcomeRefusal:
    """`mt-facilityid` is missing or unknown; documented without a status, observed with 403."""
    return OutcomeRefusal(status, "not-found", "Practice Facility not found.", reason)


def patient_not_found(reason: str = "") -> OutcomeRefusal:
    """The facility has no patient with this id."""
    return OutcomeRefusal(404, "not-found", "Patient not found.", reason)


def resource_id_not_found() -> OutcomeRefusal:
    """The facility has no resource with this id."""
    return OutcomeRefusal(404, "not-found", "Resource ID not found.")


def identifier_missing() -> OutcomeRefusal:
    """A write without `identifier.value`."""
    return OutcomeRefusal(
        400, "business-rule", "The mandatory Identifier.value with the reference number is missing"
    )


def invalid(reason: str) -> OutcomeRefusal:
    """The resource breaks a rule; ALEX does not say which one, `reason` does."""
    return OutcomeRefusal(400, "invalid", "Request is invalid.", reason)


def not_supported(reason: str) -> OutcomeRefusal:
    """Well formed, but not supported by ALEX."""
    return OutcomeRefusal(400, "not-supported", "Request is not supported.", reason)


def pms_unreachable(reason: str = "") -> OutcomeRefusal:
    """The practice's connector responds, but its PMS does not."""
    return OutcomeRefusal(503, "exception", "PMS unreachable or unavailable.", reason)


def pms_timeout(reason: str = "") -> OutcomeRefusal:
    """The PMS took too long, or has run out of licences."""
    return OutcomeRefusal(504, "timeout", "PMS did not respond to request or has timed out.", reason)


def not_connected(facility: str) -> Refusal:
    """The platform's empty 503 for a facility whose connector is offline."""
    return Refusal(503, None, f"{facility} is not connected")
