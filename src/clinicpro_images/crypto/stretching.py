"""Stretches the installation's secret with a stored salt (scrypt), so that each guess at it takes a fraction of a second.

The salt and the cost are stored beside the data. Installations older than this go on with unstretched keys until
`clinicpro rotate-keys` has re-encrypted their data, which every gateway can read from this version on.
"""

import hashlib
import os
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select, text, update

from clinicpro_images.db.tables import data_keys, key_stretching
from clinicpro_images.db.unit_of_work import UnitOfWork

COST: Final = 2**15
"""scrypt's N. With r = 8 and p = 3 that is 32 MB and about a quarter of a second, once at each start."""

_BLOCKS: Final = 8
_PASSES: Final = 3
_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
_ONLY: Final = 1


@dataclass(frozen=True)
class Stretching:
    """The salt and the cost; `in_use`: what is encrypted from now on is under stretched keys."""

    salt: bytes
    cost: int
    in_use: bool


def stretch(secret: bytes, stretching: Stretching) -> bytes:
    """Return the stretched secret."""
    memory = 128 * _BLOCKS * (stretching.cost + _PASSES + 2)
    return hashlib.scrypt(
        secret, salt=stretching.salt, n=stretching.cost, r=_BLOCKS, p=_PASSES, maxmem=memory, dklen=_KEY_BYTES
    )


def load_stretching(work: UnitOfWork, cost: int = COST) -> Stretching:
    """Return the database's; a new one, in use at once where nothing has been encrypted yet."""
    found = _stored(work.connection)
    if found is None:
        is_new = work.connection.scalar(select(data_keys.c.name).limit(1)) is None
        row = {"id": _ONLY, "salt": os.urandom(_SALT_BYTES).hex(), "cost": cost, "in_use": is_new}
        # On PostgreSQL two processes may start at once: one is first, and both read what it stored.
        work.connection.execute(
            text(
                "INSERT INTO key_stretching (id, salt, cost, in_use) VALUES (:id, :salt, :cost, :in_use) "
                "ON CONFLICT DO NOTHING"
            ),
            row,
        )
        found = _stored(work.connection)
    assert found is not None  # noqa: S101 - stored just above
    return found


def use_stretching(work: UnitOfWork) -> None:
    """Encrypt under stretched keys from now on."""
    work.connection.execute(update(key_stretching).values(in_use=True))


def _stored(connection: Connection) -> Stretching | None:
    row = connection.execute(select(key_stretching)).one_or_none()
    return None if row is None else Stretching(bytes.fromhex(row.salt), row.cost, row.in_use)
