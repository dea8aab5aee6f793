"""Keys that stay while the installation's secret changes: made at random once, stored wrapped under the secret."""

import os
from collections.abc import Sequence
from typing import Literal

from sqlalchemy import select, text

from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.crypto import DecryptionFailed, Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import data_keys
from clinicpro_images.settings.errors import SettingsError

# lookups: hashes under which tokens, patients and pictures are found. audit: seals and chains the trail.
DataKey = Literal["lookups", "audit"]
_BYTES = 32


async def data_key(database: Database, keyring: Keyring, name: DataKey) -> bytes:
    """Return the key of that name, made on the first call ever; raises SealBroken with a foreign secret."""
    async with database.write() as connection:
        wrapped = await _stored(connection, name)
        if wrapped is None:
            fresh = keyring.encrypt_column(os.urandom(_BYTES), f"data_keys/{name}")
            # Two processes may start at once on PostgreSQL: one of them is first, and both read what it stored.
            await connection.execute(
                text("INSERT INTO data_keys (name, wrapped) VALUES (:name, :wrapped) ON CONFLICT DO NOTHING"),
                {"name": name, "wrapped": fresh},
            )
            wrapped = await _stored(connection, name)
        assert wrapped is not None  # noqa: S101 - stored just above
        return keyring.decrypt_column(wrapped, f"data_keys/{name}")


async def open_keyring(database: Database, secret: str, others: Sequence[str]) -> Keyring:
    """Return the installation's keys; raises SettingsError where the secret is not the one of this database."""
    keyring = Keyring(secret, others)
    try:
        return keyring.with_lookups(await data_key(database, keyring, "lookups"))
    except DecryptionFailed as error:
        raise SettingsError(
            "CLINICPRO_SECRET_KEY",
            "does not open what this database holds; was it changed? CLINICPRO_OLD_SECRET_KEYS takes the former one.",
        ) from error


async def _stored(connection: AsyncConnection, name: DataKey) -> bytes | None:
    query = select(data_keys.c.wrapped).where(data_keys.c.name == name)
    stored: bytes | None = await connection.scalar(query)
    return stored
