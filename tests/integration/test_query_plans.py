"""What SQLite does for a clinician stays as quick in a practice's tenth year as on its first day: it goes through indexes."""

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import event

from phones import new_qr, scan
from photos import photo_jpeg
from running import FOREARM, CommitService, Sandbox

pytestmark = pytest.mark.anyio

RECIPIENT = "7def01802be7cbe97d4301a421f111f5"
MESSAGE = {"recipientId": RECIPIENT, "note": "Please have a look"}
_PLANNED = re.compile(r"(SELECT|UPDATE|DELETE|WITH)\b")
# The end of each shard of the audit trail, which is one row on SQLite; and SQLite's name for no table at all.
_NEVER_GROW = {"audit_head", "CONSTANT"}


async def visits(desk: CommitService, sandbox: Sandbox) -> None:
    """Two launches for one patient, a phone, leftovers, a refusal, a retry, a message: whatever pages ask in a day."""
    await desk.launch()
    left = await desk.add(photo_jpeg(width=400, height=300, seed=1))
    await desk.describe(left["id"], bodySite=FOREARM)
    other = await desk.add(photo_jpeg(width=400, height=300, seed=2))
    assert (await desk.client.delete(f"/api/images/{other['id']}")).status_code == 204
    await desk.client.delete("/api/session")

    await desk.launch()
    assert (await desk.client.get("/api/session")).json()["leftovers"]
    assert (await desk.client.post("/api/session/leftovers/resume")).status_code == 200
    phone = await scan(desk.browser(), await new_qr(desk.client))
    sent = await phone.add(photo_jpeg(width=400, height=300, seed=3))
    await desk.describe(sent["id"], bodySite=FOREARM)
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "403", "times": 1, "method": "POST"}]})
    asked = {"imageIds": [left["id"], sent["id"]], "inbox": MESSAGE}
    reply = await desk.client.post("/api/commits", json=asked, headers={"Idempotency-Key": "key-1"})
    commit = await desk.picture_settled(reply.json()["id"])
    assert "failed" in {image["state"] for image in commit["images"]}
    assert (await desk.client.post(f"/api/commits/{commit['id']}/retry")).status_code == 202
    assert {image["state"] for image in (await desk.settled(commit["id"]))["images"]} == {"committed"}
    assert len((await desk.client.get("/api/images")).json()["images"]) == 2
    await asyncio.sleep(1)  # leases are renewed, the queue is looked at


async def test_nothing_a_clinician_waits_for_reads_a_whole_table(
    desk: CommitService, sandbox: Sandbox
) -> None:
    asked: dict[str, Any] = {}

    def note(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if _PLANNED.match(statement):
            asked.setdefault(statement, parameters[0] if many else parameters)

    engine = desk.gateway.database.engine
    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await visits(desk, sandbox)
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert len(asked) > 40, "the visits ask for nearly everything there is"
    whole: dict[str, list[str]] = {}
    async with engine.connect() as connection:
        for statement, parameters in asked.items():
            plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all()
            scans = [
                found[1] for step in plan if (found := re.match(r"SCAN (\w+)\b(?! VIRTUAL)", step.detail))
            ]
            if grown := set(scans) - _NEVER_GROW:
                whole[statement] = sorted(grown)
    assert whole == {}
