"""Requests that are refused before they reach a slice."""

from clinicpro_images.errors import AccessError


class CrossSiteRequest(AccessError):
    """An unsafe request that did not come from one of the product's own pages."""

    slug = "cross-site-request"
    title = "Request from another site"
    default_detail = (
        "This request did not come from ClinicPro Images, so it was not carried out. Start ClinicPro Images from "
        "Evolution again."
    )
    default_integrator = "Send Origin equal to CLINICPRO_PUBLIC_URL, or Sec-Fetch-Site: same-origin."


class TooManyRequests(AccessError):
    """The same caller made the same request too often."""

    slug = "too-many-requests"
    title = "Too many requests"
    status = 429
    retryable = True
    default_detail = "Too many requests in a short time. Nothing was lost; try again in a minute."
    default_integrator = "Behind a proxy, set CLINICPRO_TRUSTED_PROXIES, so that callers are distinguished by their own addresses."


class RequestTooLarge(AccessError):
    """The body is larger than anything that a page sends on this route."""

    slug = "request-too-large"
    title = "Request too large"
    status = 413
    audit_action = ""
    default_detail = "This is more than can be stored. Shorten the text and try again."


class RequestTooSlow(AccessError):
    """The body did not arrive in time."""

    slug = "request-too-slow"
    title = "Connection too slow"
    status = 408
    retryable = True
    audit_action = ""
    default_detail = "The connection was too slow or was interrupted, so this did not arrive. Try again."

    def headers(self) -> dict[str, str]:
        """Close the connection: the rest of the body is not awaited."""
        return super().headers() | {"connection": "close"}
