"""The error tree: every error knows its title, its HTTP status and whether trying again can help.

ClinicProError
├── LaunchError            a launch from Evolution that can't become a session
├── AccessError            the caller may not do this
├── PictureError           the file can't be taken
├── DetailsError           what was said about a picture can't be stored
├── CommitError            what was asked to be filed can't be filed
├── NotFound               no such thing for this caller
├── Busy                   this server needs a moment
└── AlexError              ALEX, or the identity provider in front of it, said no or nothing

`detail` is a sentence for a clinician; `integrator` is one for whoever runs the connection to Medtech.
"""

from typing import ClassVar


class ClinicProError(Exception):
    """Root of the tree. `slug` names the problem type, `status` is the HTTP status it becomes."""

    slug: ClassVar[str] = "unexpected"
    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    default_detail: ClassVar[str] = (
        "Something went wrong on this server. Nothing was lost; try again, and if it happens again tell support the reference."
    )
    default_integrator: ClassVar[str] = ""

    def __init__(self, detail: str = "", *, integrator: str = "", retry_after: float | None = None) -> None:
        """Keep the sentences; `retry_after` is in seconds."""
        self.detail = detail or self.default_detail
        self.integrator = integrator or self.default_integrator
        self.retry_after = retry_after
        super().__init__(self.detail)


# --- launch -------------------------------------------------------------------------------------


class LaunchError(ClinicProError):
    """A launch that can't become a session."""

    slug = "launch-refused"
    title = "Launch refused"
    status = 400
    default_detail = "Start ClinicPro Images from Evolution again."


class LaunchIncomplete(LaunchError):
    """`context` or `signature` is missing or unreadable."""

    slug = "launch-incomplete"
    title = "Launch link incomplete"
    default_detail = (
        "This link is incomplete. Open the patient in Evolution and press the ClinicPro Images icon."
    )


class LaunchForged(LaunchError):
    """ALEX does not accept the context with this signature."""

    slug = "launch-not-recognised"
    title = "Launch not recognised"
    status = 403
    default_detail = "Medtech did not recognise this launch. Start ClinicPro Images from Evolution again."


class LaunchStale(LaunchError):
    """The context is older than five minutes."""

    slug = "launch-stale"
    title = "Launch link has expired"
    status = 410
    default_detail = "This launch has expired. Start ClinicPro Images from Evolution again."


class LaunchUsed(LaunchError):
    """The context has started a session before."""

    slug = "launch-used"
    title = "Launch link already used"
    status = 410
    default_detail = "This launch was already used. Start ClinicPro Images from Evolution again."


class NoPatientOpen(LaunchError):
    """The launch names no patient."""

    slug = "no-patient-open"
    title = "No patient is open in Evolution"
    status = 409
    default_detail = (
        "No patient is open in Evolution. Open the patient's record, then press the ClinicPro Images icon."
    )


class NoProvider(LaunchError):
    """The launch names no provider, and ALEX files nothing without an author."""

    slug = "no-provider"
    title = "Evolution did not say who you are"
    status = 409
    default_detail = "Evolution did not say which provider is signed in. Sign in to Evolution as a provider and start again."


class LaunchInconsistent(LaunchError):
    """The launch names one record and the patient's NHI leads to another."""

    slug = "launch-inconsistent"
    title = "Patient could not be confirmed"
    status = 409
    default_detail = (
        "Medtech's answers about this patient do not agree, so no picture is taken. "
        "Close and reopen the patient in Evolution, then start again."
    )


class PatientAmbiguous(LaunchError):
    """One NHI stands for several patient records in this practice."""

    slug = "patient-ambiguous"
    title = "This NHI has more than one record"
    status = 409
    default_detail = (
        "This practice has more than one record with this patient's NHI, so a picture could land in the "
        "wrong one. Ask your practice to merge the records, then start again."
    )


# --- access -------------------------------------------------------------------------------------


class AccessError(ClinicProError):
    """The caller may not do this."""

    slug = "access-refused"
    title = "Not allowed"
    status = 403
    default_detail = "This is not allowed from here."


class NoSession(AccessError):
    """No session cookie, or its session has ended."""

    slug = "no-session"
    title = "No open session"
    status = 401
    default_detail = "This session has ended. Start ClinicPro Images from Evolution again."


