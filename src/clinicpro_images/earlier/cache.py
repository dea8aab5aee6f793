"""What was read of the record, in memory for as long as its session is in use: encrypted, bounded, never on disk."""

import os
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Final

from clinicpro_images.crypto.keyring import decrypt, encrypt
from clinicpro_images.records.protocol import EarlierImages

MAX_BYTES: Final = 48 * 1024 * 1024
IDLE_SECONDS: Final = 900.0
LIST_SECONDS: Final = 120.0
_KEY_BYTES: Final = 32


class _OfSession:
    """One session's list and renditions, under a key of its own that is forgotten with it."""

    def __init__(self) -> None:
        self.key = os.urandom(_KEY_BYTES)
        self.used_at = 0.0
        self.listed_at = 0.0
        self.filed = 0
        self.listing: EarlierImages | None = None
        self.renditions: OrderedDict[str, bytes] = OrderedDict()


class EarlierCache:
    """Renditions and lists by session. `monotonic` is seconds; call it in the event loop only."""

    def __init__(self, monotonic: Callable[[], float], *, max_bytes: int = MAX_BYTES) -> None:
        """Keep at most `max_bytes` of renditions, whichever session they belong to."""
        self._monotonic = monotonic
        self._max_bytes = max_bytes
        self._sessions: OrderedDict[str, _OfSession] = OrderedDict()
        self.bytes = 0

    def listing(self, session_id: str, *, filed: int) -> EarlierImages | None:
        """Return the session's list, if it is at most two minutes old and no image of the patient was filed since.

        `filed` is how many are known to be in the record.
        """
        cached = self._sessions.get(session_id)
        if cached is None or cached.filed != filed or self._monotonic() - cached.listed_at > LIST_SECONDS:
            return None
        return cached.listing

    def keep_listing(self, session_id: str, listing: EarlierImages, *, filed: int) -> None:
        """Keep a list that was read when `filed` images were in the record."""
        cached = self._used(session_id)
        cached.listing, cached.filed, cached.listed_at = listing, filed, self._monotonic()

    def rendition(self, session_id: str, name: str) -> bytes | None:
        """Return a rendition, decrypted; None if it is not here."""
        cached = self._sessions.get(session_id)
        encrypted = None if cached is None else cached.renditions.get(name)
        if cached is None or encrypted is None:
            return None
        self._used(session_id).renditions.move_to_end(name)
        return decrypt(cached.key, encrypted, name)

    def keep_rendition(self, session_id: str, name: str, content: bytes) -> None:
        """Keep a rendition; the least recently used ones go first if there are too many bytes."""
        if len(content) > self._max_bytes:
            return
        cached = self._used(session_id)
        self.bytes -= len(cached.renditions.pop(name, b""))
        cached.renditions[name] = encrypt(cached.key, content, name)
        self.bytes += len(cached.renditions[name])
        while self.bytes > self._max_bytes:
            oldest = next(each for each in self._sessions.values() if each.renditions)
            self.bytes -= len(oldest.renditions.popitem(last=False)[1])

    def forget(self, session_id: str) -> None:
        """Drop everything of a session."""
        cached = self._sessions.pop(session_id, None)
        if cached is not None:
            self.bytes -= sum(map(len, cached.renditions.values()))

    def forget_idle(self) -> None:
        """Drop the sessions that were not used for 15 minutes."""
        before = self._monotonic() - IDLE_SECONDS
        for session_id in [each for each, cached in self._sessions.items() if cached.used_at < before]:
            self.forget(session_id)

    @property
    def sessions(self) -> Collection[str]:
        """The sessions that something is kept of."""
        return tuple(self._sessions)

    def _used(self, session_id: str) -> _OfSession:
        cached = self._sessions.setdefault(session_id, _OfSession())
        cached.used_at = self._monotonic()
        self._sessions.move_to_end(session_id)
        return cached
