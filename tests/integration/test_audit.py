"""The audit trail: complete, only growing, one chain whoever writes, and every touch is found."""

import asyncio
import contextlib
import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clinicpro_images.audit.chain import COLUMNS
from clinicpro_images.audit.ends import Ends
from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.audit.export import audit_event, csv_line, readable
from clinicpro_images.audit.open import open_trail
from clinicpro_images.audit.trail import Trail
from clinicpro_images.audit.verify import all_rows, verify
from clinicpro_images.db.engine import Database, open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.sealing import Keyring
from databases import on_both
from phones import new_qr, scan
from postgres import Cluster
from running import TESTING, Desk, Sandbox, running

pytestmark = pytest.mark.anyio

KEYRING = Keyring("invented key for tests only")
AROHA = Actor("F2N060-E", "9bf0", "Dr Aroha Ngata", TESTING, "s" * 32)


@asynccontextmanager
async def opened(environ: Mapping[str, str], folder: Path) -> AsyncIterator[tuple[Database, Trail]]:
    """A database with a trail; twice is two processes."""
    database = open_database(
        environ.get("CLINICPRO_DATABASE_URL", f"sqlite+aiosqlite:///{folder / 'trail.db'}")
    )
    try:
        await migrate(database)
        yield database, await open_trail(database, KEYRING)
    finally:
        await database.close()


async def write(database: Database, trail: Trail, *subjects: str) -> None:
    for subject in subjects:
        async with database.write() as connection:
            await trail.append(
                connection, [Entry("picture.viewed", AROHA, subject, about={"size": "full"})], 1.5
            )


async def found(database: Database, trail: Trail, **more: Any) -> list[tuple[int, str]]:
    verdict = await verify(database, trail.key, **more)
    return [(finding.seq, finding.sentence) for finding in verdict.findings]


async def rows_of(database: Database, session_id: str) -> list[int]:
    """The numbers of a session's rows."""
    return [row["seq"] async for row in all_rows(database) if row["session_id"] == session_id]


async def tamper(database: Database, *statements: str) -> None:
    """As somebody who owns the database and lifts its guards first."""
    async with database.write() as connection:
        if database.is_sqlite:
            for trigger in ("audit_no_update", "audit_no_delete", "audit_head_no_delete"):
                await connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
        else:
            for table in ("audit", "audit_head"):
                await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for statement in statements:
            await connection.execute(text(statement))


# --- the chain ----------------------------------------------------------------------------------


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
                async with db.write() as connection:
                    await connection.execute(text(statement))
        assert await found(db, trail) == []


@on_both
@pytest.mark.parametrize("column", [*COLUMNS[1:], "mac"])
async def test_the_one_row_that_was_changed_is_found(
    database: dict[str, str], tmp_path: Path, column: str
) -> None:
    async with opened(database, tmp_path) as (db, trail):
        await write(db, trail, *"abcde")
        value = {"at": "99.5", "who": "(SELECT who FROM audit WHERE seq = 4)"}.get(column, f"'{'0' * 30}'")
        await tamper(db, f"UPDATE audit SET {column} = {value} WHERE seq = 3")  # noqa: S608 - the test's own
        assert await found(db, trail) == [(3, "was changed after it was written")]


@on_both
async def test_the_one_row_that_is_missing_is_found(database: dict[str, str], tmp_path: Path) -> None:
    async with opened(database, tmp_path) as (db, trail):
        await write(db, trail, *"abcde")
        await tamper(db, "DELETE FROM audit WHERE seq = 3")
        assert await found(db, trail) == [(3, "is missing")]


@on_both
async def test_an_end_that_was_cut_off_is_found(database: dict[str, str], tmp_path: Path) -> None:
    async with opened(database, tmp_path) as (db, trail):
        await write(db, trail, *"abcde")
        noted = await verify(db, trail.key)
        await tamper(db, "DELETE FROM audit WHERE seq > 3")
        assert await found(db, trail) == [(4, "is missing"), (5, "is missing")]
        # Whoever moves the recorded end as well can't make its code.
        moved = "UPDATE audit_head SET seq = 3, mac = (SELECT mac FROM audit WHERE seq = 3) WHERE seq = 5"
        await tamper(db, moved)
        assert await found(db, trail) == [
            (3, "is named as the end of the trail by a record that was changed")
        ]
        assert max(noted.ends.lengths) == 5


