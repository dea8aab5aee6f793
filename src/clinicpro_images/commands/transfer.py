"""`clinicpro transfer`: moves this installation to another database, and its staged images to another store."""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Integer, Row, Select, Table, func, insert, select, text, tuple_

from clinicpro_images.app.open_blobs import open_blobs
from clinicpro_images.app.startup import hold_alone, open_existing, startup_errors
from clinicpro_images.commands.console import open_console
from clinicpro_images.crypto.data_keys import open_keyring
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.clock import now_seconds
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.tables import jobs, metadata
from clinicpro_images.errors import NotFound
from clinicpro_images.images.blob_store.ownership import StoreOfAnother, claim_store
from clinicpro_images.images.blob_store.protocol import BlobStore
from clinicpro_images.images.due import with_content
from clinicpro_images.restore.identity import identity_of
from clinicpro_images.restore.installation import mark_moved, read_installation, set_identity
from clinicpro_images.restore.lock import InUse, lock_file
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings

_BATCH = 500
_IN_USE = "A gateway uses this database. Stop every gateway, then try again."


class TransferRefused(Exception):
    """Nothing was moved; `str()` is a sentence with the reason."""


async def run(settings: Settings, target: Settings) -> int:
    """Copy everything from the database and store of `settings` to those of `target`; returns the exit code. Nothing is deleted."""
    console = open_console(stderr=True)
    moves_images = target.storage_url != settings.storage_url
    async with contextlib.AsyncExitStack() as stack:
        try:
            with console.status("Moving …") as status:
                source = await stack.enter_async_context(open_existing(settings.database_url, alone=True))
                destination = await _open_target(settings, target, stack)
                # Before anything is written; with another secret nothing of it could be read.
                await destination.read(_check_empty)
                secret, others = settings.secret_key or "", settings.old_secret_keys
                keyring = await open_keyring(source, secret, others)
                # Images first: an interrupted run leaves files without rows, which the next run overwrites.
                moved_images = (
                    await _move_images(settings, target, source, keyring, stack) if moves_images else 0
                )
                moved = await transfer_rows(
                    source,
                    destination,
                    progress=lambda table, rows: status.update(f"Moving {table}: {rows} rows …"),
                )
        except InUse:
            console.print(f"clinicpro: {_IN_USE}", soft_wrap=True)
            return 1
        except TransferRefused as refused:
            console.print(f"clinicpro: {refused}", soft_wrap=True)
            return 1
    out = open_console(soft_wrap=True)
    for table, rows in moved.items():
        out.print(f"{table}: {rows} rows, each compared")
    if moves_images:
        out.print(f"image files: {moved_images}, each compared")
    out.print(
        "Now set CLINICPRO_DATABASE_URL and CLINICPRO_STORAGE_URL to the new database and store, and start the gateways."
    )
    return 0


async def _open_target(settings: Settings, target: Settings, stack: contextlib.AsyncExitStack) -> Database:
    """Return the target, held against gateways too; raises TransferRefused if it is the source."""
    database = open_database(target.database_url)
    stack.push_async_callback(database.close)
    file = lock_file(target.database_url)
    with startup_errors(target.database_url, "--to"):
        if file is None or file != lock_file(settings.database_url):
            try:
                hold_alone(stack, database)
            except InUse as error:
                raise TransferRefused(
                    "A gateway uses the target, or it is the database that is moved. Name an empty database."
                ) from error
        await migrate(database)
    return database


async def _move_images(
    settings: Settings,
    target: Settings,
    source: Database,
    keyring: Keyring,
    stack: contextlib.AsyncExitStack,
) -> int:
    source_blobs, target_blobs = open_blobs(settings, keyring), open_blobs(target, keyring)
    for blobs in (source_blobs, target_blobs):
        stack.push_async_callback(blobs.close)
    await target_blobs.prepare()
    await target_blobs.check()
    try:
        await claim_store(target_blobs, keyring.keyed_hash("installation"), is_new=True)
    except StoreOfAnother as error:
        raise SettingsError("--storage", str(error)) from error
    names = await source.read(with_content)
    for name in sorted(names):
        await _copy_image(name, source_blobs, target_blobs)
    return len(names)


async def _copy_image(name: str, source: BlobStore, target: BlobStore) -> None:
    try:
        encrypted = await source.read_encrypted(name)
    except NotFound as error:
        raise TransferRefused(
            "The database names an image that isn't in the store. Run `clinicpro purge`, or let it be filed, then try again."
        ) from error
    await target.write_encrypted(name, encrypted)
    if hashlib.sha256(await target.read_encrypted(name)).digest() != hashlib.sha256(encrypted).digest():
        raise TransferRefused("An image differs in the new store; nothing was moved.")


