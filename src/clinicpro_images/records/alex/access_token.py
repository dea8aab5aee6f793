"""An access token: what the identity provider answered, and for how long it is used."""

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
    """A bearer token; its value stays out of repr. Times are seconds since 1970.

    Until `renew_at` it is simply used, until `stale_at` it is used while a new one is fetched, and until `expires_at`
    it is better than none.
    """

    value: str = field(repr=False)
    roles: tuple[str, ...]
    issued_at: float
    renew_at: float
    stale_at: float
    expires_at: float


def read_token(reply: bytes, *, asked_at: float) -> AccessToken:
    """Read a token endpoint's answer to a request made at `asked_at`; raises ValueError when it holds no token.

    A token is kept 55 minutes, or five minutes less than it lives where that is shorter (a tenth less, where it lives
    shorter than fifty minutes); renewing starts after ten elevenths of that: 50 minutes.
    """
    answer = json.loads(reply)
    value = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(value, str) or not _BEARER.fullmatch(value):
        raise ValueError("no access token in the answer")
    if str(answer.get("token_type", "Bearer")).casefold() != "bearer":
        raise ValueError("the token is not a bearer token")
    expires_in = _seconds(answer.get("expires_in"))
    kept = min(KEEP_SECONDS, expires_in - min(_MARGIN_SECONDS, expires_in / 10))
    return AccessToken(
        value=value,
        roles=roles_of(value),
        issued_at=asked_at,
        renew_at=asked_at + kept * 10 / 11,
        stale_at=asked_at + kept,
        expires_at=asked_at + expires_in,
    )


def roles_of(token: str) -> tuple[str, ...]:
    """Read the roles claim of a JWT, empty where there is none.

    The signature is not checked: the token is the identity provider's word to ALEX, which checks it. Here the roles
    only explain what ALEX will refuse; nothing is permitted because of them.
    """
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 — header, claims, signature
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
