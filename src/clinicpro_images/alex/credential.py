"""How the gateway proves itself to the identity provider: a secret, or a certificate's signature."""

import base64
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from joserfc import jwt
from joserfc.jwk import RSAKey

from clinicpro_images.settings import Settings
from clinicpro_images.settings_reader import SettingsError

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 300
_CERTIFICATE = "MEDTECH_CLIENT_CERTIFICATE"


@dataclass(frozen=True)
class ClientSecret:
    """A shared secret."""

    secret: str = field(repr=False)
    variable: str = "MEDTECH_CLIENT_SECRET"

    def form(self, client_id: str, token_url: str, now: float) -> dict[str, str]:  # noqa: ARG002 — one shape for both
        """Return the form fields that prove who asks."""
        return {"client_secret": self.secret}


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate with its key; the key never leaves, only signatures do."""

    key: RSAKey = field(repr=False)
    thumbprint: str
    jti: Callable[[], str] = field(default=lambda: str(uuid.uuid4()), repr=False)
    variable: str = _CERTIFICATE

    def form(self, client_id: str, token_url: str, now: float) -> dict[str, str]:
        """Return the form fields that prove who asks: an assertion for this endpoint, good for five minutes.

        PS256 and the SHA-256 thumbprint are what Microsoft's page on certificate credentials asks for.
        """
        claims = {
            "aud": token_url,
            "iss": client_id,
            "sub": client_id,
            "jti": self.jti(),
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now) + _ASSERTION_SECONDS,
        }
        header = {"alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint}
        assertion = jwt.encode(header, claims, self.key, algorithms=["PS256"])
        return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": assertion}


Credential = ClientSecret | ClientCertificate


def load_credential(settings: Settings) -> Credential:
    """Return the configured credential, reading the certificate's file where it is one.

    Raises SettingsError where none is configured or the certificate can't be used.
    """
    if settings.client_secret is not None:
        return ClientSecret(settings.client_secret)
    if settings.client_certificate is not None:
        return read_certificate(settings.client_certificate)
    raise SettingsError(
        "MEDTECH_CLIENT_SECRET", "is not set, nor is MEDTECH_CLIENT_CERTIFICATE; Medtech needs one of them."
    )


def read_certificate(text_or_path: str) -> ClientCertificate:
    """Read a PEM with certificate and unencrypted RSA key, from text or a file; raises SettingsError."""
    pem = text_or_path.encode() if "-----BEGIN" in text_or_path else _read_file(text_or_path)
    try:
        certificates = x509.load_pem_x509_certificates(pem)
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise SettingsError(
            _CERTIFICATE, "must be a PEM with a certificate and its private key, without a passphrase."
        ) from error
    if not isinstance(key, RSAPrivateKey):
        raise SettingsError(_CERTIFICATE, "must hold an RSA key; Azure accepts no other for an application.")
    own = [found for found in certificates if found.public_key() == key.public_key()]
    if not own:
        raise SettingsError(_CERTIFICATE, "holds a private key that does not belong to its certificate.")
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    digest = base64.urlsafe_b64encode(own[0].fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    return ClientCertificate(RSAKey.import_key(private), digest)


def _read_file(path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise SettingsError(_CERTIFICATE, "names a file that can't be read.") from error
