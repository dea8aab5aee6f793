"""From one chain to strands: a trail that was written before is strand 0, whole, guarded, and goes on."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clinicpro_images.audit.chain import FIRST, AuditKey
from clinicpro_images.audit.chain_heads import ChainHeads
from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.audit.open import open_trail
from clinicpro_images.audit.verify import all_rows, verify
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.crypto.data_keys import data_key
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import alembic_config, migrate
from databases import on_both

pytestmark = pytest.mark.anyio

KEYRING = Keyring("invented key for tests only")
AROHA = Actor("F2N060-E", "9bf0", "Dr Aroha Ngata", "p" * 32, "s" * 32)


async def write_one_chain(database: Database, count: int) -> str:
    """Bring the database to the schema before strands, with a trail as it was written then; returns its last code."""
    async with database.write() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "0004"))
    key = AuditKey(await data_key(database, KEYRING, "audit"))
    previous = FIRST
    async with database.write() as connection:
        for seq in range(1, count + 1):
            row = {
                "seq": seq, "at": 1.5, "action": "image.viewed", "facility_id": "F2N060-E", "session_id": "s" * 32,
                "patient": "", "who": key.encrypt_identity({"provider": "Dr Aroha Ngata"}, 0, seq), "subject": str(seq),
                "document_id": "", "about": "", "correlation_id": "", "previous": previous,
            }  # fmt: skip
            row["mac"] = previous = key.code(row | {"shard": 0})
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            await connection.execute(text(f"INSERT INTO audit ({names}) VALUES ({values})"), row)  # noqa: S608 - the test's own
        end = {"seq": count, "mac": previous, "code": key.head_code(0, count, previous)}
        await connection.execute(text("INSERT INTO audit_head VALUES (1, :seq, :mac, :code)"), end)
    return previous


@on_both
async def test_a_trail_of_one_chain_becomes_strand_0_and_goes_on(
    database: dict[str, str], tmp_path: Path
) -> None:
    db = open_database(database.get("CLINICPRO_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'trail.db'}"))
    try:
        last = await write_one_chain(db, 3)
        await migrate(db)
        trail = await open_trail(db, KEYRING)
        noted = ChainHeads.read(f"3:{last}")
        assert (await verify(db, trail.key, anchor=noted)).findings == ()
        async with db.write() as connection:
            await trail.append(connection, [Entry("image.viewed", AROHA, "4")], 2.0)
        verdict = await verify(db, trail.key, anchor=noted)
        assert verdict.findings == ()
        rows = [row async for row in all_rows(db) if row["action"] == "image.viewed"]
        assert [row["subject"] for row in rows] == ["1", "2", "3", "4"]
        assert [
            trail.key.decrypt_identity(row["who"], row["shard"], row["seq"])["provider"] for row in rows
        ] == ["Dr Aroha Ngata"] * 4
        for statement in ("UPDATE audit SET action = 'x'", "DELETE FROM audit", "DELETE FROM audit_head"):
            with pytest.raises(DBAPIError, match="only grow"):
                async with db.write() as connection:
                    await connection.execute(text(statement))
    finally:
        await db.close()
