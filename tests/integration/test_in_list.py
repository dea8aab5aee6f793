"""A list handed over as one value, as SQLite and PostgreSQL read it."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from clinicpro_images.db.database import open_database
from clinicpro_images.db.in_list import in_param
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.tables import used_tokens

pytestmark = pytest.mark.anyio

HASHES = ["one", 'with "quotes", commas', "back\\slash", "Ōtāhuhu", "{}", ""]
FOUND = select(used_tokens.c.token_hash).where(in_param(used_tokens.c.token_hash, "hashes"))
OTHERS = select(used_tokens.c.token_hash).where(~in_param(used_tokens.c.token_hash, "hashes"))
CHANGE = update(used_tokens).where(in_param(used_tokens.c.token_hash, "hashes"))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
async def test_among_finds_what_is_in_the_list_and_nothing_else(
    database: dict[str, str], tmp_path: Path
) -> None:
    db = open_database(database.get("CLINICPRO_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'among.db'}"))
    await migrate(db)
    async with db.write() as connection:
        rows = [{"token_hash": each, "used_at": 1.0} for each in HASHES]
        await connection.execute(used_tokens.insert(), rows)
        for asked in ([], HASHES[:1], HASHES, ["no such", HASHES[1]], ("in a tuple", HASHES[2])):
            found = (await connection.scalars(FOUND, {"hashes": asked})).all()
            assert sorted(found) == sorted(set(asked) & set(HASHES))
            others = (await connection.scalars(OTHERS, {"hashes": asked})).all()
            assert sorted(others) == sorted(set(HASHES) - set(asked))
        changed = await connection.execute(CHANGE, {"hashes": HASHES[2:4], "used_at": 2.0})
        assert changed.rowcount == 2
    await db.close()
