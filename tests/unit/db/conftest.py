"""One SQLite file that two processes have open."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clinicpro_images.db.database import Database, open_database
from databases import place_migrated, sqlite_url


@pytest.fixture
async def databases(tmp_path: Path) -> AsyncIterator[list[Database]]:
    """One file opened twice, as two processes have it."""
    url = sqlite_url(tmp_path / "clinicpro.db")
    place_migrated(url)
    databases = [open_database(url), open_database(url)]
    yield databases
    for each in databases:
        await each.close()


@pytest.fixture
def database(databases: list[Database]) -> Database:
    return databases[0]