class SessionChanged(AccessError):
    """The page belongs to another session than the browser's cookie now does."""

    slug = "session-changed"
    title = "This window is for another patient"
    status = 409
    default_detail = (
        "ClinicPro Images was opened for another patient since, so this window no longer accepts anything. "
        "Nothing was moved: continue in the newer window, or start again from Evolution for this patient."
    )


class FacilityNotConfigured(AccessError):
    """An operator asked for a test, and no facility is configured for it."""

    slug = "facility-not-configured"
    title = "No facility configured"
    status = 409
    default_detail = "No practice is configured for this test."
    default_integrator = "Set MEDTECH_FACILITY_ID."


class CrossSiteRequest(AccessError):
    """An unsafe request that does not come from the product's own pages."""

    slug = "cross-site-request"
    title = "Request from another site"
    default_detail = "This request did not come from ClinicPro Images itself, so it was not carried out."
    default_integrator = "Send Origin equal to CLINICPRO_PUBLIC_URL, or Sec-Fetch-Site: same-origin."


class AdminClosed(AccessError):
    """No admin token is configured."""

    slug = "admin-closed"
    title = "Admin endpoints are closed"
    default_detail = "The admin endpoints of this installation are closed."
    default_integrator = "Set CLINICPRO_ADMIN_TOKEN to open them."


class AdminRefused(AccessError):
    """The admin token is missing or wrong."""

    slug = "admin-refused"
    title = "Admin token missing or wrong"
    status = 401
    default_detail = "This needs the admin token of this installation."
    default_integrator = "Send Authorization: Bearer with the value of CLINICPRO_ADMIN_TOKEN."


# --- pictures -----------------------------------------------------------------------------------


class PictureError(ClinicProError):
    """The file can't be taken as a picture."""

    slug = "picture-refused"
    title = "Picture not accepted"
    status = 422
    default_detail = "This file can't be used as a picture."


class PictureUnsupported(PictureError):
    """Not one of the accepted types, judged by content."""

    slug = "picture-type"
    title = "Not a picture we can file"
    status = 415
    default_detail = "This file is not a JPEG or PNG picture. Export it as JPEG and add it again."


class PictureTooLarge(PictureError):
    """More than 25 MB or more than 100 megapixels."""

    slug = "picture-too-large"
    title = "Picture too large"
    status = 413
    default_detail = "This picture is larger than 25 MB or 100 megapixels. Take it at a lower resolution."


class PictureGone(PictureError):
    """The picture was not filed in time, or removed, and its bytes were destroyed here."""

    slug = "picture-gone"
    title = "Picture no longer here"
    status = 410
    default_detail = (
        "This picture was removed, or not filed within 24 hours, and was destroyed. Take a new one."
    )


class PictureBroken(PictureError):
    """The file starts as a picture and can't be decoded to its end."""

    slug = "picture-broken"
    title = "Picture damaged"
    default_detail = (
        "This picture is damaged or incomplete. Copy it from the camera again, or take a new one."
    )


class PictureEmpty(PictureError):
    """Zero bytes arrived."""

    slug = "picture-empty"
    title = "Empty file"
    default_detail = "This file is empty (0 bytes). Copy it from the camera again."


class TooManyPictures(PictureError):
    """The session's limit of pictures is reached."""

    slug = "too-many-pictures"
    title = "Session is full"
    status = 409
    default_detail = (
        "This session already holds 20 pictures. Remove one, or start again from Evolution, to add more."
    )


class PictureLocked(PictureError):
    """The picture is being filed or was filed, so it can't be changed or removed."""

    slug = "picture-locked"
    title = "Picture already being filed"
    status = 409
    default_detail = (
        "This picture is being filed or was filed already, so it can't be changed or removed here."
    )


# --- details ------------------------------------------------------------------------------------


class DetailsError(ClinicProError):
    """What was said about a picture can't be stored."""

    slug = "details-invalid"
    title = "Details not accepted"
    status = 422
    default_detail = "These details can't be stored as they are."


# --- filing -------------------------------------------------------------------------------------


class CommitError(ClinicProError):
    """What was asked to be filed can't be filed."""

    slug = "commit-refused"
    title = "Can't be filed yet"
    status = 422
    default_detail = "These pictures can't be filed yet."


