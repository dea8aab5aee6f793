"""What the audit trail records: every access to an image, every refusal, and in whose name."""

import json
import re
from pathlib import Path

import pytest

from clinicpro_images.audit.verify import verify
from databases import on_both
from integration.audit.trails import run, trail_of
from phones import new_qr, scan
from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio


@on_both
async def test_an_image_from_launch_to_record_is_in_the_trail(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    added = await browser.add(photo)
    await browser.client.get(f"/api/images/{added['id']}/content?size=thumb")
    await browser.client.get(f"/api/images/{added['id']}/content?size=view")
    await browser.describe(
        added["id"],
        bodySite={"code": "14975008"},
        consent={"by": "patient", "scope": "referral"},
        takenAt="2026-01-02T03:04:05Z",
        notes="Do not write this down.",
    )
    filed = await browser.file(added["id"])
    await browser.client.delete("/api/session")

    entries = await trail_of(browser)
    assert [entry["action"] for entry in entries] == [
        "session.started", "image.added", "image.viewed", "image.described", "image.backdated",
        "image.consent", "commit.requested", "commit.landed", "session.ended",
    ]  # fmt: skip
    assert len({entry["patient"] for entry in entries}) == 1
    assert {entry["provider"] for entry in entries} == {"Dr Alex Api"}
    assert {entry["facilityId"] for entry in entries} == {"F2N060-E"}
    by_action = {entry["action"]: entry for entry in entries}
    assert by_action["session.started"]["address"] == "127.0.0.1"
    assert by_action["commit.landed"]["documentId"] == filed["images"][0]["documentReferenceId"]
    assert by_action["commit.landed"]["subject"] == added["id"]
    assert by_action["image.consent"]["about"] == {"from": "patient", "scope": "referral"}
    assert by_action["image.backdated"]["about"]["to"] == "2026-01-02T03:04:05.000Z"
    assert "notes" in by_action["image.described"]["about"]["fields"]
    assert "Do not write" not in json.dumps(entries)
    assert (await browser.gateway.database.read(verify, browser.gateway.trail.key)).findings == ()


async def test_refusals_are_in_the_trail(browser: BrowserSession, photo: bytes) -> None:
    await browser.client.get("/launch?context=forged&signature=forged")
    await browser.client.get("/api/medtech/token-info", headers={"Authorization": "Bearer guessed"})
    await browser.client.get("/api/session")
    await browser.launch()
    await browser.client.post("/api/images", content=photo, headers={"Origin": "http://evil.example"})
    token = {"Authorization": f"Bearer {browser.gateway.settings.admin_token}"}
    await browser.client.get("/api/medtech/token-info", headers=token)

    entries = [
        (each["action"], each["about"].get("problem"))
        for each in await trail_of(browser)
        if each["action"] != "session.started"
    ]
    assert entries == [
        ("launch.refused", "launch-not-recognised"),
        ("access.refused", "admin-refused"),
        ("access.refused", "no-session"),
        ("access.refused", "cross-site-request"),
        ("admin.access", None),
    ]


async def test_a_phone_and_adopted_unfiled_images_are_in_the_trail(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    phone = await scan(browser.other_browser(), await new_qr(browser.client))
    added = await phone.add(photo)
    await browser.other_browser().post("/api/handoff/claim", json={"token": "0" * 28})
    await browser.client.delete("/api/handoff")
    await browser.client.delete("/api/session")
    await browser.launch()
    await browser.client.post("/api/session/leftovers/resume")

    entries = await trail_of(browser)
    assert [entry["action"] for entry in entries] == [
        "session.started", "phone.connected", "image.added", "phone.refused", "phone.disconnected",
        "session.ended", "session.started", "unfiled.adopted",
    ]  # fmt: skip
    assert entries[2]["about"]["by"] == "phone"
    assert re.fullmatch("[0-9a-f]{64}", entries[2]["about"]["content"])
    assert entries[3]["about"]["problem"] == "ticket-unknown"
    assert entries[7]["subject"] == added["id"]
    assert entries[7]["about"] == {"from": entries[0]["sessionId"]}
    assert {each["patient"] for each in entries if each["sessionId"]} == {entries[0]["patient"]}


async def test_endless_refused_requests_do_not_fill_the_trail(browser: BrowserSession) -> None:
    for _ in range(60):
        await browser.client.get("/api/session")
    assert len(await trail_of(browser)) <= 21


async def test_destroying_an_unfiled_image_is_recorded_in_its_clinicians_name(
    sandbox: Sandbox, tmp_path: Path, photo: bytes
) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        added = await browser.add(photo)
        await run(browser.gateway.database, "UPDATE images SET uploaded_at = uploaded_at - 100000")
        await browser.gateway.retention.purge()
        last = (await trail_of(browser))[-1]
        assert (last["action"], last["subject"]) == ("image.purged", added["id"])
        assert (last["provider"], last["address"]) == ("Dr Alex Api", "")
        assert last["patient"] == (await trail_of(browser))[0]["patient"]
