"""Callers who may not do what they ask."""

from clinicpro_images.errors.root import ClinicProError


class AccessError(ClinicProError):
    """The caller may not do this."""

    slug = "access-refused"
    title = "Not allowed"
    status = 403
    default_detail = "This is not allowed from here. Start ClinicPro Images from Evolution again."


class NoSession(AccessError):
    """No session cookie, or its session has ended."""

    slug = "no-session"
    title = "No open session"
    status = 401
    default_detail = "This session has ended. Start ClinicPro Images from Evolution again."

    def __init__(self, *, sign_in: bool = False) -> None:
        """`sign_in`: a session can also be had by signing in outside Evolution."""
        also = "This session has ended. Start ClinicPro Images from Evolution again, or sign in."
        super().__init__(also if sign_in else "")
        self.sign_in = sign_in


class SessionChanged(AccessError):
    """The page belongs to another session than the browser's cookie now does."""

    slug = "session-changed"
    title = "This window is for another patient"
    status = 409
    default_detail = (
        "ClinicPro Images was opened for another patient since, so this window no longer accepts anything. "
        "Nothing was moved: continue in the newer window, or start again from Evolution for this patient."
    )


class PhoneCutOff(AccessError):
    """A phone without a hand-off that is alive: never claimed, renewed, disconnected, or its session is over."""

    slug = "phone-cut-off"
    title = "Session ended"
    status = 401
    default_detail = "Session ended: scan again."


class PhoneRefused(AccessError):
    """A phone's page asks for what only the desktop may do."""

    slug = "phone-refused"
    title = "Only on the desktop"
    default_detail = "This can be done on the desktop only. Go on there."


class FacilityNotConfigured(AccessError):
    """An operator asked for a test, and no facility is configured for it."""

    slug = "facility-not-configured"
    title = "No facility configured"
    status = 409
    default_detail = "No practice is configured for this test. Tell whoever looks after this installation."
    default_integrator = "Set MEDTECH_FACILITY_ID."


class CrossSiteRequest(AccessError):
    """An unsafe request that does not come from the product's own pages."""

    slug = "cross-site-request"
    title = "Request from another site"
    default_detail = (
        "This request did not come from ClinicPro Images itself, so it was not carried out. Start ClinicPro Images from "
        "Evolution again."
    )
    default_integrator = "Send Origin equal to CLINICPRO_PUBLIC_URL, or Sec-Fetch-Site: same-origin."


class AdminClosed(AccessError):
    """No admin token is configured."""

    slug = "admin-closed"
    title = "Admin endpoints are closed"
    default_detail = (
        "The admin endpoints of this installation are closed. Ask whoever looks after it to open them."
    )
    default_integrator = "Set CLINICPRO_ADMIN_TOKEN or CLINICPRO_ADMIN_ISSUER to open them."


class IdentityUnavailable(AccessError):
    """The OpenID Connect provider of the operators can't be asked."""

    slug = "identity-unavailable"
    title = "Sign-in service not reachable"
    status = 503
    retryable = True
    default_detail = (
        "The sign-in service of this installation can't be reached at the moment. Try again in a minute."
    )
    default_integrator = "Check CLINICPRO_ADMIN_ISSUER and the way there; the log says what went wrong."


class AdminRefused(AccessError):
    """The admin token is missing or wrong."""

    slug = "admin-refused"
    title = "Admin token missing or wrong"
    status = 401
    default_detail = "This needs the admin token of this installation. Ask whoever looks after it."
    default_integrator = (
        "Send Authorization: Bearer with the value of CLINICPRO_ADMIN_TOKEN, or with a token of CLINICPRO_ADMIN_ISSUER "
        "for somebody who is let in."
    )


class TooManyRequests(AccessError):
    """The same caller asked for the same thing too often."""

    slug = "too-many-requests"
    title = "Too many requests"
    status = 429
    retryable = True
    default_detail = "This was asked for too often in a short time. Nothing was lost; try again in a minute."
    default_integrator = (
        "Behind a proxy, set CLINICPRO_TRUSTED_PROXIES so that callers are told apart by their own address."
    )


class RequestTooLarge(AccessError):
    """The body of a request that is not a picture is larger than anything a page sends."""

    slug = "request-too-large"
    title = "Request too large"
    status = 413
    default_detail = "This is more than can be stored. Shorten what was written and try again."


class RequestTooSlow(AccessError):
    """The body of a request did not arrive in time."""

    slug = "request-too-slow"
    title = "Connection too slow"
    status = 408
    retryable = True
    default_detail = "The connection was too slow or was interrupted, so this did not arrive. Try again."
