"""Shards on PostgreSQL: sessions don't wait for each other, and no shard can be deleted, moved or restored undetected."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from clinicpro_images.audit.chain_heads import ChainHeads
from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.audit.verify import verify
from clinicpro_images.db.unit_of_work import UnitOfWork
from integration.audit.trails import AROHA, append, found, opened, read_rows, tamper, write
from postgres import Cluster

pytestmark = pytest.mark.anyio


async def test_sessions_on_postgresql_do_not_wait_for_each_other(cluster: Cluster, tmp_path: Path) -> None:
    async with opened({"CLINICPRO_DATABASE_URL": cluster.new_database()}, tmp_path) as (db, trail):
        appended, go_on = threading.Event(), threading.Event()

        def slow(work: UnitOfWork) -> None:
            append(work, trail, Entry("image.viewed", AROHA), 1.0)
            appended.set()
            assert go_on.wait(20)

        first = asyncio.create_task(db.write(slow))
        assert await asyncio.to_thread(appended.wait, 20)
        # Its shard is locked until it ends; another session's is not.
        async with asyncio.timeout(10):
            await db.write(append, trail, Entry("image.viewed", Actor(session_id="t" * 32)), 2.0)
        go_on.set()
        await first
        assert (await db.read(verify, trail.key)).findings == ()
        assert [row["session_id"] for row in await read_rows(db)][:2] == [AROHA.session_id, "t" * 32]


async def test_a_deleted_shard_is_found_and_not_started_again(cluster: Cluster, tmp_path: Path) -> None:
    environ = {"CLINICPRO_DATABASE_URL": cluster.new_database()}
    async with opened(environ, tmp_path) as (db, trail):
        await write(db, trail, *"ab")
        (shard,) = {row["shard"] for row in await read_rows(db) if row["session_id"]}
        await tamper(
            db,
            f"DELETE FROM audit WHERE shard = {shard}",  # noqa: S608 - the test's own
            f"DELETE FROM audit_head WHERE shard = {shard}",  # noqa: S608
        )
    async with opened(environ, tmp_path) as (db, trail):
        (finding,) = (await db.read(verify, trail.key)).findings
        assert (finding.shard, finding.row) == (shard, f"{shard}/0")
        assert "where the trail ends is missing" in finding.sentence
        # Nor does it help to delete all of them, and the row that records that they were started.
        await tamper(db, "DELETE FROM audit WHERE shard > 0", "DELETE FROM audit_head WHERE shard > 0")
    async with opened(environ, tmp_path) as (db, trail):
        assert await found(db, trail) == [(2, "creates shards that already existed")]
        await tamper(db, "DELETE FROM audit WHERE shard = 0 AND seq = 2")
        assert (2, "is missing") in await found(db, trail)


async def test_a_row_moved_to_another_shard_is_found(cluster: Cluster, tmp_path: Path) -> None:
    async with opened({"CLINICPRO_DATABASE_URL": cluster.new_database()}, tmp_path) as (db, trail):
        await write(db, trail, "a")
        (shard,) = {row["shard"] for row in await read_rows(db) if row["session_id"]}
        other = shard % 32 + 1
        await tamper(db, f"UPDATE audit SET shard = {other} WHERE shard = {shard}")  # noqa: S608
        verdict = await db.read(verify, trail.key)
        assert {(finding.row, finding.sentence) for finding in verdict.findings} == {
            (f"{shard}/1", "is missing"),
            (f"{other}/1", "was changed after it was written"),
            (f"{other}/1", "is the last row, but the recorded end of the trail is a different row"),
        }


async def test_heads_of_all_shards_kept_elsewhere_reveal_a_restored_older_database(
    cluster: Cluster, tmp_path: Path
) -> None:
    async with opened({"CLINICPRO_DATABASE_URL": cluster.new_database()}, tmp_path) as (db, trail):
        await write(db, trail, *"ab")
        heads = text("SELECT shard, seq, mac, code FROM audit_head")
        earlier = await db.read(lambda connection: connection.execute(heads).all())
        await write(db, trail, "c")
        noted = ChainHeads.read(str((await db.read(verify, trail.key)).heads))
        assert await found(db, trail, anchor=noted) == []
        await tamper(
            db,
            "DELETE FROM audit WHERE shard > 0 AND seq = 3",
            *(f"UPDATE audit_head SET seq = {head.seq}, mac = '{head.mac}', code = '{head.code}' WHERE shard = {head.shard}"  # noqa: S608
              for head in earlier),
        )  # fmt: skip
        assert await found(db, trail) == []
        assert await found(db, trail, anchor=noted) == [(3, "is missing")]
        await write(db, trail, "d")
        assert await found(db, trail, anchor=noted) == [
            (1, "or the anchored end of another shard was changed")
        ]
        # A head noted before there were shards is that of shard 0.
        first = text("SELECT mac FROM audit WHERE shard = 0 AND seq = 1")
        old = await db.read(lambda connection: connection.scalar(first))
        assert await found(db, trail, anchor=ChainHeads.read(f"1:{old}")) == []
        assert await found(db, trail, anchor=ChainHeads.read(f"1:{'0' * 64}")) == [
            (1, "is not the row that the anchor names as the end")
        ]
