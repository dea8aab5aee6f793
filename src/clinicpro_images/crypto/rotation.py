"""Re-encrypt, under the current secret, what was encrypted under a previous one, while gateways keep running."""

from dataclasses import dataclass

from sqlalchemy import Column, Connection, Row, Table, select, update

from clinicpro_images.crypto.keyring import DecryptionFailed, Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import metadata
from clinicpro_images.db.unit_of_work import UnitOfWork

_PAGE = 100
_CONTENT_KEY = "picture-key"


@dataclass(frozen=True)
class RotationResult:
    """How many values were re-encrypted, and how many can't be decrypted with any of the secrets."""

    reencrypted: int = 0
    unreadable: int = 0


async def rotate(database: Database, keyring: Keyring) -> RotationResult:
    """Encrypt every value under the current secret. Safe to repeat, and to run several times at once."""
    reencrypted = unreadable = 0
    for table in metadata.sorted_tables:
        for column in table.columns:
            last = "" if "encrypted" in column.info else None
            while last is not None:
                rows = await database.read(_page, table, column, last)
                done, failed = await database.write(_rotate_page, keyring, table, column, rows)
                reencrypted, unreadable = reencrypted + done, unreadable + failed
                last = rows[-1][0] if len(rows) == _PAGE else None
    return RotationResult(reencrypted, unreadable)


def _page(connection: Connection, table: Table, column: Column[bytes], after: str) -> list[Row[str, bytes]]:
    [key] = table.primary_key.columns
    query = select(key, column).where(key > after, column.is_not(None)).order_by(key).limit(_PAGE)
    return list(connection.execute(query).all())


def _rotate_page(
    work: UnitOfWork, keyring: Keyring, table: Table, column: Column[bytes], rows: list[Row[str, bytes]]
) -> tuple[int, int]:
    [key] = table.primary_key.columns
    reencrypted = unreadable = 0
    for row_id, encrypted in rows:
        try:
            if column.info["encrypted"] == _CONTENT_KEY:
                fresh = keyring.rewrap_content_key(encrypted, row_id)
            else:
                fresh = keyring.reencrypt_column(encrypted, f"{column.info['encrypted']}/{row_id}")
        except DecryptionFailed:
            unreadable += 1
            continue
        if fresh is not None:
            # Only if it has not changed since: what a gateway writes is encrypted under the current secret already.
            change = update(table).where(key == row_id, column == encrypted).values({column.name: fresh})
            reencrypted += work.connection.execute(change).rowcount
    return reencrypted, unreadable
