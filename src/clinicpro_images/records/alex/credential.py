"""How the gateway authenticates to the identity provider: by a secret, or by a certificate's signature."""

from dataclasses import dataclass, field
from typing import Protocol

from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings


class Credential(Protocol):
    """Authenticates the client."""

    @property
    def variable(self) -> str:
        """The setting it came from."""

    def form(self, client_id: str, token_url: str, now: float) -> dict[str, str]:
        """Return the form fields that authenticate the client; `now` is seconds since 1970."""


@dataclass(frozen=True)
class ClientSecret:
    """A shared secret."""

    secret: str = field(repr=False)
    variable: str = "MEDTECH_CLIENT_SECRET"

    def form(self, client_id: str, token_url: str, now: float) -> dict[str, str]:  # noqa: ARG002 - the protocol's signature
        """Return the form field with the secret."""
        return {"client_secret": self.secret}


def load_credential(settings: Settings) -> Credential:
    """Return the configured credential, reading the certificate's file if there is one.

    Raises SettingsError if none is configured or the certificate can't be used.
    """
    if settings.client_secret is not None:
        return ClientSecret(settings.client_secret)
    if settings.client_certificate is not None:
        from clinicpro_images.records.alex.certificate import read_certificate  # noqa: PLC0415 - its first line says why

        return read_certificate(settings.client_certificate)
    raise SettingsError(
        "MEDTECH_CLIENT_SECRET", "is not set, nor is MEDTECH_CLIENT_CERTIFICATE; Medtech needs one of them."
    )
