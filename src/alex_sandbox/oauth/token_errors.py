"""Azure AD's token endpoint errors, with the codes from its documentation."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from alex_sandbox.errors import Refusal


class TokenRefusal(Refusal):
    """An OAuth error in Azure AD's format; `code` is the AADSTS number."""

    def __init__(
        self, status: int, error: str, code: int, message: str, *, now: datetime, reason: str = ""
    ) -> None:
        """Build Azure AD's response body."""
        trace, correlation = str(uuid4()), str(uuid4())
        stamp = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        body: dict[str, Any] = {
            "error": error,
            "error_description": (
                f"AADSTS{code}: {message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
            ),
            "error_codes": [code],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={code}",
        }
        super().__init__(status, body, reason or message)


def wrong_secret(client_id: str, now: datetime) -> TokenRefusal:
    """The secret is wrong."""
    return TokenRefusal(
        401,
        "invalid_client",
        7000215,
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
        f"not the client secret ID, for a secret added to app '{client_id}'.",
        now=now,
    )


def no_credential(now: datetime) -> TokenRefusal:
    """There is neither a secret nor an assertion."""
    return TokenRefusal(
        401,
        "invalid_client",
        7000218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        now=now,
    )


def wrong_assertion(now: datetime, reason: str) -> TokenRefusal:
    """The assertion is invalid, or was signed with another certificate."""
    return TokenRefusal(
        401,
        "invalid_client",
        700027,
        "The certificate with identifier used to sign the client assertion is not registered on application, "
        "or the assertion is not valid.",
        now=now,
        reason=reason,
    )


def assertion_out_of_time(now: datetime) -> TokenRefusal:
    """The assertion has expired or is not valid yet."""
    return TokenRefusal(
        401, "invalid_client", 700024, "Client assertion is not within its valid time range.", now=now
    )


def unknown_client(client_id: str, now: datetime) -> TokenRefusal:
    """The tenant has no application with this id."""
    return TokenRefusal(
        400,
        "unauthorized_client",
        700016,
        f"Application with identifier '{client_id}' was not found in the directory 'Medtech Sandbox'.",
        now=now,
    )


def wrong_scope(scope: str, now: datetime) -> TokenRefusal:
    """The scope is not the ALEX API's."""
    return TokenRefusal(
        400,
        "invalid_scope",
        70011,
        "The provided request must include a 'scope' input parameter. The provided value for the input parameter "
        f"'scope' is not valid. The scope {scope} is not valid.",
        now=now,
    )


def unknown_tenant(tenant: str, now: datetime) -> TokenRefusal:
    """The tenant does not exist."""
    return TokenRefusal(
        400,
        "invalid_request",
        90002,
        f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the "
        "correct cloud.",
        now=now,
    )


def unsupported_grant(grant: str, now: datetime) -> TokenRefusal:
    """The grant type is not client_credentials."""
    return TokenRefusal(
        400,
        "unsupported_grant_type",
        70003,
        f"The app requested an unsupported grant type '{grant}'.",
        now=now,
    )


def parameter_missing(name: str, now: datetime) -> TokenRefusal:
    """A parameter is missing, or the body is not a form."""
    return TokenRefusal(
        400,
        "invalid_request",
        900144,
        f"The request body must contain the following parameter: '{name}'.",
        now=now,
    )


def busy(status: int, now: datetime) -> TokenRefusal:
    """A temporary Azure AD failure, for the fault plan."""
    return TokenRefusal(
        status, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again.", now=now
    )
