"""From one chain to shards: a trail written before there were shards becomes shard 0, complete, guarded, and continues."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clinicpro_images.audit.chain import FIRST, AuditKey
from clinicpro_images.audit.chain_heads import ChainHeads
from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.audit.open import open_trail
from clinicpro_images.audit.verify import verify
from clinicpro_images.crypto.data_keys import load_data_key
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import open_database
from clinicpro_images.db.migrate import alembic_config, migrate
from clinicpro_images.db.unit_of_work import UnitOfWork
from databases import on_both_empty
from integration.audit.trails import append, read_rows, run

pytestmark = pytest.mark.anyio

KEYRING = Keyring("invented key for tests only")
AROHA = Actor("F2N060-E", "9bf0", "Dr Aroha Ngata", "p" * 32, "s" * 32)


def write_one_chain(work: UnitOfWork, count: int) -> str:
    """Upgrade to the schema before shards, with a trail as it was written then; return its last MAC."""
    command.upgrade(alembic_config(work.connection), "0004")
    key = AuditKey(load_data_key(work, KEYRING, "audit"))
    previous = FIRST
    for seq in range(1, count + 1):
        row = {
            "seq": seq, "at": 1.5, "action": "image.viewed", "facility_id": "F2N060-E", "session_id": "s" * 32,
            "patient": "", "who": key.encrypt_identity({"provider": "Dr Aroha Ngata"}, 0, seq), "subject": str(seq),
            "document_id": "", "about": "", "correlation_id": "", "previous": previous,
        }  # fmt: skip
        row["mac"] = previous = key.row_mac(row | {"shard": 0})
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        work.connection.execute(text(f"INSERT INTO audit ({names}) VALUES ({values})"), row)  # noqa: S608 - the test's own
    end = {"seq": count, "mac": previous, "code": key.head_mac(0, count, previous)}
    work.connection.execute(text("INSERT INTO audit_head VALUES (1, :seq, :mac, :code)"), end)
    return previous


@on_both_empty
async def test_a_trail_of_one_chain_becomes_shard_0_and_continues(
    database: dict[str, str], tmp_path: Path
) -> None:
    db = open_database(database.get("CLINICPRO_DATABASE_URL", f"sqlite:///{tmp_path / 'trail.db'}"))
    try:
        last = await db.write(write_one_chain, 3)
        await migrate(db)
        trail = await open_trail(db, KEYRING)
        noted = ChainHeads.read(f"3:{last}")
        assert (await db.read(verify, trail.key, anchor=noted)).findings == ()
        await db.write(append, trail, Entry("image.viewed", AROHA, "4"), 2.0)
        verdict = await db.read(verify, trail.key, anchor=noted)
        assert verdict.findings == ()
        rows = [row for row in await read_rows(db) if row["action"] == "image.viewed"]
        assert [row["subject"] for row in rows] == ["1", "2", "3", "4"]
        assert [
            trail.key.decrypt_identity(row["who"], row["shard"], row["seq"])["provider"] for row in rows
        ] == ["Dr Aroha Ngata"] * 4
        for statement in ("UPDATE audit SET action = 'x'", "DELETE FROM audit", "DELETE FROM audit_head"):
            with pytest.raises(DBAPIError, match="only grow"):
                await run(db, statement)
    finally:
        await db.close()
