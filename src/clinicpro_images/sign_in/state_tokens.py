"""What the browser keeps for us, sealed: an attempt to sign in, a sign-in, and a patient that was found.

Only this server can open a note, a note of one kind is none of another, and none outlives its time, or a change of who
may sign in. What works once is remembered beside the launches, and swept with them.
"""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from clinicpro_images.crypto.keyring import DecryptionFailed, Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.sessions.store import UsedTokens

ATTEMPT_SECONDS = 600.0
SIGNED_IN_SECONDS = 3600.0
FOUND_SECONDS = 300.0
_LONGEST = 8192


@dataclass(frozen=True)
class Attempt:
    """Somebody went to the provider, and when they should be back."""

    state: str
    nonce: str
    verifier: str
    until: float


@dataclass(frozen=True)
class SignedIn:
    """Somebody signed in: their account, their name for their own eyes, and as whom they file.

    `linked` are the words of the provider claim, where one is configured; `provider_id` is whom they chose last.
    """

    id: str
    account: str
    name: str
    linked: tuple[str, ...]
    provider_id: str
    until: float


@dataclass(frozen=True)
class Found:
    """A patient as shown on the page that asks whether it is the right one, and for whom it was found.

    `token` is that of the session which the first yes opens, so that a second leads to the same.
    """

    id: str
    sign_in_id: str
    patient_id: str
    shown: tuple[str, ...]
    provider_id: str
    provider_name: str
    token: str
    until: float


Note = TypeVar("Note", Attempt, SignedIn, Found)


class StateTokens:
    """Seals and opens notes, and remembers which were used up."""

    def __init__(
        self,
        *,
        database: Database,
        keyring: Keyring,
        used: UsedTokens,
        rules: str,
        clock: Callable[[], float],
    ) -> None:
        """`rules` says who may sign in, and where: with others, every note is void. `clock` is seconds since 1970."""
        self._database = database
        self._keyring = keyring
        self._used = used
        self._rules = keyring.keyed_hash("sign-in-rules", rules)
        self.clock = clock

    def encrypt(self, note: Attempt | SignedIn | Found) -> str:
        """Return a note as the browser may keep it."""
        content = json.dumps(asdict(note), ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(
            self._keyring.encrypt_column(content, self._context(type(note)))
        ).decode()

    def open(self, kind: type[Note], text: str | None) -> Note | None:
        """Return the note, or None for what is none, of another kind or other rules, or too old."""
        if not text or len(text) > _LONGEST:
            return None
        try:
            content = self._keyring.decrypt_column(base64.urlsafe_b64decode(text), self._context(kind))
        except (binascii.Error, ValueError, DecryptionFailed):
            return None
        held: dict[str, Any] = json.loads(content)
        read: Any = kind  # what was sealed under its name has its shape
        note: Note = read(
            **{name: tuple(each) if isinstance(each, list) else each for name, each in held.items()}
        )
        return note if self.clock() <= note.until else None

    async def consume(self, purpose: str, text: str) -> bool:
        """Say whether this is the first time; from now on it was used."""

        def store(work: UnitOfWork) -> bool:
            return self._used.consume(work.connection, purpose, text, self.clock())

        return await self._database.write(store)

    async def used(self, purpose: str, text: str) -> bool:
        """Say whether it was used before."""
        return await self._database.read(self._used.is_used, purpose, text)

    def _context(self, kind: type[Any]) -> str:
        return f"sign-in.{kind.__name__}/{self._rules}"
