"""The audit trail is append-only: rows that were changed, deleted, moved or restored are found, and only those."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clinicpro_images.audit.chain import COLUMNS
from clinicpro_images.audit.chain_heads import ChainHeads
from clinicpro_images.audit.entry import Entry
from clinicpro_images.audit.export import decrypted_row
from clinicpro_images.audit.trail import Trail
from clinicpro_images.audit.verify import verify
from clinicpro_images.db.unit_of_work import UnitOfWork
from databases import on_both
from integration.audit.trails import AROHA, append, found, opened, read_rows, rows_of, run, tamper, write
from running import TESTING

pytestmark = pytest.mark.anyio


@on_both
async def test_the_database_itself_refuses_to_change_or_delete_a_row(
    database: dict[str, str], tmp_path: Path
) -> None:
    async with opened(database, tmp_path) as (db, trail):
        await write(db, trail, "a", "b")
        forbidden = ["UPDATE audit SET action = 'x'", "DELETE FROM audit", "DELETE FROM audit_head"]
        if not db.is_sqlite:
            forbidden += ["TRUNCATE audit", "TRUNCATE audit_head"]
        for statement in forbidden:
            with pytest.raises(DBAPIError, match="only grow"):
                await run(db, statement)
        assert await found(db, trail) == []


@on_both
@pytest.mark.parametrize("column", [*COLUMNS[1:], "mac"])
async def test_a_changed_row_is_found(database: dict[str, str], tmp_path: Path, column: str) -> None:
    async with opened(database, tmp_path) as (db, trail):
        await write(db, trail, *"abcde")
        value = {"at": "99.5", "who": "(SELECT who FROM audit WHERE seq = 4)"}.get(column, f"'{'0' * 30}'")
        await tamper(db, f"UPDATE audit SET {column} = {value} WHERE seq = 3")  # noqa: S608 - the test's own
        assert await found(db, trail) == [(3, "was changed after it was written")]


@on_both
async def test_a_missing_row_is_found(database: dict[str, str], tmp_path: Path) -> None:
    async with opened(database, tmp_path) as (db, trail):
        await write(db, trail, *"abcde")
        await tamper(db, "DELETE FROM audit WHERE seq = 3")
        assert await found(db, trail) == [(3, "is missing")]


@on_both
async def test_a_truncated_chain_is_found(database: dict[str, str], tmp_path: Path) -> None:
    async with opened(database, tmp_path) as (db, trail):
        await write(db, trail, *"abcde")
        noted = await db.read(verify, trail.key)
        await tamper(db, "DELETE FROM audit WHERE seq > 3")
        assert await found(db, trail) == [(4, "is missing"), (5, "is missing")]
        # Someone who moves the recorded head as well can't compute its MAC.
        moved = "UPDATE audit_head SET seq = 3, mac = (SELECT mac FROM audit WHERE seq = 3) WHERE seq = 5"
        await tamper(db, moved)
        assert await found(db, trail) == [
            (3, "is the recorded end of the trail, but that record was changed")
        ]
        assert max(noted.heads.lengths) == 5


async def test_a_restored_older_database_is_found_by_heads_kept_elsewhere(tmp_path: Path) -> None:
    async with opened({}, tmp_path) as (db, trail):
        await write(db, trail, *"abc")
        head = text("SELECT seq, mac, code FROM audit_head")
        seq, mac, code = await db.read(lambda connection: connection.execute(head).one())
        await write(db, trail, *"de")
        noted = await db.read(verify, trail.key)
        await tamper(
            db,
            "DELETE FROM audit WHERE seq > 3",
            f"UPDATE audit_head SET seq = {seq}, mac = '{mac}', code = '{code}'",  # noqa: S608 - the test's own
        )
        assert await found(db, trail) == []  # this alone can't reveal it: it is an earlier state
        anchor = ChainHeads.read(str(noted.heads))
        assert await found(db, trail, anchor=anchor) == [(4, "is missing"), (5, "is missing")]
        await write(db, trail, *"fg")
        assert await found(db, trail, anchor=anchor) == [
            (5, "is not the row that the anchor names as the end")
        ]


async def test_swapped_rows_are_found(tmp_path: Path) -> None:
    async with opened({}, tmp_path) as (db, trail):
        await write(db, trail, *"abcd")
        await tamper(
            db,
            "UPDATE audit SET seq = 99 WHERE seq = 2",
            "UPDATE audit SET seq = 2 WHERE seq = 3",
            "UPDATE audit SET seq = 3 WHERE seq = 99",
        )
        assert [seq for seq, _ in await found(db, trail)] == [2, 3]


@on_both
async def test_several_writers_make_one_chain(database: dict[str, str], tmp_path: Path) -> None:
    async with opened(database, tmp_path) as (one, trail), opened(database, tmp_path) as (two, same):
        await asyncio.gather(
            *(write(db, by, *(f"{name}{n}" for n in range(10))) for name, db, by in
              (("a", one, trail), ("b", two, same), ("c", one, trail), ("d", two, same)))
        )  # fmt: skip
        verdict = await two.read(verify, same.key)
        assert verdict.findings == ()
        assert (await rows_of(two, AROHA.session_id)) == list(range(1, 41))


@on_both
async def test_verification_succeeds_while_rows_are_appended(
    database: dict[str, str], tmp_path: Path
) -> None:
    async with opened(database, tmp_path) as (one, trail), opened(database, tmp_path) as (two, same):
        writing = asyncio.create_task(write(one, trail, *map(str, range(60))))
        while not writing.done():
            assert await found(two, same) == []
        await writing
        assert await rows_of(two, AROHA.session_id) == list(range(1, 61))


def break_off(work: UnitOfWork, trail: Trail) -> None:
    append(work, trail, Entry("image.removed"))
    raise ZeroDivisionError


async def test_an_action_that_is_rolled_back_is_not_recorded(tmp_path: Path) -> None:
    async with opened({}, tmp_path) as (db, trail):
        with contextlib.suppress(ZeroDivisionError):
            await db.write(break_off, trail)
        assert (await db.read(verify, trail.key)).rows == 0


async def test_the_actor_is_readable_only_with_the_key_and_the_patient_never(tmp_path: Path) -> None:
    async with opened({}, tmp_path) as (db, trail):
        await write(db, trail, "a", "b")
        await db.erase_deleted()
        raw = (tmp_path / "trail.db").read_bytes()
        for identifying in (AROHA.provider_name, AROHA.provider_id, TESTING):
            assert identifying.encode() not in raw
        first, second = [decrypted_row(row, trail.key) for row in await read_rows(db)]
        assert (first["provider"], first["providerId"]) == (AROHA.provider_name, AROHA.provider_id)
        assert first["patient"] == second["patient"] != ""


@on_both
async def test_a_trail_of_several_pages_is_read_and_verified_to_its_end(
    database: dict[str, str], tmp_path: Path
) -> None:
    async with opened(database, tmp_path) as (db, trail):
        entries = [Entry("image.viewed", AROHA, str(number)) for number in range(1200)]
        await db.write(lambda work: trail.append(work.connection, entries, 1.5))
        viewed = [row["subject"] for row in await read_rows(db) if row["action"] == "image.viewed"]
        assert viewed == [entry.subject for entry in entries]
        assert await found(db, trail) == []
