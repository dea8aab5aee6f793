"""Judging a token: signature, issuer, audience, times, nonce, and whether its bearer may in. Rules only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

# Signatures by a private key only: with a shared secret, or "none", whoever reads the public keys could make tokens.
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
LEEWAY_SECONDS = 60
_KINDS = frozenset({"RSA", "EC", "OKP"})
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi"})
_LONGEST = 16_384


class TokenInvalid(Exception):
    """The token lets nobody in; `str()` says why, in words that hold nothing of it."""


class KeyUnknown(TokenInvalid):
    """It is signed with a key that is not among the provider's known ones, which may have changed."""


@dataclass(frozen=True)
class Allowed:
    """Who may in: these subjects, whoever has this value in this claim, or who has proven one of these addresses."""

    subjects: frozenset[str]
    claim: str = ""
    value: str = ""
    emails: frozenset[str] = frozenset()  # in lower case

    def lets_in(self, claims: Mapping[str, Any]) -> bool:
        """Say whether the claims are of somebody who may in."""
        if claims["sub"] in self.subjects:
            return True
        # An address that the provider has not verified is what somebody typed.
        email = claims.get("email")
        if isinstance(email, str) and claims.get("email_verified") is True and email.lower() in self.emails:
            return True
        return bool(self.claim) and self.value in words_of(claims, self.claim)


def words_of(claims: Mapping[str, Any], name: str) -> list[str]:
    """Return the words that a claim holds; dots lead into objects, as in `realm_access.roles`."""
    held: Any = claims.get(name)
    if held is None:  # a name may hold dots itself, as in https://practice.example.nz/roles
        held = claims
        for part in name.split("."):
            held = held.get(part) if isinstance(held, Mapping) else None
    if isinstance(held, list):
        return [each for each in held if isinstance(each, str)]
    return held.split() if isinstance(held, str) else []


def is_token(offered: str) -> bool:
    """Say whether this has the shape of a signed token."""
    return offered.count(".") == 2 and len(offered) <= _LONGEST  # noqa: PLR2004 - header, claims, signature


def usable_keys(published: Mapping[str, Any]) -> KeySet:
    """Read a provider's JWKS; keys of unknown kinds, for encryption, or shared secrets are passed over."""
    kept = [
        {name: value for name, value in each.items() if name not in _PRIVATE}
        for each in published.get("keys", [])
        if isinstance(each, dict) and each.get("kty") in _KINDS and each.get("use", "sig") == "sig"
    ]
    return KeySet.import_key_set({"keys": kept})


def verified(
    token: str, keys: KeySet, *, issuer: str, audience: str, now: float, nonce: str | None = None
) -> Mapping[str, Any]:
    """Return what a token claims, once it is known to be the issuer's, for us, and valid now.

    With `nonce` it is an ID token that answers the request with that nonce. Raises TokenInvalid, KeyUnknown.
    """
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError) as error:
        raise TokenInvalid("not a token") from error
    known = [key for key in keys.keys if key.kid == header.get("kid")]
    if len(known) != 1:
        raise KeyUnknown("signed with an unknown key")
    try:
        decoded = jwt.decode(token, known[0], algorithms=list(ALGORITHMS))
        jwt.JWTClaimsRegistry(
            now=int(now),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        ).validate(decoded.claims)
    except (JoseError, ValueError) as error:
        raise TokenInvalid(f"refused: {type(error).__name__}") from error
    claims: Mapping[str, Any] = decoded.claims
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise TokenInvalid("of nobody")
    if nonce is not None:
        _check_answer(claims, audience, nonce)
    return claims


def _check_answer(claims: Mapping[str, Any], audience: str, nonce: str) -> None:
    if claims.get("nonce") != nonce:
        raise TokenInvalid("not an answer to this request")
    # OpenID Connect Core 3.1.3.7: a token for several must say that it was given to us.
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else audience) != audience:
        raise TokenInvalid("given to another product")
