"""`clinicpro migrate`: this installation to another database, and its pictures to another store where asked."""

import contextlib
import hashlib

from rich.console import Console
from sqlalchemy import Connection, select

from clinicpro_images.app.composition import open_blobs
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database, open_database, reached
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.tables import images
from clinicpro_images.db.transfer import TransferRefused, transfer_rows
from clinicpro_images.errors import NotFound
from clinicpro_images.images.blob_store.protocol import BlobStore
from clinicpro_images.settings.settings import Settings


async def run(settings: Settings, target: Settings) -> int:
    """Move what `settings` name to where `target` points; returns the exit code. Nothing is deleted here."""
    console = Console(stderr=True, highlight=False)
    async with contextlib.AsyncExitStack() as stack:
        source, there = open_database(settings.database_url), open_database(target.database_url)
        for database in (source, there):
            stack.push_async_callback(database.close)
        try:
            with console.status("Moving …") as status:
                with reached(target.database_url):
                    await migrate(there)
                await migrate(source)
                copied_images = 0
                if target.storage_url != settings.storage_url:
                    # Pictures first: a run that is cut off leaves files without rows, which the next one writes again.
                    copied_images = await _move_images(settings, target, source, stack)
                moved = await transfer_rows(
                    source,
                    there,
                    progress=lambda table, rows: status.update(f"Moving {table}: {rows} rows …"),
                )
        except TransferRefused as refused:
            console.print(f"clinicpro: {refused}", markup=False, soft_wrap=True)
            return 1
    out = Console(highlight=False, soft_wrap=True)
    for table, rows in moved.items():
        out.print(f"{table}: {rows} rows, each compared")
    if target.storage_url != settings.storage_url:
        out.print(f"pictures: {copied_images}, each compared")
    out.print(
        "Now set CLINICPRO_DATABASE_URL and CLINICPRO_STORAGE_URL to the new places, and start the gateways."
    )
    return 0


async def _move_images(
    settings: Settings, target: Settings, source: Database, stack: contextlib.AsyncExitStack
) -> int:
    keyring = Keyring(settings.secret_key or "")
    here, there = open_blobs(settings, keyring), open_blobs(target, keyring)
    for blobs in (here, there):
        stack.push_async_callback(blobs.close)
    await there.prepare()
    await there.check()
    ids = await source.read(_kept_images)
    for image_id in ids:
        await _move_image(image_id, here, there)
    return len(ids)


def _kept_images(connection: Connection) -> list[str]:
    return list(connection.scalars(select(images.c.id).where(images.c.content_key.is_not(None))))


async def _move_image(image_id: str, here: BlobStore, there: BlobStore) -> None:
    try:
        encrypted = await here.read_encrypted(image_id)
    except NotFound as error:
        raise TransferRefused(
            "A picture that the database names is not in the store. Let `clinicpro purge` or filing end it first."
        ) from error
    await there.write_encrypted(image_id, encrypted)
    if hashlib.sha256(await there.read_encrypted(image_id)).digest() != hashlib.sha256(encrypted).digest():
        raise TransferRefused("A picture is not in the new store as it was; nothing was moved.")
