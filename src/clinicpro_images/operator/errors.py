"""Calls of the admin endpoints that are refused."""

from clinicpro_images.errors import AccessError


class FacilityNotConfigured(AccessError):
    """The test needs a facility, and none is configured."""

    slug = "facility-not-configured"
    title = "No facility configured"
    status = 409
    default_detail = "No practice is configured for this test. Tell your administrator."
    default_integrator = "Set MEDTECH_FACILITY_ID."


class AdminClosed(AccessError):
    """Neither an admin token nor an issuer of tokens is configured."""

    slug = "admin-closed"
    title = "Admin endpoints are closed"
    default_detail = (
        "The admin endpoints of this installation are closed. Ask your administrator to open them."
    )
    default_integrator = "Set CLINICPRO_ADMIN_TOKEN or CLINICPRO_ADMIN_ISSUER to open them."


class AdminRefused(AccessError):
    """The admin token is missing or wrong."""

    slug = "admin-refused"
    title = "Admin token missing or wrong"
    status = 401
    default_detail = "This needs the admin token of this installation. Ask your administrator for it."
    default_integrator = (
        "Send Authorization: Bearer with the value of CLINICPRO_ADMIN_TOKEN, or with a token of an operator whom "
        "CLINICPRO_ADMIN_ISSUER authorises."
    )

    def headers(self) -> dict[str, str]:
        """Add the authentication scheme (RFC 9110, 11.6.1)."""
        return super().headers() | {"www-authenticate": "Bearer"}
