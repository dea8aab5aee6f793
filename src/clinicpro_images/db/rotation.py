"""Sealing again what was sealed under a former secret, while gateways go on working."""

from dataclasses import dataclass

from sqlalchemy import Column, Table, select, update

from clinicpro_images.db.engine import Database
from clinicpro_images.db.sealing import Keyring, SealBroken
from clinicpro_images.db.tables import metadata, photos

_PAGE = 100


@dataclass(frozen=True)
class Rotated:
    """How many values were sealed again, and how many open under none of the secrets."""

    sealed_again: int
    unreadable: int


async def rotate(database: Database, keyring: Keyring) -> Rotated:
    """Seal every value under the present secret. Can be run again, and by several at once."""
    again, unreadable = 0, 0
    for table in metadata.sorted_tables:
        for column in table.columns:
            if "sealed" in column.info:
                done = await _rotate_column(database, keyring, table, column)
                again, unreadable = again + done.sealed_again, unreadable + done.unreadable
    return Rotated(again, unreadable)


async def _rotate_column(
    database: Database, keyring: Keyring, table: Table, column: Column[bytes]
) -> Rotated:
    [key] = table.primary_key.columns
    again, unreadable, last = 0, 0, ""
    while True:
        query = select(key, column).where(key > last, column.is_not(None)).order_by(key).limit(_PAGE)
        async with database.read() as connection:
            rows = (await connection.execute(query)).all()
        for row_id, sealed in rows:
            last = row_id
            try:
                anew = _anew(keyring, column, row_id, sealed)
            except SealBroken:
                unreadable += 1
                continue
            if anew is not None:
                # Only while it is what was read: what a gateway wrote meanwhile is under the present secret already.
                change = update(table).where(key == row_id, column == sealed).values({column.name: anew})
                async with database.write() as connection:
                    again += (await connection.execute(change)).rowcount
        if len(rows) < _PAGE:
            return Rotated(again, unreadable)


def _anew(keyring: Keyring, column: Column[bytes], row_id: str, sealed: bytes) -> bytes | None:
    if column is photos.c.picture_key:
        return keyring.picture_key_anew(sealed, row_id)
    return keyring.column_anew(sealed, f"{column.info['sealed']}/{row_id}")
