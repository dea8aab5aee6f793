"""Client authentication with a certificate (private_key_jwt)."""

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from alex_sandbox.settings import DEFAULT_CLIENT_ID, DEFAULT_SCOPE
from unit.alex_sandbox.running import TOKEN_PATH, Clock

pytestmark = pytest.mark.anyio


class Credential:
    """A key pair with a self-signed certificate."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "clinicpro")])
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
            .sign(key, hashes.SHA256())
        )
        self.key = RSAKey.import_key(key)

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def thumbprint(self) -> str:
        return base64.urlsafe_b64encode(self.certificate.fingerprint(hashes.SHA256())).rstrip(b"=").decode()

    def assertion(self, claims: dict[str, Any], thumbprint: str | None = None) -> str:
        header = {"alg": "RS256", "x5t#S256": thumbprint or self.thumbprint()}
        return jwt.encode(header, claims, self.key)


@pytest.fixture(scope="module")
def credential() -> Credential:
    return Credential()


@pytest.fixture
def url(credential: Credential, start: Callable[..., Any], tmp_path: Path) -> Iterator[str]:
    pem = tmp_path / "client.pem"
    pem.write_bytes(credential.pem())
    with start(certificate=pem) as url:
        yield url


def _claims(url: str, clock: Clock, **changed: Any) -> dict[str, Any]:
    now = int(clock().timestamp())
    return {
        "aud": url + TOKEN_PATH,
        "iss": DEFAULT_CLIENT_ID,
        "sub": DEFAULT_CLIENT_ID,
        "jti": "once",
        "iat": now,
        "exp": now + 300,
        **changed,
    }


async def _request_token(url: str, assertion: str) -> httpx2.Response:
    async with httpx2.AsyncClient() as client:
        return await client.post(
            url + TOKEN_PATH,
            data={
                "grant_type": "client_credentials",
                "client_id": DEFAULT_CLIENT_ID,
                "scope": DEFAULT_SCOPE,
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": assertion,
            },
        )


async def test_an_assertion_signed_with_the_registered_certificate_gets_a_token(
    url: str, credential: Credential, clock: Clock
) -> None:
    response = await _request_token(url, credential.assertion(_claims(url, clock)))
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    "wrong",
    [{"aud": "https://elsewhere.example/token"}, {"iss": "someone"}, {"sub": "someone"}],
    ids=["audience", "issuer", "subject"],
)
async def test_a_wrong_claim_is_refused(
    url: str, credential: Credential, clock: Clock, wrong: dict[str, str]
) -> None:
    response = await _request_token(url, credential.assertion(_claims(url, clock, **wrong)))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_an_expired_assertion_is_named_as_expired(
    url: str, credential: Credential, clock: Clock
) -> None:
    past = int((clock() - timedelta(hours=1)).timestamp())
    response = await _request_token(url, credential.assertion(_claims(url, clock, iat=past, exp=past + 300)))
    assert (response.status_code, response.json()["error_codes"]) == (401, [700024])


async def test_another_key_under_the_registered_thumbprint_is_refused(
    url: str, credential: Credential, clock: Clock
) -> None:
    forged = Credential().assertion(_claims(url, clock), credential.thumbprint())
    assert (await _request_token(url, forged)).status_code == 401


async def test_an_unregistered_thumbprint_is_refused(url: str, credential: Credential, clock: Clock) -> None:
    response = await _request_token(url, credential.assertion(_claims(url, clock), "bm90LXJlZ2lzdGVyZWQ"))
    assert (response.status_code, response.json()["error_codes"]) == (401, [700027])
