"""How, and how recently, the provider must have authenticated a person: what is requested, and what is checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clinicpro_images.identity.claims import TokenInvalid

_LEEWAY_SECONDS = 60.0


@dataclass(frozen=True)
class Assurance:
    """`contexts` are the accepted values of `acr`; none accepts any. `max_age` is in seconds."""

    contexts: tuple[str, ...] = ()
    max_age: float | None = None

    def asked(self) -> dict[str, str]:
        """Return the parameters of the authorization request (OpenID Connect Core, 3.1.2.1)."""
        asked = {"acr_values": " ".join(self.contexts)} if self.contexts else {}
        return asked if self.max_age is None else asked | {"max_age": f"{self.max_age:.0f}"}

    def check(self, claims: Mapping[str, Any], now: float) -> None:
        """Raise TokenInvalid unless the ID token says so: a provider may ignore what was requested."""
        if self.contexts and claims.get("acr") not in self.contexts:
            raise TokenInvalid("authenticated in another way than required")
        if self.max_age is None:
            return
        since = claims.get("auth_time")
        if isinstance(since, bool) or not isinstance(since, int | float):
            raise TokenInvalid("no time of authentication")
        if not now - self.max_age - _LEEWAY_SECONDS <= since <= now + _LEEWAY_SECONDS:
            raise TokenInvalid("authenticated too long ago")
