"""`clinicpro transfer`: a practice's installation on SQLite continues on PostgreSQL and S3 as if nothing had happened."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, insert, select, text

from clinicpro_images.commands.transfer import TransferRefused, transfer_rows
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.tables import events, metadata, used_tokens
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.events.store import last_event_id
from clinicpro_images.restore.identity import identity_of
from clinicpro_images.restore.installation import (
    mark_restored,
    new_installation,
    read_installation,
    store_installation,
)
from image_files import make_jpeg
from integration.test_commands import clinicpro
from object_store import ObjectStore
from postgres import Cluster
from running import FOREARM, Sandbox, running
from titles import line_of

pytestmark = pytest.mark.anyio


async def test_sessions_images_and_filing_continue_in_the_new_database(
    sandbox: Sandbox, cluster: Cluster, object_store: ObjectStore, tmp_path: Path
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    async with running(sandbox, old) as browser:
        await browser.launch()
        filed, staged = [await browser.add(make_jpeg(width=320, height=240, seed=seed)) for seed in (1, 2)]
        await browser.describe(filed["id"])
        await browser.describe(staged["id"], bodySite=FOREARM, label="Mole 7")
        receipt = await browser.file(filed["id"])
        shown = (await browser.client.get(f"/api/images/{staged['id']}/content?size=full")).content
        cookies, last = dict(browser.client.cookies), await browser.gateway.database.read(last_event_id)

    target = cluster.empty_database()
    bucket = object_store.new_bucket(f"moved-{object_store.port}")
    said = ["transfer", "--to", target, "--storage", bucket]
    done = clinicpro(sandbox, old, *said, **object_store.environ)
    assert done.returncode == 0, done.stderr
    assert "images: 2 rows, each compared" in done.stdout
    # The staged image's, and that of the copy for a referral.
    assert "image files: 2, each compared" in done.stdout

    environ = {"CLINICPRO_DATABASE_URL": target, "CLINICPRO_STORAGE_URL": bucket, **object_store.environ}
    async with running(sandbox, new, environ) as browser:
        browser.client.cookies.update(cookies)
        assert (await browser.client.get(f"/api/commits/{receipt['id']}")).json() == receipt
        assert (await browser.client.get(f"/api/images/{staged['id']}/content?size=full")).content == shown
        copy = await browser.client.get(f"/api/commits/{receipt['id']}/referral/files/{filed['id']}")
        assert copy.status_code == 200
        again = await browser.file(staged["id"], key="key-2")
        assert again["images"][0]["state"] == "committed"
        assert await browser.gateway.database.read(last_event_id) > last
    titles = sorted(line_of(each) for each in sandbox.resources())
    assert titles == ["Forearm", "Forearm – Mole 7"]

    refused = clinicpro(sandbox, old, *said, **object_store.environ)
    assert refused.returncode == 1
    assert "not empty" in refused.stderr


@pytest.fixture
async def both(cluster: Cluster, tmp_path: Path) -> Any:
    source = open_database(f"sqlite:///{tmp_path / 'old.db'}")
    target = open_database(cluster.empty_database())
    await migrate(source)
    yield source, target
    await source.close()
    await target.close()


async def count_all(database: Database) -> int:
    def count(connection: Connection) -> int:
        tables = metadata.sorted_tables
        return sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables)

    return await database.read(count)


async def add_events(database: Database, number: int) -> None:
    row = {"session_id": "s", "name": "image.added", "subject_id": "p", "at": 1.0}
    await database.write(lambda work: work.connection.execute(insert(events), [row] * number))


async def test_sequence_numbers_continue_even_if_the_last_rows_were_deleted(
    both: tuple[Database, Database],
) -> None:
    source, target = both
    await add_events(source, 7)
    await source.write(lambda work: work.connection.execute(text("DELETE FROM events WHERE id > 3")))
    await transfer_rows(source, target)
    await add_events(target, 1)
    ids = select(events.c.id).order_by(events.c.id)
    assert await target.read(lambda connection: connection.scalars(ids).all()) == [1, 2, 3, 8]


async def test_a_row_that_arrives_altered_rolls_the_whole_transfer_back(
    both: tuple[Database, Database],
) -> None:
    source, target = both
    row = insert(used_tokens).values(token_hash="a" * 64, used_at=1.5)
    await source.write(lambda work: work.connection.execute(row))
    altered: list[str] = []

    def alter(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO used_tokens"):
            altered.append(statement)
            cursor.execute("UPDATE used_tokens SET used_at = 2.5")

    event.listen(target.backend.writing, "after_cursor_execute", alter)
    with pytest.raises(TransferRefused, match="used_tokens"):
        await transfer_rows(source, target)
    event.remove(target.backend.writing, "after_cursor_execute", alter)
    assert altered
    assert await count_all(target) == 0
    assert (await transfer_rows(source, target))["used_tokens"] == 1


async def test_progress_is_reported_for_each_table(both: tuple[Database, Database]) -> None:
    source, target = both
    await add_events(source, 1200)
    reported: list[tuple[str, int]] = []
    await transfer_rows(source, target, progress=lambda table, rows: reported.append((table, rows)))
    assert reported == [("events", 500), ("events", 1000), ("events", 1200)]


async def test_nothing_is_transferred_while_a_gateway_files(both: tuple[Database, Database]) -> None:
    source, target = both
    await source.write(_lease_a_job)
    with pytest.raises(TransferRefused, match="stop every gateway"):
        await transfer_rows(source, target)
    assert await count_all(target) == 0


def _lease_a_job(work: UnitOfWork) -> None:
    for statement in (
        (
            "INSERT INTO sessions (id, token_hash, facility_id, patient_key, provider_key, who, visual_id, started_at, "
            "active_at) VALUES ('s', 't', 'f', 'p', 'd', x'', 0, 0, 0)"
        ),
        (
            "INSERT INTO commits (id, session_id, idempotency_hash, body_hash, target, created_at) "
            "VALUES ('c', 's', 'i', 'b', 'scan', 0)"
        ),
        (
            "INSERT INTO jobs (id, kind, commit_id, session_id, facility_id, identifier, correlation_id, state, attempt, "
            "may_have_landed, queued_at, not_before, lease_until, changed_at) "
            "VALUES ('j', 'task', 'c', 's', 'f', 'n', 'r', 'sending', 1, 1, 0, 0, 9e9, 0)"
        ),
    ):
        work.connection.execute(text(statement))


async def test_what_was_restored_or_moved_before_looks_first_in_its_new_database_too(
    both: tuple[Database, Database], cluster: Cluster
) -> None:
    source, target = both
    own = new_installation(await source.read(identity_of), "sandbox")
    await source.write(store_installation, own)
    await transfer_rows(source, target)
    assert await _identity(target) == await target.read(identity_of)
    later = open_database(cluster.empty_database())
    try:
        # The first one goes on elsewhere since: this is an earlier state of it.
        await transfer_rows(source, later)
        assert await _identity(later) == "moved"
        last = open_database(cluster.empty_database())
        try:
            await target.write(mark_restored, 1.0)
            await transfer_rows(target, last)
            assert await _identity(last) == "restored"
        finally:
            await last.close()
    finally:
        await later.close()


async def _identity(database: Database) -> str:
    found = await database.read(read_installation)
    assert found is not None
    return found.identity
