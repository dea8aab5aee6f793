"""An access token: the identity provider's response, and how long the token is used."""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from typing import Any

KEEP_SECONDS = 55 * 60.0
_MARGIN_SECONDS = 5 * 60.0
_DEFAULT_EXPIRES_IN = 600.0
_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


@dataclass(frozen=True)
class AccessToken:
    """A bearer token; its value stays out of repr. Times are steady seconds.

    Until `renew_at` it is used, until `stale_at` it is used while a new one is fetched, and until `expires_at` it is
    the fallback if no new one can be fetched.
    """

    value: str = field(repr=False)
    roles: tuple[str, ...]
    renew_at: float
    stale_at: float
    expires_at: float


def read_token(reply: bytes, *, requested_at: float) -> AccessToken:
    """Parse a token endpoint's response to a request made at `requested_at`; raises ValueError if it has no token.

    A token is kept for 55 minutes, or if that is less, for five minutes less than its lifetime (a tenth less, if its
    lifetime is below fifty minutes). Renewal starts after ten elevenths of that, so after 50 minutes.
    """
    response = json.loads(reply)
    value = response.get("access_token") if isinstance(response, dict) else None
    if not isinstance(value, str) or not _BEARER.fullmatch(value):
        raise ValueError("no access token in the response")
    if str(response.get("token_type", "Bearer")).casefold() != "bearer":
        raise ValueError("the token is not a bearer token")
    expires_in = _seconds(response.get("expires_in"))
    kept = min(KEEP_SECONDS, expires_in - min(_MARGIN_SECONDS, expires_in / 10))
    return AccessToken(
        value=value,
        roles=roles_of(value),
        renew_at=requested_at + kept * 10 / 11,
        stale_at=requested_at + kept,
        expires_at=requested_at + expires_in,
    )


def roles_of(token: str) -> tuple[str, ...]:
    """Return the roles claim of a JWT, empty if there is none.

    The signature is not verified: the token is for ALEX, which verifies it. Here the roles only explain what ALEX will
    refuse; they grant nothing.
    """
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        return ()
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return ()
    roles = claims.get("roles") if isinstance(claims, dict) else None
    return tuple(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else ()


def _seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return _DEFAULT_EXPIRES_IN
    return seconds if 0 < seconds < 10 * 24 * 3600 else _DEFAULT_EXPIRES_IN
