"""Requests that are refused before any slice sees them."""

from clinicpro_images.errors import AccessError


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
