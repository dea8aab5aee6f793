"""Sealing again what was sealed under a former secret, while gateways go on working."""

from dataclasses import dataclass

from sqlalchemy import Column, Table, select, update

from clinicpro_images.db.crypto import DecryptionFailed, Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import images, metadata

_PAGE = 100


@dataclass(frozen=True)
class RotationResult:
    """How many values were sealed again, and how many open under none of the secrets."""

    reencrypted: int
    unreadable: int


async def rotate(database: Database, keyring: Keyring) -> RotationResult:
    """Seal every value under the present secret. Can be run again, and by several at once."""
    again, unreadable = 0, 0
    for table in metadata.sorted_tables:
        for column in table.columns:
            if "encrypted" in column.info:
                done = await _rotate_column(database, keyring, table, column)
                again, unreadable = again + done.reencrypted, unreadable + done.unreadable
    return RotationResult(again, unreadable)


async def _rotate_column(
    database: Database, keyring: Keyring, table: Table, column: Column[bytes]
) -> RotationResult:
    [key] = table.primary_key.columns
    again, unreadable, last = 0, 0, ""
    while True:
        query = select(key, column).where(key > last, column.is_not(None)).order_by(key).limit(_PAGE)
        async with database.read() as connection:
            rows = (await connection.execute(query)).all()
        for row_id, encrypted in rows:
            last = row_id
            try:
                anew = _reencrypt(keyring, column, row_id, encrypted)
            except DecryptionFailed:
                unreadable += 1
                continue
            if anew is not None:
                # Only while it is what was read: what a gateway wrote meanwhile is under the present secret already.
                change = update(table).where(key == row_id, column == encrypted).values({column.name: anew})
                async with database.write() as connection:
                    again += (await connection.execute(change)).rowcount
        if len(rows) < _PAGE:
            return RotationResult(again, unreadable)


def _reencrypt(keyring: Keyring, column: Column[bytes], row_id: str, encrypted: bytes) -> bytes | None:
    if column is images.c.content_key:
        return keyring.rewrap_content_key(encrypted, row_id)
    return keyring.reencrypt_column(encrypted, f"{column.info['encrypted']}/{row_id}")