async def transfer_rows(
    source: Database, target: Database, *, progress: Callable[[str, int], None] = lambda _table, _rows: None
) -> dict[str, int]:
    """Copy all tables in one transaction of the target, compare each row, and return the number of rows per table.

    The source is locked for writing until then. Encrypted values and hashes are copied as they are, so both sides
    need the same CLINICPRO_SECRET_KEY. `progress` is called with a table and its rows so far. Raises TransferRefused.
    """
    await migrate(source)
    await migrate(target)
    # Outside the transactions below, which a query that a managed server refuses would end.
    identities = await source.read(identity_of), await target.read(identity_of)
    return await asyncio.to_thread(_transfer, source, target, identities, progress)


def _transfer(
    source_db: Database,
    target_db: Database,
    identities: tuple[str, str],
    progress: Callable[[str, int], None],
) -> dict[str, int]:
    with source_db.backend.writing.begin() as source, target_db.backend.writing.begin() as target:
        if source.scalar(select(func.count()).select_from(jobs).where(jobs.c.lease_until > now_seconds())):
            raise TransferRefused(
                "A gateway is filing from this database; stop every gateway and wait for CLINICPRO_LEASE."
            )
        _check_empty(target)
        if source.dialect.name == "postgresql":  # a transaction that writes holds SQLite for itself
            tables = ", ".join(table.name for table in metadata.sorted_tables)
            source.execute(text(f"LOCK TABLE {tables} IN SHARE MODE"))
        copied = {table.name: _copy(source, target, table, progress) for table in metadata.sorted_tables}
        for table in metadata.sorted_tables:
            _continue_numbers(source, target, table)
            _compare(source, target, table)
        # It goes on there: a gateway that is started on the source all the same looks before it files anything.
        known = read_installation(source)
        mark_moved(source)
        # A copy, or one that was restored or moved before, looks first there too.
        if known is not None and known.identity == identities[0]:
            set_identity(target, identities[1])
    return copied


def _check_empty(target: Connection) -> None:
    for table in metadata.sorted_tables:
        if target.execute(select(*table.primary_key.columns).limit(1)).first() is not None:
            raise TransferRefused(
                f"The target is not empty: it has rows in {table.name}. Name an empty database."
            )


def _copy(source: Connection, target: Connection, table: Table, progress: Callable[[str, int], None]) -> int:
    copied = 0
    for batch in source.execute(_in_batches(table)).mappings().partitions():
        target.execute(insert(table), [dict(row) for row in batch])
        copied += len(batch)
        progress(table.name, copied)
    return copied


def _in_batches(table: Table) -> Select[Any]:
    # An option of the statement: one of the connection would hold for all that follow, and make an UPDATE a cursor.
    return select(table).execution_options(yield_per=_BATCH)


def _compare(source: Connection, target: Connection, table: Table) -> None:
    """Compare each row with the one that has the same key: two databases may sort text differently."""
    keys = list(table.primary_key.columns)

    def key_of(row: Row[Any]) -> tuple[Any, ...]:
        return tuple(getattr(row, each.name) for each in keys)

    total = 0
    for batch in source.execute(_in_batches(table)).partitions():
        wanted = select(table).where(tuple_(*keys).in_([key_of(row) for row in batch]))
        found = {key_of(row): tuple(row) for row in target.execute(wanted)}
        if any(found.get(key_of(row)) != tuple(row) for row in batch):
            raise TransferRefused(f"A row of {table.name} differs in the new database; nothing was moved.")
        total += len(batch)
    if target.scalar(select(func.count()).select_from(table)) != total:
        raise TransferRefused(f"{table.name} has more rows in the new database; nothing was moved.")


def _continue_numbers(source: Connection, target: Connection, table: Table) -> None:
    """Continue the target's numbering after the source's last number, including deleted rows.

    A browser that reconnects sends the number of the last event it received; reused numbers would hide events from it.
    """
    keys = list(table.primary_key.columns)
    if len(keys) != 1 or not isinstance(keys[0].type, Integer) or target.dialect.name != "postgresql":
        return
    last = source.scalar(select(func.max(keys[0]))) or 0
    if source.dialect.name == "sqlite" and table.dialect_options["sqlite"]["autoincrement"]:
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        last = max(last, source.scalar(query, {"name": table.name}) or 0)
    names = {"table": table.name, "column": keys[0].name}
    sequence = target.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), names)
    if sequence is not None and last:
        target.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})
