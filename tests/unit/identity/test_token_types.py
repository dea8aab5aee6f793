"""Tokens that one provider signs with one key are for different uses, and none serves for another."""

import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from clinicpro_images.identity.claims import TokenInvalid
from clinicpro_images.identity.verify import verify_token
from oidc import rsa

KEY = rsa("one")
ISSUER, AUDIENCE = "https://login.example", "clinicpro-images"


def verified(header: dict[str, str], *, asked: str | None = None, **more: Any) -> Any:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "a", "iat": now, "exp": now + 60} | more
    token = jwt.encode({"alg": "RS256", "kid": "one"} | header, claims, KEY)
    return verify_token(token, KeySet([KEY]), issuer=ISSUER, audience=AUDIENCE, now=now, nonce=asked)


@pytest.mark.parametrize("header", [{}, {"typ": "JWT"}, {"typ": "at+jwt"}, {"typ": "application/at+JWT"}])
def test_an_access_token_is_accepted_as_one(header: dict[str, str]) -> None:
    assert verified(header)["sub"] == "a"
    assert verified(header, typ="Bearer")["sub"] == "a"


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "logout+jwt"}, {}),
        ({"typ": "secevent+jwt"}, {}),
        ({"typ": "dpop+jwt"}, {}),
        ({}, {"typ": "ID"}),
        ({}, {"typ": "Refresh"}),
        ({}, {"typ": "Offline"}),
        ({"typ": "JWT"}, {"nonce": "n"}),
        ({"typ": "JWT"}, {"at_hash": "n"}),
    ],
)
def test_no_other_token_serves_as_an_access_token(header: dict[str, str], claims: dict[str, str]) -> None:
    with pytest.raises(TokenInvalid):
        verified(header, **claims)


def test_an_access_token_is_no_id_token() -> None:
    for header, claims in (({"typ": "at+jwt"}, {}), ({}, {"typ": "Bearer"})):
        with pytest.raises(TokenInvalid):
            verified(header, asked="n", nonce="n", **claims)
    assert verified({"typ": "JWT"}, asked="n", nonce="n", typ="ID")["sub"] == "a"
    assert verified({}, asked="n", nonce="n")["sub"] == "a"
