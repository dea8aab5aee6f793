"""Verifies a token's signature, issuer, audience, times and nonce. Pure rules, imported only if a provider is configured."""

from collections.abc import Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key

from clinicpro_images.identity.claims import TokenInvalid, UnknownKey

# Asymmetric signatures only: with a shared secret, or "none", anyone who has the public keys could forge tokens.
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
_LONGEST_SECONDS = 86_400.0
_KINDS = frozenset({"RSA", "EC", "OKP"})
# The media types of the tokens that we accept, by whether it is an ID token (RFC 9068, 2.1). Others, such as logout
# tokens, security events and refresh tokens, are signed with the same keys.
_TYPES = {True: frozenset({"", "jwt"}), False: frozenset({"", "jwt", "at+jwt", "application/at+jwt"})}
# What Keycloak calls its tokens, in a claim.
_KINDS_OF_CLAIM = {True: frozenset({"", "id"}), False: frozenset({"", "bearer", "at+jwt"})}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi"})
# What joserfc raises for foreign values; the last three where it doesn't check their types or their depth.
_MALFORMED = (JoseError, ValueError, KeyError, TypeError, RecursionError)
# OpenID Connect Core, 2: a subject has at most so many characters.
_LONGEST_SUBJECT = 255


def usable_keys(published: Mapping[str, Any]) -> KeySet:
    """Load a provider's JWKS, skipping encryption keys, shared secrets and keys that can't be read (RFC 7517, 5).

    Raises ValueError if no key is left.
    """
    listed = published.get("keys")
    keys = [_public_key(each) for each in listed] if isinstance(listed, list) else []
    usable = [key for key in keys if key is not None]
    if not usable:
        raise ValueError("no usable key")
    return KeySet(usable)


def _public_key(published: object) -> Key | None:
    if not isinstance(published, dict) or published.get("use", "sig") != "sig":
        return None
    try:
        if published.get("kty") not in _KINDS:
            return None
        return import_key({name: value for name, value in published.items() if name not in _PRIVATE})
    except _MALFORMED:
        return None


def verify_token(
    token: str, keys: KeySet, *, issuer: str, audience: str, now: float, nonce: str | None = None
) -> Mapping[str, Any]:
    """Return a token's claims if it is from the issuer, for us, and valid now.

    With `nonce`, it must be the ID token for the request with that nonce. Raises TokenInvalid, UnknownKey.
    """
    try:
        header = jws.extract_compact(token.encode()).headers()
    except _MALFORMED as error:
        raise TokenInvalid("not a token") from error
    known = [key for key in keys.keys if key.kid == header.get("kid")]
    if len(known) != 1:
        raise UnknownKey("signed with an unknown key")
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
    except _MALFORMED as error:
        raise TokenInvalid(f"refused: {type(error).__name__}") from error
    claims: Mapping[str, Any] = decoded.claims
    is_id_token = nonce is not None
    if _lower(header.get("typ")) not in _TYPES[is_id_token]:
        raise TokenInvalid("a token of another type")
    if _lower(claims.get("typ")) not in _KINDS_OF_CLAIM[is_id_token]:
        raise TokenInvalid("a token for another use")
    _check_subject(claims["sub"])
    if claims["exp"] > now + _LONGEST_SECONDS:
        raise TokenInvalid("valid for longer than a day")
    if nonce is not None:
        _check_id_token(claims, audience, nonce)
    elif "nonce" in claims or "at_hash" in claims:
        # Where both have the same audience, nothing else distinguishes them.
        raise TokenInvalid("an ID token, not an access token")
    return claims


def _check_subject(subject: object) -> None:
    if not isinstance(subject, str) or not subject:
        raise TokenInvalid("no subject")
    if not subject.isprintable() or len(subject) > _LONGEST_SUBJECT:
        raise TokenInvalid("a subject that can't be recorded")


def _lower(value: object) -> str:
    return "" if value is None else str(value).lower()


def _check_id_token(claims: Mapping[str, Any], audience: str, nonce: str) -> None:
    if not isinstance(claims.get("iat"), int | float):
        raise TokenInvalid("no time of issue")
    if claims.get("nonce") != nonce:
        raise TokenInvalid("nonce of another request")
    # OpenID Connect Core 3.1.3.7: with several audiences, `azp` must be present and be our client id.
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else audience) != audience:
        raise TokenInvalid("issued to another client")
