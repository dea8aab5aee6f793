"""The SQL of single-use tokens: each is recorded as a keyed hash when it is used."""

from sqlalchemy import Connection, select, text

from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.tables import used_tokens
from clinicpro_images.db.unit_of_work import UnitOfWork


class UsedTokens:
    """Single-use tokens: launches, tab tickets, sign-in states and confirmations, as keyed hashes."""

    def __init__(self, keyring: Keyring) -> None:
        """Use `keyring` for every hash."""
        self._keyring = keyring

    def consume(self, work: UnitOfWork, purpose: str, token: str | bytes) -> bool:
        """Record that it was used; return False if it was used already."""
        inserted = work.connection.execute(
            text("INSERT INTO used_tokens (token_hash, used_at) VALUES (:hash, :now) ON CONFLICT DO NOTHING"),
            {"hash": self._keyring.keyed_hash(purpose, token), "now": work.now},
        )
        return inserted.rowcount == 1

    def is_used(self, connection: Connection, purpose: str, token: str) -> bool:
        """Return whether it was used."""
        used = used_tokens.c.token_hash == self._keyring.keyed_hash(purpose, token)
        return connection.scalar(select(used_tokens.c.token_hash).where(used)) is not None

    def mark(self, work: UnitOfWork, purpose: str, token: str) -> None:
        """Record that it was used now, also if it was before."""
        work.connection.execute(
            text(
                "INSERT INTO used_tokens (token_hash, used_at) VALUES (:hash, :now) "
                "ON CONFLICT (token_hash) DO UPDATE SET used_at = excluded.used_at"
            ),
            {"hash": self._keyring.keyed_hash(purpose, token), "now": work.now},
        )

    def is_used_since(self, connection: Connection, purpose: str, token: str, since: float) -> bool:
        """Return whether it was used then or later."""
        used = used_tokens.c.token_hash == self._keyring.keyed_hash(purpose, token)
        query = select(used_tokens.c.token_hash).where(used, used_tokens.c.used_at >= since)
        return connection.scalar(query) is not None
