"""Encrypted state that the browser holds: a sign-in attempt, a sign-in, and a patient that was found.

Only this server can decrypt a state token. A token of one kind can't be used as another kind, and it becomes invalid
when it expires or when the rules for who may sign in change. Consumed tokens are recorded in `used_tokens`.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

from clinicpro_images.crypto.keyring import DecryptionFailed, Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.sessions.used_tokens import UsedTokens

ATTEMPT_SECONDS = 600.0
SIGNED_IN_SECONDS = 3600.0
FOUND_SECONDS = 300.0
TYPED_SECONDS = 300.0
_LONGEST = 8192
_CLOCK_SKEW_SECONDS = 5.0  # between two gateways

Destination = Literal["patient", "practice"]


@dataclass(frozen=True)
class Attempt:
    """A sign-in that has begun; the provider's response must arrive before `until`."""

    state: str
    nonce: str
    verifier: str
    until: float
    to: Destination = "patient"


@dataclass(frozen=True)
class SignedIn:
    """A sign-in: the account, the name shown to its owner, and the provider they file as.

    `linked` are the values of the provider claim, if one is configured; `provider_id` was chosen last. `clinician` and
    `practice` are what the account may do: file photos, and see the practice's page. `since` is when it was signed in, and
    `kept` whether its owner keeps it for the day on a phone of their own.
    """

    id: str
    account: str
    name: str
    linked: tuple[str, ...]
    provider_id: str
    until: float
    clinician: bool = True
    practice: bool = False
    since: float = 0.0
    kept: bool = False


@dataclass(frozen=True)
class Found:
    """A patient as shown on the confirmation page, and the sign-in that found them.

    `token` is the token of the session to be opened, so that confirming twice opens the same session.
    """

    id: str
    sign_in_id: str
    patient_id: str
    shown: tuple[str, ...]
    provider_id: str
    provider_name: str
    token: str
    until: float


@dataclass(frozen=True)
class Typed:
    """What was typed into the form for the NHI: kept while the browser goes on to the page that looks it up."""

    sign_in_id: str
    fields: tuple[str, ...]  # names and values, in turn
    until: float

    @property
    def form(self) -> dict[str, str]:
        """The form's fields."""
        return dict(zip(self.fields[::2], self.fields[1::2], strict=True))


@dataclass(frozen=True)
class ListedPatient:
    """A patient on a list of appointments, the provider they are booked with, and the sign-in that saw the list."""

    sign_in_id: str
    patient_id: str
    provider_id: str
    until: float


State = TypeVar("State", Attempt, SignedIn, Found, Typed, ListedPatient)


_LONGEST_SECONDS: Mapping[type[Any], float] = {
    Attempt: ATTEMPT_SECONDS,
    SignedIn: 25 * 3600.0,  # a practice may let phones keep it until midnight; one day a year has 25 hours
    Found: FOUND_SECONDS,
    Typed: TYPED_SECONDS,
}


class StateTokens:
    """Encrypts and decrypts state tokens, and records which were consumed."""

    def __init__(
        self,
        *,
        database: Database,
        keyring: Keyring,
        used: UsedTokens,
        rules: str,
        clock: Callable[[], float],
    ) -> None:
        """`rules` is who may sign in, and where; changing it invalidates all tokens. `clock` is seconds since 1970."""
        self._database = database
        self._keyring = keyring
        self._used = used
        self._rules = keyring.keyed_hash("sign-in-rules", rules)
        self.clock = clock

    def encrypt(self, state: Attempt | SignedIn | Found | Typed | ListedPatient) -> str:
        """Return the state token, for a cookie or a form."""
        content = json.dumps(asdict(state), ensure_ascii=False).encode()
        encrypted = self._keyring.encrypt_column(content, self._context(type(state)))
        return base64.urlsafe_b64encode(encrypted).decode()

    def decrypt(self, kind: type[State], token: str | None) -> State | None:
        """Return the state; None if the token is malformed, expired, or was issued for another kind or other rules."""
        if not token or len(token) > _LONGEST:
            return None
        try:
            content = self._keyring.decrypt_column(base64.urlsafe_b64decode(token), self._context(kind))
        except (binascii.Error, ValueError, DecryptionFailed):
            return None
        values: dict[str, Any] = json.loads(content)
        build: Any = kind  # the context authenticates the kind, so the values fit
        state: State = build(
            **{name: tuple(each) if isinstance(each, list) else each for name, each in values.items()}
        )
        # One from further in the future is from before the clock was set back, and would be valid for too long.
        longest = _LONGEST_SECONDS.get(kind, 24 * 3600.0) + _CLOCK_SKEW_SECONDS
        return state if 0 <= state.until - self.clock() <= longest else None

    async def consume(self, purpose: str, value: str) -> bool:
        """Record that it was used; return False if it was used already."""
        return await self._database.write(self._used.consume, purpose, value)

    async def is_used(self, purpose: str, value: str) -> bool:
        """Return whether it was used."""
        return await self._database.read(self._used.is_used, purpose, value)

    async def mark(self, purpose: str, value: str) -> None:
        """Record that it was used now, also if it was before."""
        await self._database.write(self._used.mark, purpose, value)

    async def is_marked_since(self, purpose: str, value: str, since: float) -> bool:
        """Return whether it was used then or later."""
        return await self._database.read(self._used.is_used_since, purpose, value, since)

    def _context(self, kind: type[Any]) -> str:
        # The class's name is part of the encryption context.
        return f"sign-in.{kind.__name__}/{self._rules}"
