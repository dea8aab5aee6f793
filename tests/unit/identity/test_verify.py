"""Which tokens and keys are accepted, of a provider that is hostile or merely odd: anything else is refused, never a crash."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import KeySet

from clinicpro_images.identity.claims import TokenInvalid, UnknownKey, claim_values, text_claim
from clinicpro_images.identity.verify import usable_keys, verify_token
from oidc import elliptic, rsa

NOW, ISSUER, AUDIENCE, NONCE = 1_000_000, "https://login.example", "clinicpro-images", "n"
KEY = rsa("one")
GOOD = KEY.as_dict(private=False)
CLAIMS: dict[str, Any] = {
    "iss": ISSUER, "aud": AUDIENCE, "sub": "a", "iat": NOW, "exp": NOW + 60, "nonce": NONCE,
}  # fmt: skip
DEEP = b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"
HALF = json.loads(r'"\ud800"')
"""Half of a surrogate pair, which JSON can hold and no database or page can."""


def encoded(value: object) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(header: object, claims: object) -> str:
    """A token with anything in it, which no library would issue."""
    text = f"{encoded(header)}.{encoded(claims)}"
    private = KEY.private_key
    assert private is not None
    return f"{text}.{encoded(private.sign(text.encode(), PKCS1v15(), SHA256()))}"


def verified(header: object, claims: object, keys: KeySet | None = None, nonce: str | None = NONCE) -> Any:
    return verify_token(
        signed(header, claims), keys or KeySet([KEY]), issuer=ISSUER, audience=AUDIENCE, now=NOW, nonce=nonce
    )


HEADER: dict[str, Any] = {"alg": "RS256", "kid": "one"}


@pytest.mark.parametrize(
    "claims",
    [
        {}, {"exp": NOW + 86_400}, {"exp": NOW - 59}, {"aud": [AUDIENCE]}, {"azp": AUDIENCE},
        {"aud": [AUDIENCE, "b"], "azp": AUDIENCE}, {"sub": "s" * 255}, {"iat": NOW + 60}, {"at_hash": "h"},
    ],
    ids=str,
)  # fmt: skip
def test_an_id_token_for_us_is_accepted(claims: dict[str, Any]) -> None:
    assert verified(HEADER, CLAIMS | claims) == CLAIMS | claims


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": f"{ISSUER}/"}, {"iss": [ISSUER]}, {"aud": "b"}, {"aud": [[AUDIENCE]]}, {"aud": {AUDIENCE: 1}},
        {"aud": [AUDIENCE, "b"]}, {"aud": [AUDIENCE, {}], "azp": AUDIENCE}, {"azp": "b"}, {"azp": None},
        {"exp": NOW - 61}, {"exp": NOW + 86_401}, {"exp": str(NOW + 60)}, {"exp": 10**400}, {"exp": float("nan")},
        {"iat": NOW + 120}, {"iat": str(NOW)}, {"nbf": NOW + 120}, {"nonce": "other"}, {"nonce": [NONCE]},
        {"sub": ""}, {"sub": 5}, {"sub": ["a"]}, {"sub": "s" * 256}, {"sub": "a\r\nb"}, {"sub": HALF},
    ],
    ids=str,
)  # fmt: skip
def test_any_other_id_token_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        verified(HEADER, CLAIMS | claims)


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "exp", "iat", "nonce"])
def test_an_id_token_without_one_of_these_is_refused(missing: str) -> None:
    with pytest.raises(TokenInvalid):
        verified(HEADER, {name: value for name, value in CLAIMS.items() if name != missing})


@pytest.mark.parametrize(
    "header",
    [
        [], None, {}, {"alg": "none", "kid": "one"}, HEADER | {"alg": "HS256"}, HEADER | {"alg": "ES256"},
        HEADER | {"alg": "PS256"}, HEADER | {"alg": ["RS256"]}, HEADER | {"kid": ["one"]}, {"alg": "RS256"},
        HEADER | {"crit": 5}, HEADER | {"crit": ["exp"], "exp": 1}, HEADER | {"crit": ["b64"], "b64": False},
        DEEP, b"\xff\xfe",
    ],
    ids=lambda header: str(header)[:40],
)  # fmt: skip
def test_a_header_that_means_something_else_is_refused(header: object) -> None:
    with pytest.raises(TokenInvalid):
        verified(header, CLAIMS)


@pytest.mark.parametrize("content", [[], None, "a", b"<html>", DEEP], ids=lambda content: str(content)[:20])
def test_a_payload_that_is_no_object_is_refused(content: object) -> None:
    with pytest.raises(TokenInvalid):
        verified(HEADER, content)


@pytest.mark.parametrize(
    "odd",
    [
        5, {}, {"kty": ["RSA"]}, {"kty": "RSA", "kid": "b"}, {"kty": "RSA", "kid": "b", "n": "!!", "e": "AQAB"},
        {**GOOD, "kid": 5}, {**GOOD, "kid": "b", "key_ops": ["encrypt"]}, {"kty": "oct", "k": "AAAA", "kid": "one"},
        {**elliptic("b").as_dict(private=False), "crv": "P-192"}, {"kty": "OKP", "crv": "Ed999", "kid": "b", "x": "AA"},
        {**rsa("one").as_dict(private=False), "use": "enc"}, {"kty": "AKP", "alg": "ML-DSA-44", "kid": "b", "pub": "AA"},
    ],
)  # fmt: skip
def test_a_key_that_can_not_be_used_does_not_spoil_the_others(odd: object) -> None:
    keys = usable_keys({"keys": [odd, GOOD]})
    assert [key.kid for key in keys.keys] == ["one"]
    assert verified(HEADER, CLAIMS, keys)["sub"] == "a"


def test_nothing_private_is_kept_of_a_key() -> None:
    [key] = usable_keys({"keys": [KEY.as_dict(private=True)]}).keys
    assert not key.is_private


@pytest.mark.parametrize(
    "published", [{}, {"keys": None}, {"keys": 5}, {"keys": []}, {"keys": {"kty": "RSA"}}]
)
def test_without_a_usable_key_the_set_is_unusable(published: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no usable key"):
        usable_keys(published)


def test_two_keys_of_one_name_are_no_key() -> None:
    with pytest.raises(UnknownKey):
        verified(HEADER, CLAIMS, usable_keys({"keys": [GOOD, rsa("one").as_dict(private=False)]}))


def test_only_text_is_taken_from_a_claim() -> None:
    claims = {
        "groups": ["a", 5, None, ["b"], HALF, "c"],
        "roles": "a b",
        "name": {"given": "A"},
        "email": "a@b.example",
    }
    assert claim_values(claims, "groups") == ["a", "c"]
    assert claim_values(claims, "roles") == ["a", "b"]
    assert claim_values(claims, "name") == claim_values(claims, "none") == []
    assert text_claim(claims, ("name", "preferred_username", "email")) == "a@b.example"
    assert text_claim({"name": HALF}, ("name",)) == ""
