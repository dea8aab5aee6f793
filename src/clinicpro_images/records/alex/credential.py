"""How the gateway proves itself to the identity provider: a secret, or a certificate's signature."""

from dataclasses import dataclass, field
from typing import Protocol

from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings


class Credential(Protocol):
    """What proves who asks."""

    @property
    def variable(self) -> str:
        """The setting that it came from."""

    def form(self, client_id: str, token_url: str, now: float) -> dict[str, str]:
        """Return the form fields that prove who asks; `now` is seconds since 1970."""


@dataclass(frozen=True)
class ClientSecret:
    """A shared secret."""

    secret: str = field(repr=False)
    variable: str = "MEDTECH_CLIENT_SECRET"

    def form(self, client_id: str, token_url: str, now: float) -> dict[str, str]:  # noqa: ARG002 — one shape for both
        """Return the form fields that prove who asks."""
        return {"client_secret": self.secret}


def load_credential(settings: Settings) -> Credential:
    """Return the configured credential, reading the certificate's file where it is one.

    Raises SettingsError where none is configured or the certificate can't be used.
    """
    if settings.client_secret is not None:
        return ClientSecret(settings.client_secret)
    if settings.client_certificate is not None:
        from clinicpro_images.records.alex.certificate import read_certificate  # noqa: PLC0415 - its first line says why

        return read_certificate(settings.client_certificate)
    raise SettingsError(
        "MEDTECH_CLIENT_SECRET", "is not set, nor is MEDTECH_CLIENT_CERTIFICATE; Medtech needs one of them."
    )
