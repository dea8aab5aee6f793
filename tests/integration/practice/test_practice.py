"""The practice's page: who may see it, what it shows of a fault, what it never shows, and what it ends."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from clinicpro_images.app.gateway import Gateway
from clinicpro_images.audit.entry import Entry
from clinicpro_images.practice.service import FRESH_SECONDS, PracticeService
from clinicpro_images.practice.store import DayReading, PracticeStore
from clinicpro_images.practice_time import AUCKLAND
from databases import on_both
from image_files import make_jpeg
from integration.sign_in.steps import environ, trail
from oidc import FakeProvider, running_provider
from phones import new_qr, scan
from running import TESTING, BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

HTML = {"Accept": "text/html"}
WITHIN = 10.0
# What is known of the patient, and what the clinician wrote, in every form in which it could appear.
PERSONAL = ("ZZZ0016", "TESTING", "UNRELATED", "1965", TESTING, "Mole 7", "saw a lump", "forearm", "holiday")
THEIR_PATIENT, THEIR_GP = "2c546162ac33f848d48d786c7469b56c", "0792a88d4ec877e7cce317fa52d6bc0d"


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with running_provider() as provider:
        yield provider


def operator(browser: BrowserSession) -> httpx2.AsyncClient:
    client = browser.other_browser()
    client.headers["Authorization"] = f"Bearer {browser.gateway.settings.admin_token}"
    return client


async def summary(client: httpx2.AsyncClient) -> dict[str, Any]:
    reply = await client.get("/api/practice/summary")
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def until(client: httpx2.AsyncClient, **wanted: int) -> dict[str, Any]:
    """The figures, once they are these."""
    async with asyncio.timeout(WITHIN):
        while True:
            found = await summary(client)
            if all(found[name] == value for name, value in wanted.items()):
                return found
            await asyncio.sleep(0.2)


async def add(browser: BrowserSession, seed: int = 0) -> str:
    image = await browser.add(make_jpeg(width=800, height=600, seed=seed))
    await browser.describe(
        image["id"],
        bodySite={"code": "14975008"},
        label="Mole 7",
        notes="saw a lump on holiday",
    )
    return str(image["id"])


async def edited(browser: BrowserSession, image_id: str, seed: int) -> str:
    """An edited copy of this image, described as it is."""
    reply = await browser.client.post(
        f"/api/images/{image_id}/edits",
        content=make_jpeg(width=400, height=300, seed=seed),
        headers={"Content-Type": "image/jpeg"},
    )
    assert reply.status_code == 201, reply.text
    copy: dict[str, Any] = reply.json()
    return str(copy["id"])


def fault(sandbox: Sandbox, **plan: object) -> None:
    plan = {"method": "POST", "resource": "DocumentReference", **plan}
    sandbox.call("PUT", "/sandbox/faults", {"seed": 1, "faults": [plan]})


@on_both
async def test_what_is_unfiled_failed_waiting_and_filed_is_shown_within_ten_seconds(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    manager = operator(browser)
    assert (await summary(manager))["unfiledCount"] == 0
    await browser.launch()
    staged, refused, lost, filed = [await add(browser, seed) for seed in range(4)]
    await browser.file(filed, key="filed")
    fault(sandbox, kind="403", times=1)
    await browser.file(refused, key="refused")
    sandbox.call("PUT", "/sandbox/settings", {"documentReferenceSearch": []})
    try:
        fault(sandbox, kind="close", afterWrite=True, times=1)
        await browser.file(lost, key="lost")
    finally:
        sandbox.call(
            "PUT", "/sandbox/settings", {"documentReferenceSearch": ["patient.identifier+type", "_id"]}
        )
    found = await until(manager, unfiledCount=3, failedCount=1, unverifiedCount=1, filedToday=1)
    by_state = {each["state"]: each for each in found["unfiled"]}
    assert by_state["failed"]["reason"]
    assert by_state["staged"]["provider"] == "Dr Alex Api"
    assert found["providers"] == {"Dr Alex Api": 1}
    assert 0 < found["days"][-1]["medianSeconds"] < 60
    assert staged

    # The same, as pages and files; none of them says whose photos these are.
    page = (await manager.get("/practice", headers=HTML)).text
    assert by_state["failed"]["reason"] in page
    exports = [(await manager.get(f"/api/practice/{name}.csv")) for name in ("days", "filed", "unfiled")]
    for text in (page, str(found), *(each.text for each in exports)):
        for personal in PERSONAL:
            assert personal.lower() not in text.lower(), personal
    for image_id in (staged, refused, lost, filed):
        assert image_id not in page
    rows = list(csv.DictReader(io.StringIO(exports[1].text.removeprefix("\ufeff"))))
    assert [row["provider"] for row in rows] == ["Dr Alex Api"]
    metrics = (await manager.get("/metrics")).text
    assert 'clinicpro_unfiled_images{facility="F2N060-E",state="failed"} 1.0' in metrics
    assert 'clinicpro_filed_today{facility="F2N060-E"} 1.0' in metrics


@on_both
async def test_what_a_clinician_would_not_call_unfiled_is_not_shown_so(browser: BrowserSession) -> None:
    """An original of which the edited copy of an edited copy is filed, and a photo that a phone holds."""
    manager = operator(browser)
    await browser.launch()
    original = await add(browser)
    first = await edited(browser, original, seed=1)
    second = await edited(browser, first, seed=2)
    await until(manager, unfiledCount=3)
    await browser.file(second)
    found = await until(manager, unfiledCount=0, filedToday=1)
    assert (found["unfiled"], [each["unfiled"] for each in found["sessions"]]) == ([], [0])
    phone = await scan(browser.other_browser(), await new_qr(browser.client))
    held = await phone.post("/api/images?held=true", content=make_jpeg(seed=3))
    assert held.json()["state"] == "held"
    await add(browser, seed=4)
    found = await until(manager, unfiledCount=1)
    assert [(each["state"], each["count"]) for each in found["unfiled"]] == [("staged", 1)]
    assert [each["unfiled"] for each in found["sessions"]] == [1]


async def test_waiting_photos_are_shown_with_the_reason(browser: BrowserSession, sandbox: Sandbox) -> None:
    await browser.launch()
    image_id = await add(browser)
    fault(sandbox, kind="503")
    body, headers = {"imageIds": [image_id]}, {"Idempotency-Key": "one"}
    assert (await browser.client.post("/api/commits", json=body, headers=headers)).status_code == 202
    found = await until(operator(browser), waitingCount=1)
    assert found["unfiled"][0]["count"] == 1
    sandbox.call("DELETE", "/sandbox/faults")
    await until(operator(browser), waitingCount=0, filedToday=1)


async def test_a_session_and_a_phone_are_ended_from_the_page(browser: BrowserSession) -> None:
    manager = operator(browser)
    await browser.launch()
    phone = await scan(browser.other_browser(), await new_qr(browser.client))
    [session] = (await summary(manager))["sessions"]
    assert session["phone"] is True
    page = (await manager.get("/practice", headers=HTML)).text
    ends = re.findall(r'action="(/practice/sessions/[^"]+)"', page)
    assert len(ends) == 2

    ended = await manager.post(next(each for each in ends if "end-phone" in each))
    assert (ended.status_code, ended.headers["location"]) == (303, "/practice")
    assert (await phone.get("/api/phone")).status_code == 401
    assert (await browser.client.get("/api/session")).status_code == 200
    assert (await manager.delete(f"/api/practice/sessions/{session['id']}")).status_code == 204
    assert (await browser.client.get("/api/session")).status_code == 401
    assert (await summary(manager))["sessions"] == []
    assert (await manager.delete(f"/api/practice/sessions/{session['id']}")).status_code == 404
    actions = [row["action"] for row in await trail(browser)]
    assert {"practice.phone-ended", "practice.session-ended", "session.ended"} <= set(actions)


async def test_without_a_token_or_from_another_site_nothing_is_shown_or_ended(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    [session] = (await summary(operator(browser)))["sessions"]
    stranger = browser.other_browser()
    wrong = browser.other_browser()
    wrong.headers["Authorization"] = "Bearer an invented token that is wrong"
    for client in (stranger, wrong, browser.client):
        for path in ("/practice", "/api/practice/summary", "/api/practice/days.csv"):
            assert (await client.get(path)).status_code == 401
        assert (await client.delete(f"/api/practice/sessions/{session['id']}")).status_code == 401
    elsewhere = operator(browser)
    elsewhere.headers["Origin"] = "https://evil.example.nz"
    assert (await elsewhere.post(f"/practice/sessions/{session['id']}/end")).status_code == 403
    assert (await browser.client.get("/api/session")).status_code == 200


def service_of(gateway: Gateway, timer: Callable[[], float]) -> PracticeService:
    """A service that has read nothing yet."""
    return PracticeService(
        database=gateway.database,
        store=PracticeStore(gateway.keyring, gateway.trail.key),
        sessions=gateway.session_store,
        handoffs=gateway.handoffs,
        clock=gateway.clock,
        timer=timer,
    )


async def test_a_day_that_is_read_bit_by_bit_has_what_one_reading_has(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """A photo that is in one of two targets isn't filed; once it is in both, it is, with the later time."""

    async def counted(service: PracticeService) -> list[Any]:
        return [(each.at, each.provider, each.seconds) for each in (await service.figures(None)).today.photos]

    async with running(sandbox, tmp_path, {"CLINICPRO_COMMIT_TARGET": "both"}) as browser:
        gateway, time = browser.gateway, 0.0

        service = service_of(gateway, lambda: time)
        await browser.launch()
        first, second = await add(browser, 1), await add(browser, 2)
        await browser.file(first, key="first")
        assert len(await counted(service)) == 1
        fault(sandbox, kind="403", times=1, resource="Media")
        commit = await browser.file(second, key="second")
        assert commit["images"][0]["state"] == "partly"
        time += FRESH_SECONDS
        assert len(await counted(service)) == 1
        await browser.client.post(f"/api/commits/{commit['id']}/retry")
        await browser.settled(commit["id"])
        time += FRESH_SECONDS
        assert len(await counted(service)) == 2
        assert await counted(service) == await counted(service_of(gateway, lambda: time))
        # The newest row is of an hour that is yet to come, because the clock was ahead: what follows it is older.
        store, now = PracticeStore(gateway.keyring, gateway.trail.key), gateway.clock()
        today = datetime.fromtimestamp(now, UTC).astimezone(AUCKLAND).date()
        reading = DayReading(today, until=now + 3600.0)
        day = await gateway.database.read(store.day, None, reading, now)
        assert len(day.photos) == 2


