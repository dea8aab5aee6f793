"""Judging an access token: signature, issuer, audience, times, and whether its bearer may in. Rules only."""

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
    """Who may in: these subjects, or whoever has this value in this claim."""

    subjects: frozenset[str]
    claim: str = ""
    value: str = ""

    def lets_in(self, claims: Mapping[str, Any]) -> bool:
        """Say whether the claims are of somebody who may in."""
        if claims["sub"] in self.subjects:
            return True
        if not self.claim:
            return False
        held: Any = claims
        for part in self.claim.split("."):  # realm_access.roles
            held = held.get(part) if isinstance(held, Mapping) else None
        listed = held if isinstance(held, list) else str(held).split() if isinstance(held, str) else []
        return self.value in listed


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


def judge(token: str, keys: KeySet, *, issuer: str, audience: str, allowed: Allowed, now: float) -> str:
    """Return the subject of a token that lets its bearer in; raises TokenInvalid, KeyUnknown."""
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
    subject = decoded.claims["sub"]
    if not isinstance(subject, str) or not allowed.lets_in(decoded.claims):
        raise TokenInvalid("of somebody who may not in")
    return subject