async def test_a_whole_database_put_back_is_found_by_an_end_noted_elsewhere(tmp_path: Path) -> None:
    async with opened({}, tmp_path) as (db, trail):
        await write(db, trail, *"abc")
        async with db.read() as connection:
            seq, mac, code = (await connection.execute(text("SELECT seq, mac, code FROM audit_head"))).one()
        await write(db, trail, *"de")
        noted = await verify(db, trail.key)
        await tamper(
            db,
            "DELETE FROM audit WHERE seq > 3",
            f"UPDATE audit_head SET seq = {seq}, mac = '{mac}', code = '{code}'",  # noqa: S608 - the test's own
        )
        assert await found(db, trail) == []  # this alone can't tell: it is what once was
        anchor = Ends.read(str(noted.ends))
        assert await found(db, trail, anchor=anchor) == [(4, "is missing"), (5, "is missing")]
        await write(db, trail, *"fg")
        assert await found(db, trail, anchor=anchor) == [(5, "is not the row that was noted as the end")]


async def test_rows_that_changed_places_are_found(tmp_path: Path) -> None:
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
        verdict = await verify(two, same.key)
        assert verdict.findings == ()
        assert (await rows_of(two, AROHA.session_id)) == list(range(1, 41))


async def test_sessions_on_postgresql_do_not_wait_for_each_other(cluster: Cluster, tmp_path: Path) -> None:
    async with opened({"CLINICPRO_DATABASE_URL": cluster.new_database()}, tmp_path) as (db, trail):
        async with db.write() as first:
            await trail.append(first, [Entry("picture.viewed", AROHA)], 1.0)
            # Its strand is locked until it ends; somebody else's is not.
            async with asyncio.timeout(20), db.write() as second:
                await trail.append(second, [Entry("picture.viewed", Actor(session_id="t" * 32))], 2.0)
        assert (await verify(db, trail.key)).findings == ()
        assert [row["session_id"] async for row in all_rows(db)][:2] == [AROHA.session_id, "t" * 32]


async def test_a_strand_that_vanished_with_its_end_is_found_and_not_begun_anew(
    cluster: Cluster, tmp_path: Path
) -> None:
    environ = {"CLINICPRO_DATABASE_URL": cluster.new_database()}
    async with opened(environ, tmp_path) as (db, trail):
        await write(db, trail, *"ab")
        (strand,) = {row["strand"] async for row in all_rows(db) if row["session_id"]}
        await tamper(
            db,
            f"DELETE FROM audit WHERE strand = {strand}",  # noqa: S608 - the test's own
            f"DELETE FROM audit_head WHERE strand = {strand}",  # noqa: S608
        )
    async with opened(environ, tmp_path) as (db, trail):
        (finding,) = (await verify(db, trail.key)).findings
        assert (finding.strand, finding.row) == (strand, f"{strand}/0")
        assert "where the trail ends is gone" in finding.sentence
        # Nor does it help to take all of them away, and the row that says that they were begun.
        await tamper(db, "DELETE FROM audit WHERE strand > 0", "DELETE FROM audit_head WHERE strand > 0")
    async with opened(environ, tmp_path) as (db, trail):
        assert await found(db, trail) == [(2, "begins strands that were begun before")]
        await tamper(db, "DELETE FROM audit WHERE strand = 0 AND seq = 2")
        assert (2, "is missing") in await found(db, trail)


