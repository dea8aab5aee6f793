"""The two databases the product runs on: the marks that run a test on both, and databases that are migrated once and copied."""

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from clinicpro_images.crypto.stretching import load_stretching
from clinicpro_images.db.database import open_database
from clinicpro_images.db.migrate import migrate

on_both = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
"""Runs a test once on SQLite and once on a real PostgreSQL; without it a test runs on SQLite."""

on_both_empty = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("empty-postgresql", marks=pytest.mark.postgresql)], indirect=True
)
"""As `on_both`, but without any table: for tests of what makes the tables."""


def sqlite_url(file: Path) -> str:
    """The value of CLINICPRO_DATABASE_URL that names this file."""
    return f"sqlite:///{file}"


def place_migrated(url: str) -> None:
    """If `url` names a SQLite file that doesn't exist yet, put a migrated database there."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return
    file = Path(address.database or "")
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(_migrated_sqlite())


def migrate_now(url: str) -> None:
    """Migrate this database, whether or not an event loop is running."""

    async def migrating() -> None:
        database = open_database(url)
        try:
            await migrate(database)
            # Each gateway stretches its secret at the start, which at the usual cost takes a quarter of a second.
            await database.write(load_stretching, 2)
        finally:
            await database.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, migrating()).result()


@cache
def _migrated_sqlite() -> bytes:
    with tempfile.TemporaryDirectory(prefix="clinicpro-template-") as folder:
        file = Path(folder) / "template.db"
        migrate_now(sqlite_url(file))
        return file.read_bytes()
