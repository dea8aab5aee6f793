"""A token's claims, and whether they authorise its bearer. Pure rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MAX_TOKEN_LENGTH = 16_384


class TokenInvalid(Exception):
    """The token is not accepted; `str()` is the reason, without anything from the token."""


class UnknownKey(TokenInvalid):
    """The token is signed with a key that is not among the provider's cached keys, which may have changed."""


@dataclass(frozen=True)
class AllowList:
    """Who is authorised: these subjects, anyone with this value in this claim, and anyone with one of these verified e-mails."""

    subjects: frozenset[str]
    claim: str = ""
    value: str = ""
    emails: frozenset[str] = frozenset()  # in lower case

    def permits(self, claims: Mapping[str, Any]) -> bool:
        """Return whether the bearer of these claims is authorised."""
        if claims["sub"] in self.subjects:
            return True
        # An unverified address is only what someone typed.
        email = claims.get("email")
        if isinstance(email, str) and claims.get("email_verified") is True and email.lower() in self.emails:
            return True
        return bool(self.claim) and self.value in claim_values(claims, self.claim)


def has_claim(claims: Mapping[str, Any], name: str) -> bool:
    """Return whether there is a claim of this name; dots descend, as in `claim_values`."""
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return name in claims or value is not None


def claim_values(claims: Mapping[str, Any], name: str) -> list[str]:
    """Return a claim's values: a list's strings, or a string split at spaces. Dots descend, as in `realm_access.roles`."""
    value: Any = claims.get(name)
    if value is None:  # tried first, because a name may contain dots, as in https://practice.example.nz/roles
        value = claims
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    values = value.split() if isinstance(value, str) else value
    # Half of a surrogate pair, which JSON can hold and nothing else, is not printable.
    return [each for each in values if _is_text(each)] if isinstance(values, list) else []


def text_claim(claims: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return the first of these claims that is text, on one line; empty if none is."""
    return next((claims[name] for name in names if claims.get(name) and _is_text(claims[name])), "")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.isprintable()


def is_token(text: str) -> bool:
    """Return whether this looks like a signed token (a compact JWS)."""
    return text.count(".") == 2 and len(text) <= _MAX_TOKEN_LENGTH  # noqa: PLR2004 - header, claims, signature
