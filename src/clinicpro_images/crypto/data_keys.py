"""Keys that stay when the installation's secret changes: random, generated once, stored encrypted under the secret."""

import asyncio
import os
from collections.abc import Sequence
from typing import Literal

import structlog
from sqlalchemy import Connection, select, text

from clinicpro_images.crypto.keyring import DecryptionFailed, Keyring
from clinicpro_images.crypto.stretching import COST, load_stretching
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import data_keys
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.settings.errors import SettingsError

# lookups: hashes tokens, patients and images so that they can be found. audit: encrypts and chains the audit trail.
DataKey = Literal["lookups", "audit"]
_BYTES = 32

log = structlog.get_logger()


def load_data_key(work: UnitOfWork, keyring: Keyring, name: DataKey) -> bytes:
    """Return the key of that name, generating it if there is none; raises DecryptionFailed if the secret is wrong."""
    encrypted = _stored(work.connection, name)
    if encrypted is None:
        fresh = keyring.encrypt_column(os.urandom(_BYTES), f"data_keys/{name}")
        # On PostgreSQL two processes may start at once: one is first, and both read the key that it stored.
        work.connection.execute(
            text("INSERT INTO data_keys (name, wrapped) VALUES (:name, :wrapped) ON CONFLICT DO NOTHING"),
            {"name": name, "wrapped": fresh},
        )
        encrypted = _stored(work.connection, name)
    assert encrypted is not None  # noqa: S101 - stored just above
    return keyring.decrypt_column(encrypted, f"data_keys/{name}")


def has_data_key(connection: Connection, name: DataKey) -> bool:
    """Return whether there is a key of that name."""
    return _stored(connection, name) is not None


async def open_keyring(
    database: Database, secret: str, others: Sequence[str], *, cost: int = COST
) -> Keyring:
    """Return the installation's keys; raises SettingsError if the secret is not the one of this database.

    A new installation stretches its secret at this `cost`.
    """
    stretching = await database.write(load_stretching, cost)
    keyring = await asyncio.to_thread(Keyring, secret, others, stretching=stretching)
    if not stretching.in_use:
        log.warning(
            "keys.unstretched",
            message="Keys are still those of an earlier version. Once every gateway runs this one, run clinicpro rotate-keys.",
        )
    try:
        return keyring.with_lookups(await database.write(load_data_key, keyring, "lookups"))
    except DecryptionFailed as error:
        raise SettingsError(
            "CLINICPRO_SECRET_KEY",
            "does not decrypt this database's data; was it changed? Put the previous one in CLINICPRO_OLD_SECRET_KEYS.",
        ) from error


def _stored(connection: Connection, name: DataKey) -> bytes | None:
    stored: bytes | None = connection.scalar(select(data_keys.c.wrapped).where(data_keys.c.name == name))
    return stored
