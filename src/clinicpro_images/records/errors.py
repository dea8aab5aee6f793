"""What a record system, or the identity provider in front of it, refused or failed to answer.

The slugs are part of the HTTP contract and name ALEX; the classes are neutral.
"""

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from clinicpro_images.errors import ClinicProError

# What errors of calls that aren't about photos say something else for.
_PHOTOS_SAFE = "Your photos are safe here"
_NOT_ACCEPTED = "accept this photo. It is safe here"


class RecordSystemError(ClinicProError):
    """The record system, or the identity provider in front of it, refused or did not answer.

    `upstream_status`, `upstream_code` and `diagnostics` come from its response, if there was one.
    `may_have_landed` is true if a write may have been carried out although no success was reported, and `under_way` if it may
    still be carried out after we stopped waiting.
    """

    slug = "alex-error"
    title = "Medtech answered with an error"
    status = 502
    may_have_landed: ClassVar[bool] = False
    under_way: ClassVar[bool] = False
    default_detail = "Medtech answered with an error. Your photos are safe here; try again."

    def __init__(
        self,
        detail: str = "",
        *,
        integrator: str = "",
        retry_after: float | None = None,
        upstream_status: int | None = None,
        upstream_code: str | None = None,
        diagnostics: str | None = None,
    ) -> None:
        """Keep the response's status, code and diagnostics beside the sentences."""
        super().__init__(detail, integrator=integrator, retry_after=retry_after)
        self.upstream_status = upstream_status
        self.upstream_code = upstream_code
        self.diagnostics = diagnostics

    def named(self, noun: str) -> None:
        """Speak of a message or a task instead of photos, which are in the record before it is sent."""
        self._reword(f"The {noun} is kept here", f"accept this {noun}. It is kept here")

    def without_photos(self) -> None:
        """Say nothing of photos in the sentence, because there are none yet: nobody's record is open."""
        self._reword("No patient was opened", "accept this request")

    def _reword(self, photos_safe: str, not_accepted: str) -> None:
        self.detail = self.detail.replace(_PHOTOS_SAFE, photos_safe).replace(_NOT_ACCEPTED, not_accepted)

    def redact(self, terms: Iterable[str]) -> None:
        """Remove terms that identify the patient from the diagnostics, and from the sentence that quotes them."""
        identifying = sorted({term for term in terms if len(term) > 1}, key=len, reverse=True)
        diagnostics = self.diagnostics
        if not identifying or diagnostics is None:
            return
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, identifying))})(?!\w)", re.IGNORECASE)
        self.diagnostics = pattern.sub("…", diagnostics)
        self.integrator = self.integrator.replace(diagnostics, self.diagnostics)

    def members(self) -> dict[str, Any]:
        """Add what ALEX answered, if it did."""
        if self.upstream_status is None:
            return {}
        return {
            "alex": {
                "status": self.upstream_status,
                "code": self.upstream_code,
                "diagnostics": self.diagnostics,
            }
        }


class TokenRefused(RecordSystemError):
    """Azure AD refuses the client, the secret or the scope."""

    slug = "token-refused"
    title = "Sign-in to Medtech refused"
    default_detail = "ClinicPro Images could not sign in to Medtech. Tell your administrator."


class TokenUnavailable(RecordSystemError):
    """Azure AD can't be reached, answers with a server error, or with something that isn't a token."""

    slug = "token-unavailable"
    title = "Sign-in service unavailable"
    status = 503
    retryable = True
    default_detail = (
        "Medtech's sign-in service can't be used now. Your photos are safe here; try again in a minute."
    )


class RecordSystemUnreachable(RecordSystemError):
    """No connection: name not found, connection refused, TLS failure. Nothing was sent."""

    slug = "alex-unreachable"
    title = "Medtech can't be reached"
    status = 503
    retryable = True
    default_detail = "Medtech can't be reached. Your photos are safe here; try again in a minute."


class TcpTimeout(RecordSystemUnreachable):
    """The TCP handshake was not answered within the connect timeout. Nothing was sent."""

    default_integrator = (
        "The TCP connection to ALEX timed out, and the token endpoint does not answer either: this server has "
        "no internet access, or a firewall drops its connections."
    )


class RecordSystemAddressNotAllowed(RecordSystemUnreachable):
    """TCP times out although the token endpoint answers: this server's address is not on the allow-list."""

    slug = "alex-address-not-allowed"
    title = "Medtech does not let this server in"
    default_detail = (
        "Medtech does not answer this server. Your photos are safe here; tell your administrator."
    )
    default_integrator = (
        "The TCP connection to ALEX timed out although the token endpoint answers: this server's public address "
        "is not on Medtech's allow-list. Send that address to ALEX support."
    )


class RecordSystemTlsTimeout(RecordSystemUnreachable):
    """TCP is connected, but the TLS handshake was not answered within the connect timeout. Nothing was sent."""

    default_integrator = (
        "The TCP connection to ALEX is open, but the TLS handshake gets no answer, so this is not Medtech's allow-list: a "
        "firewall or proxy on the way inspects or holds back TLS. Let connections to ALEX through it unchanged."
    )


class RecordSystemTimeout(RecordSystemError):
    """The request was sent and not answered in time; a write may have landed."""

    slug = "alex-timeout"
    title = "Medtech did not answer in time"
    status = 504
    retryable = True
    may_have_landed = True
    under_way = True
    default_detail = "Medtech did not answer in time. Your photos are safe here; try again in a minute."


