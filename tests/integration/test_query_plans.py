"""SQLite is as quick in a practice's tenth year as on its first day: every statement goes through an index."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import open_database
from clinicpro_images.images.blob_store.folder import BlobFolder
from clinicpro_images.images.retention import Retention
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.store import SessionStore
from databases import sqlite_url
from image_files import make_jpeg
from null_trail import NullTrail
from phones import new_qr, scan
from running import FOREARM, BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

RECIPIENT = "7def01802be7cbe97d4301a421f111f5"
MESSAGE = {"recipientId": RECIPIENT, "note": "Please have a look"}
_PLANNED = re.compile(r"(SELECT|UPDATE|DELETE|WITH)\b")
# The head of each shard of the audit trail, one row on SQLite; the jobs that are being leased, no more than the limit;
# the schema's revision, one row; and SQLite's name for no table at all.
_NEVER_GROW = {"audit_head", "due", "alembic_version", "CONSTANT"}


class NoRetention(Retention):
    """Never purges: a purge reads whole tables, which hold a day's work, and nobody waits for it."""

    async def run(self) -> None:
        await asyncio.Event().wait()


@pytest.fixture
async def browser(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[BrowserSession]:
    keyring, unused = Keyring("never used"), open_database(sqlite_url(tmp_path / "unused.db"))
    retention = NoRetention(
        database=unused,
        store=ImageStore(keyring),
        sessions=SessionStore(keyring),
        blobs=BlobFolder(tmp_path, keyring),
        trail=NullTrail(),
    )
    async with running(sandbox, tmp_path / "data", retention=retention) as browser:
        yield browser
    await unused.close()


async def visits(browser: BrowserSession, sandbox: Sandbox) -> None:
    """Two launches for one patient, a phone, unfiled photos, a refusal, a retry, a message: what pages request in a day."""
    await browser.launch()
    left = await browser.add(make_jpeg(width=400, height=300, seed=1))
    await browser.describe(left["id"], bodySite=FOREARM)
    other = await browser.add(make_jpeg(width=400, height=300, seed=2))
    assert (await browser.client.delete(f"/api/images/{other['id']}")).status_code == 204
    await browser.client.delete("/api/session")

    await browser.launch()
    assert (await browser.client.get("/api/session")).json()["leftovers"] == []
    assert (await browser.client.get("/api/tray")).status_code == 200
    assert (await browser.client.post("/api/session/leftovers/resume")).status_code == 200
    phone = await scan(browser.other_browser(), await new_qr(browser.client))
    sent = await phone.add(make_jpeg(width=400, height=300, seed=3))
    await browser.describe(sent["id"], bodySite=FOREARM)
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "403", "times": 1, "method": "POST"}]})
    asked = {"imageIds": [left["id"], sent["id"]], "inbox": MESSAGE}
    reply = await browser.client.post("/api/commits", json=asked, headers={"Idempotency-Key": "key-1"})
    commit = await browser.images_settled(reply.json()["id"])
    assert "failed" in {image["state"] for image in commit["images"]}
    assert (await browser.client.post(f"/api/commits/{commit['id']}/retry")).status_code == 202
    assert {image["state"] for image in (await browser.settled(commit["id"]))["images"]} == {"committed"}
    assert len((await browser.client.get("/api/images")).json()["images"]) == 2
    assert (await browser.client.get(f"/api/commits/{commit['id']}/referral")).status_code == 200
    await asyncio.sleep(1)  # leases are renewed, the queue is polled


async def test_nothing_a_clinician_waits_for_reads_a_whole_table(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    executed: dict[str, Any] = {}

    def note(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if _PLANNED.match(statement):
            executed.setdefault(statement, parameters[0] if many else parameters)

    database = browser.gateway.database
    engines = (database.backend.reading, database.backend.writing)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    await visits(browser, sandbox)
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    assert len(executed) > 40, "the visits execute nearly every statement there is"
    plans = [
        (statement, await database.read(scans, statement, parameters))
        for statement, parameters in executed.items()
    ]
    assert [(statement, tables) for statement, tables in plans if tables] == []


def scans(connection: Connection, statement: str, parameters: Any) -> set[str]:
    """The tables that the statement reads whole."""
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    found = (re.match(r"SCAN (\w+)\b(?! VIRTUAL)", step.detail) for step in plan)
    return {scan[1] for scan in found if scan} - _NEVER_GROW
