"""What the record system, or the identity provider in front of it, refused or did not answer."""

from typing import Any, ClassVar

from clinicpro_images.errors import ClinicProError


class AlexError(ClinicProError):
    """ALEX, or the identity provider in front of it, said no or nothing.

    `alex_status`, `alex_code` and `alex_diagnostics` are what ALEX said, where it said anything.
    `may_have_landed` is true where a write may have been carried out although no good answer came, and
    `under_way` where it may be carried out only after we stopped listening.
    """

    slug = "alex-error"
    title = "Medtech answered with an error"
    status = 502
    may_have_landed: ClassVar[bool] = False
    under_way: ClassVar[bool] = False
    default_detail = "Medtech answered with an error. Your pictures are safe here; try again."

    def __init__(
        self,
        detail: str = "",
        *,
        integrator: str = "",
        retry_after: float | None = None,
        alex_status: int | None = None,
        alex_code: str | None = None,
        alex_diagnostics: str | None = None,
    ) -> None:
        """Keep what ALEX said beside the sentences."""
        super().__init__(detail, integrator=integrator, retry_after=retry_after)
        self.alex_status = alex_status
        self.alex_code = alex_code
        self.alex_diagnostics = alex_diagnostics

    def members(self) -> dict[str, Any]:
        """Add what ALEX answered, if it did."""
        if self.alex_status is None:
            return {}
        return {
            "alex": {
                "status": self.alex_status,
                "code": self.alex_code,
                "diagnostics": self.alex_diagnostics,
            }
        }


class TokenRefused(AlexError):
    """Azure AD refuses the client, the secret or the scope."""

    slug = "token-refused"
    title = "Sign-in to Medtech refused"
    default_detail = (
        "ClinicPro Images could not sign in to Medtech. Tell whoever looks after this installation."
    )


class TokenUnavailable(AlexError):
    """Azure AD can't be reached or answers with a server error."""

    slug = "token-unavailable"
    title = "Sign-in service unreachable"
    status = 503
    retryable = True
    default_detail = "The sign-in service for Medtech can't be reached. Your pictures are safe here; try again in a minute."


class AlexUnreachable(AlexError):
    """No connection to ALEX: name not found, refused, TLS failure. Nothing was sent."""

    slug = "alex-unreachable"
    title = "Medtech can't be reached"
    status = 503
    retryable = True
    default_detail = "Medtech can't be reached. Your pictures are safe here; try again in a minute."


class AlexAddressNotAllowed(AlexUnreachable):
    """TCP to ALEX times out while the token endpoint answers: this address is not on the allow-list."""

    slug = "alex-address-not-allowed"
    title = "Medtech does not let this server in"
    default_detail = "Medtech does not answer this server. Your pictures are safe here; tell whoever looks after this installation."
    default_integrator = (
        "The TCP connection to ALEX timed out although the token endpoint answers: this server's public address "
        "is not on Medtech's allow-list. Send ALEX support the address this server calls from."
    )


class AlexTimeout(AlexError):
    """ALEX took the request and did not answer in time; a write may have landed."""

    slug = "alex-timeout"
    title = "Medtech did not answer in time"
    status = 504
    retryable = True
    may_have_landed = True
    under_way = True
    default_detail = "Medtech did not answer in time. Your pictures are safe here; try again in a minute."


class AlexConnectionLost(AlexError):
    """The connection broke before an answer came; a write may have landed."""

    slug = "alex-connection-lost"
    title = "Connection to Medtech lost"
    status = 502
    retryable = True
    may_have_landed = True
    under_way = True
    default_detail = "The connection to Medtech broke before an answer came. Your pictures are safe here; try again in a minute."


class AlexUnauthorized(AlexError):
    """401 although the token was just renewed."""

    slug = "alex-unauthorized"
    title = "Medtech does not accept our sign-in"
    default_detail = (
        "Medtech does not accept this server's sign-in. Tell whoever looks after this installation."
    )


class AlexForbidden(AlexError):
    """403: a role is missing, or the query has a shape that ALEX refuses."""

    slug = "alex-forbidden"
    title = "Medtech does not permit this"
    default_detail = (
        "Medtech does not permit ClinicPro Images to do this. Tell whoever looks after this installation."
    )


class FacilityUnknown(AlexError):
    """ALEX does not know this mt-facilityid."""

    slug = "facility-unknown"
    title = "Practice not known to Medtech"
    status = 404
    default_detail = "Medtech does not know this practice under its facility id. Tell whoever looks after this installation."


class PatientUnknown(AlexError):
    """ALEX finds no such patient in this facility."""

    slug = "patient-unknown"
    title = "Patient not found"
    status = 404
    default_detail = "Medtech finds no such patient in this practice. Close and reopen the patient in Evolution, then start again."


class AlexNotFound(AlexError):
    """404 for anything else: a resource id, or a path ALEX does not expose."""

    slug = "alex-not-found"
    title = "Not found in Medtech"
    status = 404
    default_detail = (
        "Medtech does not have what was asked for. Try again; if it happens again, tell whoever looks after this "
        "installation."
    )


class AlexRejected(AlexError):
    """400, 409, 413, 415 or 422: ALEX will not take this resource, now or later."""

    slug = "alex-rejected"
    title = "Medtech did not accept this"
    default_detail = (
        "Medtech did not accept this picture. It is safe here; tell whoever looks after this installation."
    )


class AlexDuplicate(AlexRejected):
    """409: ALEX says that it has something under this identifier already, so look before writing again."""

    slug = "alex-duplicate"
    title = "Medtech may have this already"
    retryable = True
    may_have_landed = True
    default_detail = (
        "Medtech says that it has this already. Check the patient's inbox before filing it again."
    )


class AlexUnclear(AlexError):
    """A success status whose body is not what was asked for; a write with such an answer may have landed."""

    slug = "alex-unclear"
    title = "Medtech's answer can't be read"
    retryable = True
    may_have_landed = True
    default_detail = "Medtech's answer can't be read. Your pictures are safe here; try again in a minute."


class AlexThrottled(AlexError):
    """429, usually with Retry-After."""

    slug = "alex-throttled"
    title = "Medtech asks us to slow down"
    status = 503
    retryable = True
    default_detail = (
        "Medtech is busy and asks us to wait. Your pictures are safe here; try again in a minute."
    )


class PracticeOffline(AlexError):
    """503: the practice's own Medtech server or connector is not reachable from ALEX."""

    slug = "practice-offline"
    title = "The practice's Medtech is offline"
    status = 503
    retryable = True
    default_detail = (
        "Medtech can't reach your practice's server. Your pictures are safe here; check that the Medtech server is "
        "switched on, then try again."
    )


class PracticeTimeout(AlexTimeout):
    """504: ALEX waited for the practice in vain; a write may have landed."""

    slug = "practice-timeout"
    title = "The practice's Medtech did not answer"
    default_detail = (
        "Your practice's Medtech server did not answer in time. Your pictures are safe here; check that the server is "
        "switched on, then try again."
    )


class AlexFailed(AlexError):
    """500: ALEX failed by its own account, which may have been after the write."""

    slug = "alex-failed"
    title = "Medtech had a fault"
    retryable = True
    may_have_landed = True
    default_detail = "Medtech had a fault of its own. Your pictures are safe here; try again in a minute."


class AlexBadGateway(AlexError):
    """502: something between us and the practice broke; a write may have landed."""

    slug = "alex-bad-gateway"
    title = "Connection to the practice broke"
    retryable = True
    may_have_landed = True
    under_way = True
    default_detail = (
        "The connection to your practice broke. Your pictures are safe here; try again in a minute."
    )