async def test_a_row_moved_to_another_strand_is_found(cluster: Cluster, tmp_path: Path) -> None:
    async with opened({"CLINICPRO_DATABASE_URL": cluster.new_database()}, tmp_path) as (db, trail):
        await write(db, trail, "a")
        (strand,) = {row["strand"] async for row in all_rows(db) if row["session_id"]}
        other = strand % 32 + 1
        await tamper(db, f"UPDATE audit SET strand = {other} WHERE strand = {strand}")  # noqa: S608
        verdict = await verify(db, trail.key)
        assert {(finding.row, finding.sentence) for finding in verdict.findings} == {
            (f"{strand}/1", "is missing"),
            (f"{other}/1", "was changed after it was written"),
            (f"{other}/1", "is the last row, and the trail was recorded to end elsewhere"),
        }


async def test_ends_of_all_strands_noted_elsewhere_find_a_database_put_back(
    cluster: Cluster, tmp_path: Path
) -> None:
    async with opened({"CLINICPRO_DATABASE_URL": cluster.new_database()}, tmp_path) as (db, trail):
        await write(db, trail, *"ab")
        async with db.read() as connection:
            ends = (await connection.execute(text("SELECT strand, seq, mac, code FROM audit_head"))).all()
        await write(db, trail, "c")
        noted = Ends.read(str((await verify(db, trail.key)).ends))
        assert await found(db, trail, anchor=noted) == []
        await tamper(
            db,
            "DELETE FROM audit WHERE strand > 0 AND seq = 3",
            *(f"UPDATE audit_head SET seq = {end.seq}, mac = '{end.mac}', code = '{end.code}' WHERE strand = {end.strand}"  # noqa: S608
              for end in ends),
        )  # fmt: skip
        assert await found(db, trail) == []
        assert await found(db, trail, anchor=noted) == [(3, "is missing")]
        await write(db, trail, "d")
        assert await found(db, trail, anchor=noted) == [
            (1, "or the row noted as the end of another strand is not what it was")
        ]
        # An end that was noted before there were strands speaks of strand 0.
        async with db.read() as connection:
            old = await connection.scalar(text("SELECT mac FROM audit WHERE strand = 0 AND seq = 1"))
        assert await found(db, trail, anchor=Ends.read(f"1:{old}")) == []
        assert await found(db, trail, anchor=Ends.read(f"1:{'0' * 64}")) == [
            (1, "is not the row that was noted as the end")
        ]


@on_both
async def test_checking_finds_nothing_wrong_while_rows_are_written(
    database: dict[str, str], tmp_path: Path
) -> None:
    async with opened(database, tmp_path) as (one, trail), opened(database, tmp_path) as (two, same):
        writing = asyncio.create_task(write(one, trail, *map(str, range(60))))
        while not writing.done():
            assert await found(two, same) == []
        await writing
        assert await rows_of(two, AROHA.session_id) == list(range(1, 61))


async def test_what_is_not_done_is_not_recorded(tmp_path: Path) -> None:
    async with opened({}, tmp_path) as (db, trail):
        with contextlib.suppress(ZeroDivisionError):
            async with db.write() as connection:
                await trail.append(connection, [Entry("picture.removed")], 1.0)
                raise ZeroDivisionError
        assert (await verify(db, trail.key)).rows == 0


async def test_who_acted_can_be_read_with_the_key_only_and_the_patient_never(tmp_path: Path) -> None:
    async with opened({}, tmp_path) as (db, trail):
        await write(db, trail, "a", "b")
        async with db.read() as connection:
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        raw = (tmp_path / "trail.db").read_bytes()
        for telling in ("Aroha", "9bf0", TESTING):
            assert telling.encode() not in raw
        first, second = [readable(row, trail.key) async for row in all_rows(db)]
        assert (first["provider"], first["providerId"]) == ("Dr Aroha Ngata", "9bf0")
        assert first["patient"] == second["patient"] != ""


# --- what is in it ------------------------------------------------------------------------------


async def trail_of(desk: Desk) -> list[dict[str, Any]]:
    rows = all_rows(desk.gateway.database)
    entries = [readable(row, desk.gateway.trail.key) async for row in rows]
    # On PostgreSQL the trail begins with it.
    return [entry for entry in entries if entry["action"] != "audit.strands"]


