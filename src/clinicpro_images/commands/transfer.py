"""`clinicpro transfer`: moves this installation to another database, and its staged images to another store."""

import contextlib
import hashlib

from rich.console import Console
from sqlalchemy import Connection, select

from clinicpro_images.app.composition import open_blobs
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database, open_database, startup_errors
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.tables import images
from clinicpro_images.db.transfer import TransferRefused, transfer_rows
from clinicpro_images.errors import NotFound
from clinicpro_images.images.blob_store.protocol import BlobStore
from clinicpro_images.settings.settings import Settings


async def run(settings: Settings, target: Settings) -> int:
    """Copy everything from the database and store of `settings` to those of `target`; returns the exit code. Nothing is deleted."""
    console = Console(stderr=True, highlight=False)
    async with contextlib.AsyncExitStack() as stack:
        source, destination = open_database(settings.database_url), open_database(target.database_url)
        for database in (source, destination):
            stack.push_async_callback(database.close)
        try:
            with console.status("Moving …") as status:
                with startup_errors(target.database_url):
                    await migrate(destination)
                await migrate(source)
                moved_images = 0
                if target.storage_url != settings.storage_url:
                    # Images first: an interrupted run leaves files without rows, which the next run overwrites.
                    moved_images = await _move_images(settings, target, source, stack)
                moved = await transfer_rows(
                    source,
                    destination,
                    progress=lambda table, rows: status.update(f"Moving {table}: {rows} rows …"),
                )
        except TransferRefused as refused:
            console.print(f"clinicpro: {refused}", markup=False, soft_wrap=True)
            return 1
    out = Console(highlight=False, soft_wrap=True)
    for table, rows in moved.items():
        out.print(f"{table}: {rows} rows, each compared")
    if target.storage_url != settings.storage_url:
        out.print(f"image files: {moved_images}, each compared")
    out.print(
        "Now set CLINICPRO_DATABASE_URL and CLINICPRO_STORAGE_URL to the new database and store, and start the gateways."
    )
    return 0


async def _move_images(
    settings: Settings, target: Settings, source: Database, stack: contextlib.AsyncExitStack
) -> int:
    keyring = Keyring(settings.secret_key or "")
    source_blobs, target_blobs = open_blobs(settings, keyring), open_blobs(target, keyring)
    for blobs in (source_blobs, target_blobs):
        stack.push_async_callback(blobs.close)
    await target_blobs.prepare()
    await target_blobs.check()
    ids = await source.read(_stored_images)
    for image_id in ids:
        await _copy_image(image_id, source_blobs, target_blobs)
    return len(ids)


def _stored_images(connection: Connection) -> list[str]:
    return list(connection.scalars(select(images.c.id).where(images.c.content_key.is_not(None))))


async def _copy_image(image_id: str, source: BlobStore, target: BlobStore) -> None:
    try:
        encrypted = await source.read_encrypted(image_id)
    except NotFound as error:
        raise TransferRefused(
            "The database names an image that isn't in the store. Run `clinicpro purge`, or let it be filed, then try again."
        ) from error
    await target.write_encrypted(image_id, encrypted)
    if hashlib.sha256(await target.read_encrypted(image_id)).digest() != hashlib.sha256(encrypted).digest():
        raise TransferRefused("An image differs in the new store; nothing was moved.")
