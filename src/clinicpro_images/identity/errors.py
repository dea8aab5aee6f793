"""Errors of the identity provider."""

from clinicpro_images.errors import AccessError


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
