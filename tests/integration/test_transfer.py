"""`clinicpro transfer`: a practice's installation on SQLite goes on, on PostgreSQL and S3, as if nothing had been."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from clinicpro_images.db import transfer as move
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.tables import events, metadata, used_tokens
from clinicpro_images.db.transfer import TransferRefused, transfer_rows
from integration.test_commands import clinicpro
from object_store import ObjectStore, running_object_store
from photos import photo_jpeg
from postgres import Cluster
from running import FOREARM, Sandbox, running

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with running_object_store() as store:
        yield store


async def test_sessions_pictures_and_filing_go_on_at_the_new_place(
    sandbox: Sandbox, cluster: Cluster, store: ObjectStore, tmp_path: Path
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    async with running(sandbox, old) as desk:
        await desk.launch()
        filed, staged = [await desk.add(photo_jpeg(width=320, height=240, seed=seed)) for seed in (1, 2)]
        await desk.describe(filed["id"])
        await desk.describe(staged["id"], bodySite=FOREARM, label="Mole 7")
        receipt = await desk.file(filed["id"])
        shown = (await desk.client.get(f"/api/images/{staged['id']}/content?size=full")).content
        cookies, last = dict(desk.client.cookies), await desk.gateway.journal.last_id()

    target = cluster.new_database()
    bucket = store.new_bucket(f"moved-{store.port}")
    said = ["transfer", "--to", target, "--storage", bucket]
    done = clinicpro(sandbox, old, *said, **store.environ)
    assert done.returncode == 0, done.stderr
    assert "images: 2 rows, each compared" in done.stdout
    assert "image files: 1, each compared" in done.stdout

    environ = {"CLINICPRO_DATABASE_URL": target, "CLINICPRO_STORAGE_URL": bucket, **store.environ}
    async with running(sandbox, new, environ) as desk:
        desk.client.cookies.update(cookies)
        assert (await desk.client.get(f"/api/commits/{receipt['id']}")).json() == receipt
        assert (await desk.client.get(f"/api/images/{staged['id']}/content?size=full")).content == shown
        again = await desk.file(staged["id"], key="key-2")
        assert again["images"][0]["state"] == "committed"
        assert await desk.gateway.journal.last_id() > last
    titles = sorted(each["resource"]["description"] for each in sandbox.resources())
    assert titles == ["Forearm", "Forearm – Mole 7"]

    refused = clinicpro(sandbox, old, *said, **store.environ)
    assert refused.returncode == 1
    assert "not empty" in refused.stderr


@pytest.fixture
async def both(cluster: Cluster, tmp_path: Path) -> Any:
    source = open_database(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}")
    target = open_database(cluster.new_database())
    await migrate(source)
    yield source, target
    await source.close()
    await target.close()


async def count_all(database: Database) -> int:
    async with database.read() as connection:
        counted = [
            await connection.scalar(select(func.count()).select_from(each)) for each in metadata.sorted_tables
        ]
    return sum(filter(None, counted))


async def add_events(database: Database, number: int) -> None:
    async with database.write() as connection:
        row = {"session_id": "s", "name": "image.added", "subject_id": "p", "at": 1.0}
        await connection.execute(insert(events), [row] * number)


async def test_numbers_go_on_even_where_the_last_rows_were_deleted(both: tuple[Database, Database]) -> None:
    source, target = both
    await add_events(source, 7)
    async with source.write() as connection:
        await connection.execute(text("DELETE FROM events WHERE id > 3"))
    await transfer_rows(source, target)
    await add_events(target, 1)
    async with target.read() as connection:
        assert (await connection.scalars(select(events.c.id).order_by(events.c.id))).all() == [1, 2, 3, 8]


async def test_a_row_that_arrives_altered_undoes_the_whole_move(
    both: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = both
    async with source.write() as connection:
        await connection.execute(insert(used_tokens).values(token_hash="a" * 64, used_at=1.5))
    altering, copied = move._copy, []

    async def copy(here: Any, there: Any, table: Any, told: Any) -> int:
        copied.append(table.name)
        found = await altering(here, there, table, told)
        if table is used_tokens:
            await there.execute(used_tokens.update().values(used_at=2.5))
        return found

    monkeypatch.setattr(move, "_copy", copy)
    with pytest.raises(TransferRefused, match="used_tokens"):
        await transfer_rows(source, target)
    assert "used_tokens" in copied
    assert await count_all(target) == 0
    monkeypatch.undo()
    assert (await transfer_rows(source, target)).rows["used_tokens"] == 1