class RecordSystemConnectionLost(RecordSystemError):
    """The connection broke before the response arrived; a write may have landed."""

    slug = "alex-connection-lost"
    title = "Connection to Medtech lost"
    status = 502
    retryable = True
    may_have_landed = True
    under_way = True
    default_detail = "The connection to Medtech broke before it answered. Your photos are safe here; try again in a minute."


class RecordSystemUnauthorized(RecordSystemError):
    """401 although the token was just renewed."""

    slug = "alex-unauthorized"
    title = "Medtech does not accept our sign-in"
    default_detail = "Medtech does not accept this server's sign-in. Tell your administrator."


class RecordSystemTokenRenewed(RecordSystemUnauthorized):
    """401 to a write, and since then the token has been renewed: it is looked for before it is sent again."""

    retryable = True


class RecordSystemForbidden(RecordSystemError):
    """403: a role is missing, or the form of the query is refused."""

    slug = "alex-forbidden"
    title = "Medtech does not permit this"
    default_detail = "Medtech does not permit ClinicPro Images to do this. Tell your administrator."


class FacilityUnknown(RecordSystemError):
    """The facility id is not known."""

    slug = "facility-unknown"
    title = "Practice not known to Medtech"
    status = 404
    default_detail = "Medtech does not know this practice by its facility ID. Tell your administrator."


class PatientUnknown(RecordSystemError):
    """There is no such patient in this facility."""

    slug = "patient-unknown"
    title = "Patient not found"
    status = 404
    default_detail = "Medtech has no such patient in this practice. Close and reopen the patient in Evolution, then start again."


class RecordSystemNotFound(RecordSystemError):
    """404 for anything else: a resource id, or a path that is not exposed."""

    slug = "alex-not-found"
    title = "Not found in Medtech"
    status = 404
    default_detail = (
        "Medtech does not have what was requested. Try again; if it happens again, tell your administrator."
    )


class RecordSystemRejected(RecordSystemError):
    """400, 413, 415, 422 or 501: this resource is not accepted, now or later."""

    slug = "alex-rejected"
    title = "Medtech did not accept this"
    default_detail = "Medtech did not accept this photo. It is safe here; tell your administrator."


class RecordSystemDuplicate(RecordSystemRejected):
    """409: something is already stored under this identifier, so search before writing again."""

    slug = "alex-duplicate"
    title = "Medtech may have this already"
    retryable = True
    may_have_landed = True
    default_detail = "Medtech says it already has this. Check the patient's inbox before filing it again."


class RecordSystemUnclear(RecordSystemError):
    """A success status with an unexpected body; a write with such a response may have landed."""

    slug = "alex-unclear"
    title = "Medtech's answer can't be read"
    retryable = True
    may_have_landed = True
    default_detail = "Medtech's answer can't be read. Your photos are safe here; try again in a minute."


class RecordSystemAccepted(RecordSystemUnclear):
    """202: the write was accepted, and may be carried out later, or not."""

    under_way = True
    default_integrator = (
        "ALEX answered 202 to a write: it accepted it, and doesn't say whether it was stored."
    )


class RecordSystemOtherPatient(RecordSystemError):
    """The answer to a write names another patient than the one it was for: where it landed is for a person to find out."""

    slug = "alex-other-patient"
    title = "Medtech named another patient"
    may_have_landed = True
    default_detail = (
        "Medtech answered that it filed this for another patient. Look in this patient's inbox in Evolution whether it is "
        "there, and tell your administrator now: the other patient's record must be checked."
    )
    default_integrator = (
        "ALEX's response to a write names another patient than the request did. Send ALEX support the correlation id at "
        "once."
    )


class RecordSystemRedirected(RecordSystemUnclear):
    """A redirect, which is not followed: a write that was answered with one may have landed."""


class RecordSystemThrottled(RecordSystemError):
    """429, usually with Retry-After."""

    slug = "alex-throttled"
    title = "Medtech asks us to slow down"
    status = 503
    retryable = True
    default_detail = "Medtech is busy and asked us to wait. Your photos are safe here; try again in a minute."


class PracticeOffline(RecordSystemError):
    """503: the practice's own Medtech server or connector can't be reached."""

    slug = "practice-offline"
    title = "The practice's Medtech is offline"
    status = 503
    retryable = True
    default_detail = (
        "Medtech can't reach your practice's server. Your photos are safe here; check that the Medtech server is "
        "switched on, then try again."
    )


class PracticeTimeout(RecordSystemTimeout):
    """504: the practice's server did not answer in time; a write may have landed."""

    slug = "practice-timeout"
    title = "The practice's Medtech did not answer"
    default_detail = (
        "Your practice's Medtech server did not answer in time. Your photos are safe here; check that the server is "
        "switched on, then try again."
    )


class RecordSystemFailed(RecordSystemError):
    """500: an internal error, which may have happened after the write."""

    slug = "alex-failed"
    title = "Medtech had a fault"
    retryable = True
    may_have_landed = True
    default_detail = "Medtech had an internal error. Your photos are safe here; try again in a minute."


class RecordSystemBadGateway(RecordSystemError):
    """502: the connection to the practice broke somewhere upstream; a write may have landed."""

    slug = "alex-bad-gateway"
    title = "Connection to the practice broke"
    retryable = True
    may_have_landed = True
    under_way = True
    default_detail = (
        "The connection to your practice broke. Your photos are safe here; try again in a minute."
    )