@on_both
async def test_a_picture_from_launch_to_record_is_in_the_trail(desk: Desk, photo: bytes) -> None:
    await desk.launch()
    added = await desk.add(photo)
    await desk.client.get(f"/api/images/{added['id']}/content?size=thumb")
    await desk.client.get(f"/api/images/{added['id']}/content?size=view")
    await desk.describe(
        added["id"],
        bodySite={"code": "14975008"},
        consent={"by": "patient", "scope": "referral"},
        takenAt="2026-01-02T03:04:05Z",
        notes="Do not write this down.",
    )
    filed = await desk.file(added["id"])
    await desk.client.delete("/api/session")

    entries = await trail_of(desk)
    assert [entry["action"] for entry in entries] == [
        "session.started", "picture.added", "picture.viewed", "picture.described", "picture.backdated",
        "picture.consent", "filing.requested", "filing.landed", "session.ended",
    ]  # fmt: skip
    assert len({entry["patient"] for entry in entries}) == 1
    assert {entry["provider"] for entry in entries} == {"Dr Alex Api"}
    assert {entry["facilityId"] for entry in entries} == {"F2N060-E"}
    by_action = {entry["action"]: entry for entry in entries}
    assert by_action["session.started"]["address"] == "127.0.0.1"
    assert by_action["filing.landed"]["documentId"] == filed["images"][0]["documentReferenceId"]
    assert by_action["filing.landed"]["subject"] == added["id"]
    assert by_action["picture.consent"]["about"] == {"from": "patient", "scope": "referral"}
    assert by_action["picture.backdated"]["about"]["to"] == "2026-01-02T03:04:05.000Z"
    assert "notes" in by_action["picture.described"]["about"]["fields"]
    assert "Do not write" not in json.dumps(entries)
    assert (await verify(desk.gateway.database, desk.gateway.trail.key)).findings == ()


async def test_what_was_refused_is_in_the_trail(desk: Desk, photo: bytes) -> None:
    await desk.client.get("/launch?context=forged&signature=forged")
    await desk.client.get("/api/medtech/token-info", headers={"Authorization": "Bearer guessed"})
    await desk.client.get("/api/session")
    await desk.launch()
    await desk.client.post("/api/images", content=photo, headers={"Origin": "http://evil.example"})
    token = {"Authorization": f"Bearer {desk.gateway.settings.admin_token}"}
    await desk.client.get("/api/medtech/token-info", headers=token)

    entries = [
        (each["action"], each["about"].get("problem"))
        for each in await trail_of(desk)
        if each["action"] != "session.started"
    ]
    assert entries == [
        ("launch.refused", "launch-not-recognised"),
        ("access.refused", "admin-refused"),
        ("access.refused", "no-session"),
        ("access.refused", "cross-site-request"),
        ("admin.access", None),
    ]


async def test_a_phone_and_taken_over_leftovers_are_in_the_trail(desk: Desk, photo: bytes) -> None:
    await desk.launch()
    phone = await scan(desk.browser(), await new_qr(desk.client))
    added = await phone.add(photo)
    await desk.browser().post("/api/handoff/claim", json={"token": "0" * 28})
    await desk.client.delete("/api/handoff")
    await desk.client.delete("/api/session")
    await desk.launch()
    await desk.client.post("/api/session/leftovers/resume")

    entries = await trail_of(desk)
    assert [entry["action"] for entry in entries] == [
        "session.started", "phone.connected", "picture.added", "phone.refused", "phone.disconnected",
        "session.ended", "session.started", "leftovers.adopted",
    ]  # fmt: skip
    assert entries[2]["about"] == {"by": "phone"}
    assert entries[3]["about"]["problem"] == "ticket-unknown"
    assert entries[7]["subject"] == added["id"]
    assert entries[7]["about"] == {"from": entries[0]["sessionId"]}
    assert {each["patient"] for each in entries if each["sessionId"]} == {entries[0]["patient"]}


