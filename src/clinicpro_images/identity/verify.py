"""Judging a token: signature, issuer, audience, times and nonce. Rules only; without a provider nobody needs them loaded."""

from collections.abc import Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from clinicpro_images.identity.claims import KeyUnknown, TokenInvalid

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
