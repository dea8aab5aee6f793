"""What a token claims, and whether its bearer may in. Rules only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