class BodySiteMissing(CommitError):
    """Some pictures have no body site; `pictures` names them."""

    slug = "body-site-missing"
    title = "Body site missing"

    def __init__(self, image_ids: list[str], labels: list[str]) -> None:
        """Name the pictures in the sentence; `image_ids` go into the problem as `images`."""
        self.image_ids = image_ids
        super().__init__(f"Say where on the body before filing: {', '.join(labels)}.")


class CommitMalformed(CommitError):
    """The request to file names no pictures, too many, or lacks its Idempotency-Key."""

    slug = "commit-malformed"
    title = "Request to file is incomplete"
    status = 400


class NothingToDo(CommitError):
    """There is nothing to send again or to resolve."""

    slug = "nothing-to-do"
    title = "Nothing to do"
    status = 409
    default_detail = "Nothing here waits for an answer or another try. Reload to see the current state."


class IdempotencyConflict(CommitError):
    """The same Idempotency-Key came with another body."""

    slug = "idempotency-conflict"
    title = "Key already used for another request"
    status = 409
    default_detail = (
        "This request was already sent with other pictures. Check what was filed, then file again."
    )


# --- finding ------------------------------------------------------------------------------------


class NotFound(ClinicProError):
    """No such thing, or not this caller's."""

    slug = "not-found"
    title = "Not found"
    status = 404
    default_detail = "There is nothing here under this address in this session."


class PictureFiled(NotFound):
    """The picture is in the record, so its bytes were destroyed here."""

    slug = "picture-filed"
    title = "Picture is filed"
    status = 410
    default_detail = (
        "This picture is filed and no longer kept here. Look in the patient's inbox in Evolution."
    )


class Busy(ClinicProError):
    """This server needs a moment, or its operator."""

    slug = "busy"
    title = "Busy"
    status = 503
    retryable = True
    default_detail = "The server is busy for a moment. Nothing was lost; try again shortly."


# --- ALEX ---------------------------------------------------------------------------------------


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
    default_detail = "Medtech did not answer in time. Your pictures are safe here."


class AlexConnectionLost(AlexError):
    """The connection broke before an answer came; a write may have landed."""

    slug = "alex-connection-lost"
    title = "Connection to Medtech lost"
    status = 502
    retryable = True
    may_have_landed = True
    under_way = True
    default_detail = "The connection to Medtech broke before an answer came. Your pictures are safe here."


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
    default_detail = "Medtech finds no such patient in this practice."


class AlexNotFound(AlexError):
    """404 for anything else: a resource id, or a path ALEX does not expose."""

    slug = "alex-not-found"
    title = "Not found in Medtech"
    status = 404
    default_detail = "Medtech does not have what was asked for."


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
    default_detail = "Medtech's answer can't be read. Your pictures are safe here."


class AlexThrottled(AlexError):
    """429, usually with Retry-After."""

    slug = "alex-throttled"
    title = "Medtech asks us to slow down"
    status = 503
    retryable = True
    default_detail = (
        "Medtech is busy and asks us to wait. Your pictures are safe here and will be sent shortly."
    )


class PracticeOffline(AlexError):
    """503: the practice's own Medtech server or connector is not reachable from ALEX."""

    slug = "practice-offline"
    title = "The practice's Medtech is offline"
    status = 503
    retryable = True
    default_detail = (
        "Medtech can't reach your practice's server. Check that the Medtech server is switched on; "
        "your pictures are safe here."
    )


class PracticeTimeout(AlexTimeout):
    """504: ALEX waited for the practice in vain; a write may have landed."""

    slug = "practice-timeout"
    title = "The practice's Medtech did not answer"
    default_detail = "Your practice's Medtech server did not answer in time. Your pictures are safe here."


class AlexFailed(AlexError):
    """500: ALEX failed by its own account, which may have been after the write."""

    slug = "alex-failed"
    title = "Medtech had a fault"
    retryable = True
    may_have_landed = True
    default_detail = "Medtech had a fault of its own. Your pictures are safe here; they will be sent again."


class AlexBadGateway(AlexError):
    """502: something between us and the practice broke; a write may have landed."""

    slug = "alex-bad-gateway"
    title = "Connection to the practice broke"
    retryable = True
    may_have_landed = True
    under_way = True
    default_detail = "The connection to your practice broke. Your pictures are safe here."