async def test_what_was_filed_before_the_upgrade_from_the_first_version_counts(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    gateway = browser.gateway
    row = Entry("filing.landed", subject="a" * 32, about={"kind": "document-reference"})  # type: ignore[arg-type]
    await gateway.database.write(lambda work: work.audit(row))
    assert (await until(operator(browser), filedToday=1))["unfiledCount"] == 0


async def test_pages_that_are_open_share_one_reading(browser: BrowserSession) -> None:
    gateway, time = browser.gateway, 0.0
    service = service_of(gateway, lambda: time)
    first, *others = await asyncio.gather(*(service.figures(None) for _ in range(10)))
    assert all(each is first for each in others)
    time = FRESH_SECONDS
    assert await service.figures(None) is not first


# --- signed in ----------------------------------------------------------------------------------


@asynccontextmanager
async def practice(
    sandbox: Sandbox, folder: Path, provider: FakeProvider, person: dict[str, Any]
) -> AsyncIterator[BrowserSession]:
    """A gateway whose practice's page is for a group, and a browser that just signed in as this person."""
    provider.person = person
    settings = environ(provider, CLINICPRO_PRACTICE_CLAIM="groups=practice")
    async with running(sandbox, folder, settings) as browser:
        browser.client.headers.update(HTML)
        yield browser


async def sign_in_for_the_page(browser: BrowserSession) -> httpx2.Response:
    sent = await browser.client.get("/practice")
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in/practice")
    begun = await browser.client.get("/sign-in/practice")
    async with httpx2.AsyncClient() as at_provider:
        answer = await at_provider.get(begun.headers["location"])
    return await browser.client.get(answer.headers["location"])


async def test_a_manager_signs_in_and_sees_the_practice_but_can_not_open_a_patient(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    manager = {"sub": "user_manager", "name": "Mere Manager", "groups": ["practice"]}
    async with practice(sandbox, tmp_path, provider, manager) as browser:
        back = await sign_in_for_the_page(browser)
        assert (back.status_code, back.headers["location"]) == (303, "/practice")
        page = await browser.client.get("/practice")
        assert page.status_code == 200
        assert "Mere Manager" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert (await browser.client.get("/sign-in/patient")).status_code == 303
        found = await browser.client.post("/sign-in/patient", data={"nhi": "ZZZ0016", "provider": ""})
        assert found.status_code == 403
        # Another practice isn't hers to see.
        assert (await browser.client.get("/api/practice/summary?facility=F99669-C")).status_code == 404
        assert (await browser.client.get("/api/practice/summary")).json()["facilityId"] == "F2N060-E"
        await browser.client.get("/api/practice/filed.csv")
        exported = [row for row in await trail(browser) if row["action"] == "practice.exported"]
        assert [row["account"] for row in exported] == ["user_manager"]


async def test_a_clinician_without_the_role_is_refused_and_keeps_what_they_may_do(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    async with practice(sandbox, tmp_path, provider, {"sub": "user_gp1", "name": "Alex Api"}) as browser:
        refused = await sign_in_for_the_page(browser)
        assert refused.status_code == 403
        assert "may not see the practice" in refused.text
        begun = await browser.client.get("/sign-in")
        async with httpx2.AsyncClient() as at_provider:
            answer = await at_provider.get(begun.headers["location"])
        assert (await browser.client.get(answer.headers["location"])).headers[
            "location"
        ] == "/sign-in/patient"
        assert (await browser.client.get("/practice")).status_code == 403
        assert (await browser.client.get("/sign-in/patient")).status_code == 200


async def test_an_account_with_both_roles_may_do_both(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    both = {"sub": "user_gp1", "name": "Alex Api", "groups": ["practice"]}
    async with practice(sandbox, tmp_path, provider, both) as browser:
        await sign_in_for_the_page(browser)
        assert (await browser.client.get("/practice")).status_code == 200
        assert (await browser.client.get("/sign-in/patient")).status_code == 200


async def test_a_session_of_another_practice_is_out_of_reach(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    manager = {"sub": "user_manager", "name": "Mere Manager", "groups": ["practice"]}
    async with practice(sandbox, tmp_path, provider, manager) as browser:
        clinician = BrowserSession(browser.gateway, browser.other_browser(), browser.origin, sandbox)
        launched = await clinician.launch(facility="F99669-C", patient=THEIR_PATIENT, provider=THEIR_GP)
        assert launched.status_code == 303, launched.text
        [session] = (await summary(operator(browser)))["sessions"]
        await sign_in_for_the_page(browser)
        assert (await browser.client.get("/api/practice/summary")).json()["sessions"] == []
        ended = await browser.client.delete(f"/api/practice/sessions/{session['id']}")
        assert ended.status_code == 404
        assert (await clinician.client.get("/api/session")).status_code == 200
