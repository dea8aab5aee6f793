"""`private_key_jwt`: client authentication with a certificate instead of a secret."""

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidTokenError, JoseError
from joserfc.jwk import RSAKey

from alex_sandbox.oauth.token_errors import TokenRefusal, assertion_out_of_time, wrong_assertion

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class RegisteredCertificate:
    """The certificate registered for the client."""

    def __init__(self, pem: bytes, *, client_id: str, now: Callable[[], datetime]) -> None:
        """Read the certificate, ignoring any private key in the PEM. Raises ValueError if there is none."""
        certificate = x509.load_pem_x509_certificate(pem)
        public = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self._key = RSAKey.import_key(public)
        # Azure AD identifies a certificate by either thumbprint.
        self._thumbprints = {
            "x5t": _base64url(certificate.fingerprint(SHA1())),  # noqa: S303 - identifies the certificate, protects nothing
            "x5t#S256": _base64url(certificate.fingerprint(SHA256())),
        }
        self._client_id = client_id
        self._now = now

    def check(self, assertion: str, audience: str) -> None:
        """Check that the assertion is valid for this token endpoint. Raises TokenRefusal."""
        now = self._now()
        try:
            header = jws.extract_compact(assertion.encode()).headers()
            self._check_thumbprint(header, now)
            claims = jwt.decode(assertion, self._key, algorithms=["RS256", "PS256"]).claims
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=60,
                aud={"essential": True, "value": audience},
                iss={"essential": True, "value": self._client_id},
                sub={"essential": True, "value": self._client_id},
                exp={"essential": True},
                jti={"essential": True},
            ).validate(claims)
        except (ExpiredTokenError, InvalidTokenError) as error:
            raise assertion_out_of_time(now) from error
        except (JoseError, ValueError) as error:
            raise wrong_assertion(now, f"The assertion is invalid: {error}") from error

    def _check_thumbprint(self, header: dict[str, Any], now: datetime) -> None:
        sent = {name: header[name] for name in self._thumbprints if name in header}
        if not sent or any(value != self._thumbprints[name] for name, value in sent.items()):
            raise _wrong_thumbprint(now)


def _wrong_thumbprint(now: datetime) -> TokenRefusal:
    return wrong_assertion(
        now, "x5t or x5t#S256 in the assertion's header must match the registered certificate."
    )


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
