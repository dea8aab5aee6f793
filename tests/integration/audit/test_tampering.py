"""Whatever someone without the key does to the trail of a running gateway is found, and stays found."""

import random
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from clinicpro_images.audit.end import proven_ends
from clinicpro_images.audit.memory import ChainEnd, TrailMemory
from clinicpro_images.db.database import open_database
from clinicpro_images.db.migrate import migrate
from databases import on_both, place_migrated, sqlite_url
from integration.audit.trails import KEYRING, found, opened, read_rows, tamper, write
from tampering import Tampering

pytestmark = pytest.mark.anyio


@on_both
async def test_random_tampering_in_operation_is_found_and_never_laundered(
    database: dict[str, str], tmp_path: Path
) -> None:
    """`scripts/bench audit` makes 10,000 trials."""
    url = database.get("CLINICPRO_DATABASE_URL", sqlite_url(tmp_path / "trail.db"))
    place_migrated(url)
    db = open_database(url)
    try:
        await migrate(db)
        for seed in range(100 if db.is_sqlite else 25):
            one = Tampering(db, KEYRING, tmp_path / "memory", random.Random(seed))  # noqa: S311 - to be repeatable
            assert (await one.trial(), one.done) == ("", one.done)
    finally:
        await db.close()


async def test_a_tampered_end_raises_an_alarm_refuses_nothing_and_begins_a_marked_chain(
    tmp_path: Path,
) -> None:
    async with opened({}, tmp_path) as (db, trail):
        await write(db, trail, *"abcde")
        trail.committed(await db.read(proven_ends, trail.key))
        moved = "UPDATE audit_head SET seq = 3, mac = (SELECT mac FROM audit WHERE seq = 3)"
        await tamper(db, "DELETE FROM audit WHERE seq > 3", moved)
        with capture_logs() as logs:
            await write(db, trail, "f", "g")
        alarms = [
            (entry["log_level"], entry["reason"]) for entry in logs if entry["event"] == "audit.tampered"
        ]
        assert alarms == [("error", "head-changed")]
        rows = [(row["seq"], row["action"], row["subject"]) for row in await read_rows(db)]
        assert rows[3:] == [(6, "audit.restarted", ""), (7, "image.viewed", "f"), (8, "image.viewed", "g")]
        assert [seq for seq, _ in await found(db, trail)] == [4, 5, 6]


async def test_an_emptied_trail_differs_from_one_that_never_began(tmp_path: Path) -> None:
    async with opened({}, tmp_path) as (db, trail):
        assert await found(db, trail) == []
        await write(db, trail, *"ab")
        await tamper(db, "DELETE FROM audit", "DELETE FROM audit_head")
    async with opened({}, tmp_path) as (db, trail):
        assert [seq for seq, _ in await found(db, trail)] == [1]
        await write(db, trail, "c")
        ((_, sentence),) = await found(db, trail)
        assert "all of it may be gone" in sentence


async def test_rows_that_take_the_next_numbers_stop_nobody(tmp_path: Path) -> None:
    async with opened({}, tmp_path) as (db, trail):
        await write(db, trail, *"ab")
        names = "at, action, facility_id, session_id, patient, who, subject, document_id, about, correlation_id, previous, mac"
        copied = f"INSERT INTO audit (shard, seq, {names}) SELECT shard, 3, {names} FROM audit WHERE seq = 2"  # noqa: S608
        await tamper(db, copied)
        await write(db, trail, "c")
        assert [seq for seq, _ in await found(db, trail)] == [3, 4]


async def test_what_is_rolled_back_is_not_remembered(tmp_path: Path) -> None:
    """Otherwise the next row would raise a false alarm."""
    async with opened({}, tmp_path) as (db, trail):
        await write(db, trail, "a")
        before = dict(trail.memory.ends)
        with pytest.raises(ZeroDivisionError):
            await db.with_logs(trail, None).write(_break_off)  # type: ignore[arg-type]
        assert trail.memory.ends == before
        await write(db, trail, "b")
        assert await found(db, trail) == []


def _break_off(_work: object) -> None:
    raise ZeroDivisionError


async def test_the_memory_survives_a_restart_and_distrusts_a_changed_file(tmp_path: Path) -> None:
    async with opened({}, tmp_path) as (db, trail):
        file = tmp_path / "memory"
        now = [0.0]
        memory = TrailMemory(trail.key, file, timer=lambda: now[0])
        memory.note({0: ChainEnd(3, "a")})
        memory.note({0: ChainEnd(4, "b")})
        assert TrailMemory(trail.key, file).ends == {0: ChainEnd(3, "a")}, "at most once a second"
        now[0] = 1.5
        memory.note({1: ChainEnd(1, "c"), 0: ChainEnd(2, "x")})
        assert TrailMemory(trail.key, file).ends == {0: ChainEnd(4, "b"), 1: ChainEnd(1, "c")}
        file.write_text(file.read_text().replace('"b"', '"y"'))
        assert TrailMemory(trail.key, file).ends == {0: ChainEnd(4, ""), 1: ChainEnd(1, "")}
        file.write_text("nonsense")
        assert TrailMemory(trail.key, file).ends == {}
        assert await db.read(lambda connection: connection.scalar(text("SELECT count(*) FROM audit"))) == 1
