"""Strands on PostgreSQL: sessions don't wait for each other, and none can vanish, move or be put back unnoticed."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from clinicpro_images.audit.chain_heads import ChainHeads
from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.audit.verify import all_rows, verify
from integration.audit.trails import AROHA, found, opened, tamper, write
from postgres import Cluster

pytestmark = pytest.mark.anyio


async def test_sessions_on_postgresql_do_not_wait_for_each_other(cluster: Cluster, tmp_path: Path) -> None:
    async with opened({"CLINICPRO_DATABASE_URL": cluster.new_database()}, tmp_path) as (db, trail):
        async with db.write() as first:
            await trail.append(first, [Entry("image.viewed", AROHA)], 1.0)
            # Its shard is locked until it ends; somebody else's is not.
            async with asyncio.timeout(20), db.write() as second:
                await trail.append(second, [Entry("image.viewed", Actor(session_id="t" * 32))], 2.0)
        assert (await verify(db, trail.key)).findings == ()
        assert [row["session_id"] async for row in all_rows(db)][:2] == [AROHA.session_id, "t" * 32]


async def test_a_strand_that_vanished_with_its_end_is_found_and_not_begun_anew(
    cluster: Cluster, tmp_path: Path
) -> None:
    environ = {"CLINICPRO_DATABASE_URL": cluster.new_database()}
    async with opened(environ, tmp_path) as (db, trail):
        await write(db, trail, *"ab")
        (shard,) = {row["shard"] async for row in all_rows(db) if row["session_id"]}
        await tamper(
            db,
            f"DELETE FROM audit WHERE shard = {shard}",  # noqa: S608 - the test's own
            f"DELETE FROM audit_head WHERE shard = {shard}",  # noqa: S608
        )
    async with opened(environ, tmp_path) as (db, trail):
        (finding,) = (await verify(db, trail.key)).findings
        assert (finding.shard, finding.row) == (shard, f"{shard}/0")
        assert "where the trail ends is gone" in finding.sentence
        # Nor does it help to take all of them away, and the row that says that they were begun.
        await tamper(db, "DELETE FROM audit WHERE shard > 0", "DELETE FROM audit_head WHERE shard > 0")
    async with opened(environ, tmp_path) as (db, trail):
        assert await found(db, trail) == [(2, "begins shards that were begun before")]
        await tamper(db, "DELETE FROM audit WHERE shard = 0 AND seq = 2")
        assert (2, "is missing") in await found(db, trail)


async def test_a_row_moved_to_another_strand_is_found(cluster: Cluster, tmp_path: Path) -> None:
    async with opened({"CLINICPRO_DATABASE_URL": cluster.new_database()}, tmp_path) as (db, trail):
        await write(db, trail, "a")
        (shard,) = {row["shard"] async for row in all_rows(db) if row["session_id"]}
        other = shard % 32 + 1
        await tamper(db, f"UPDATE audit SET shard = {other} WHERE shard = {shard}")  # noqa: S608
        verdict = await verify(db, trail.key)
        assert {(finding.row, finding.sentence) for finding in verdict.findings} == {
            (f"{shard}/1", "is missing"),
            (f"{other}/1", "was changed after it was written"),
            (f"{other}/1", "is the last row, and the trail was recorded to end elsewhere"),
        }


async def test_ends_of_all_strands_noted_elsewhere_find_a_database_put_back(
    cluster: Cluster, tmp_path: Path
) -> None:
    async with opened({"CLINICPRO_DATABASE_URL": cluster.new_database()}, tmp_path) as (db, trail):
        await write(db, trail, *"ab")
        async with db.read() as connection:
            ends = (await connection.execute(text("SELECT shard, seq, mac, code FROM audit_head"))).all()
        await write(db, trail, "c")
        noted = ChainHeads.read(str((await verify(db, trail.key)).ends))
        assert await found(db, trail, anchor=noted) == []
        await tamper(
            db,
            "DELETE FROM audit WHERE shard > 0 AND seq = 3",
            *(f"UPDATE audit_head SET seq = {end.seq}, mac = '{end.mac}', code = '{end.code}' WHERE shard = {end.shard}"  # noqa: S608
              for end in ends),
        )  # fmt: skip
        assert await found(db, trail) == []
        assert await found(db, trail, anchor=noted) == [(3, "is missing")]
        await write(db, trail, "d")
        assert await found(db, trail, anchor=noted) == [
            (1, "or the row noted as the end of another shard is not what it was")
        ]
        # An end that was noted before there were shards speaks of shard 0.
        async with db.read() as connection:
            old = await connection.scalar(text("SELECT mac FROM audit WHERE shard = 0 AND seq = 1"))
        assert await found(db, trail, anchor=ChainHeads.read(f"1:{old}")) == []
        assert await found(db, trail, anchor=ChainHeads.read(f"1:{'0' * 64}")) == [
            (1, "is not the row that was noted as the end")
        ]