async def test_knocking_without_end_does_not_fill_the_trail(desk: Desk) -> None:
    for _ in range(60):
        await desk.client.get("/api/session")
    assert len(await trail_of(desk)) <= 21


async def test_what_is_destroyed_unfiled_is_in_the_trail_in_its_clinicians_name(
    sandbox: Sandbox, tmp_path: Path, photo: bytes
) -> None:
    async with running(sandbox, tmp_path) as desk:
        await desk.launch()
        added = await desk.add(photo)
        async with desk.gateway.database.write() as connection:
            await connection.exec_driver_sql("UPDATE photos SET uploaded_at = uploaded_at - 100000")
        await desk.gateway.retention.sweep()
        last = (await trail_of(desk))[-1]
        assert (last["action"], last["subject"]) == ("picture.purged", added["id"])
        assert (last["provider"], last["address"]) == ("Dr Alex Api", "")
        assert last["patient"] == (await trail_of(desk))[0]["patient"]


# --- handing it on ------------------------------------------------------------------------------


def command(desk: Desk, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("CLINICPRO_", "MEDTECH_"))
    }
    environ |= {
        "CLINICPRO_SECRET_KEY": desk.gateway.settings.secret_key or "",
        "CLINICPRO_DATA_DIR": str(folder),
    }
    return subprocess.run(
        [sys.executable, "-m", "clinicpro_images", "audit", *arguments],
        env=environ, capture_output=True, text=True, timeout=60, check=False, cwd=folder,
    )  # fmt: skip


async def test_the_command_prints_and_checks_while_the_gateway_runs(
    sandbox: Sandbox, tmp_path: Path, photo: bytes
) -> None:
    async with running(sandbox, tmp_path) as desk:
        await desk.launch()
        await desk.add(photo)
        printed = {
            form: await asyncio.to_thread(command, desk, tmp_path, *form.split())
            for form in ("--csv", "--ndjson", "--fhir", "--verify", "--csv --since 2999-01-01")
        }
        assert {each.returncode for each in printed.values()} == {0}, printed
        rows = list(csv.DictReader(io.StringIO(printed["--csv"].stdout)))
        assert [row["action"] for row in rows] == ["session.started", "picture.added"]
        assert rows[0]["provider"] == "Dr Alex Api"
        assert "audit.read" in printed["--ndjson"].stdout
        events = [json.loads(line) for line in printed["--fhir"].stdout.splitlines()]
        assert [AuditEvent.model_validate(event).type.code for event in events][:2] == ["rest", "rest"]
        assert len(printed["--csv --since 2999-01-01"].stdout.splitlines()) == 1
        assert "whole and unchanged" in printed["--verify"].stdout

        await tamper(desk.gateway.database, "UPDATE audit SET action = 'picture.removed' WHERE seq = 2")
        found = await asyncio.to_thread(command, desk, tmp_path, "--verify")
        assert found.returncode == 1
        assert "Row 2 was changed after it was written." in found.stdout


def test_a_cell_that_a_spreadsheet_would_run_is_text() -> None:
    entry: dict[str, Any] = {**dict.fromkeys(readable_fields(), "=1+1"), "about": {}}
    assert "'=1+1" in csv_line(entry)
    assert ",=1" not in csv_line(entry)


def readable_fields() -> list[str]:
    return csv_line(None).split(",")


def test_every_kind_of_row_is_a_valid_audit_event() -> None:
    plain: dict[str, Any] = dict.fromkeys(readable_fields(), "") | {
        "seq": 1,
        "at": "2026-11-24T00:00:00.000Z",
        "about": {},
    }
    full = plain | {
        "provider": "Dr Aroha Ngata", "providerId": "9bf0", "address": "203.0.113.7", "patient": "ab" * 32,
        "documentId": "7", "subject": "c" * 32, "facilityId": "F2N060-E", "about": {"size": "full"},
    }  # fmt: skip
    for entry in (plain, full):
        for action in ("picture.viewed", "access.refused", "admin.access", "filing.landed"):
            AuditEvent.model_validate(audit_event(entry | {"action": action}))
