"""Errors of the identity provider."""

from clinicpro_images.errors import AccessError


class IdentityUnavailable(AccessError):
    """The operators' OpenID Connect provider can't be reached."""

    slug = "identity-unavailable"
    title = "Sign-in service not reachable"
    status = 503
    retryable = True
    default_detail = (
        "This installation's sign-in service can't be reached at the moment. Try again in a minute."
    )
    default_integrator = "Check CLINICPRO_ADMIN_ISSUER and the connection to it; see the log for the cause."
