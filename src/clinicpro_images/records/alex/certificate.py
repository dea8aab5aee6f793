"""Client authentication by a certificate's signature. Imported only if used: parsing certificates takes 2 MB."""

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

from clinicpro_images.settings.errors import SettingsError

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 300
_CERTIFICATE = "MEDTECH_CLIENT_CERTIFICATE"


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate with its private key, which is used only to sign."""

    key: RSAKey = field(repr=False)
    thumbprint: str
    jti: Callable[[], str] = field(default=lambda: str(uuid.uuid4()), repr=False)
    variable: str = _CERTIFICATE

    def form(self, client_id: str, token_url: str, now: float) -> dict[str, str]:
        """Return the form fields with an assertion for this endpoint, valid for five minutes.

        PS256 and the SHA-256 thumbprint are required by Microsoft's page on certificate credentials.
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


def read_certificate(text_or_path: str) -> ClientCertificate:
    """Load a PEM with a certificate and an unencrypted RSA key, from text or a file; raises SettingsError."""
    pem = text_or_path.encode() if "-----BEGIN" in text_or_path else _read_file(text_or_path)
    try:
        certificates = x509.load_pem_x509_certificates(pem)
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise SettingsError(
            _CERTIFICATE, "must be a PEM with a certificate and its private key, without a passphrase."
        ) from error
    if not isinstance(key, RSAPrivateKey):
        raise SettingsError(
            _CERTIFICATE, "must contain an RSA key; Azure accepts no other kind for an application."
        )
    own = [each for each in certificates if each.public_key() == key.public_key()]
    if not own:
        raise SettingsError(_CERTIFICATE, "contains a private key that does not belong to its certificate.")
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    digest = base64.urlsafe_b64encode(own[0].fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    return ClientCertificate(RSAKey.import_key(private), digest)


def _read_file(path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise SettingsError(_CERTIFICATE, "is a path to a file that can't be read.") from error
