"""A launch that answers at once: the page first, then the patient, and the rest behind the open page."""

import asyncio
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from clinicpro_images.sessions.record_check import FILING_WAITS_SECONDS
from databases import on_both
from image_files import make_jpeg
from running import FOREARM, TESTING, BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

TWO_RECORDS = "3732d4df6aae858b088e337ff0ee9027"
SOMEBODY_ELSE = "f37b2c52227a69f7ecb3024f2a592efc"
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def parameters(sandbox: Sandbox, patient: str = TESTING, **options: object) -> dict[str, str]:
    query = httpx2.URL(sandbox.launch_url(patient, **options)).params
    return {"context": query["context"], "signature": query["signature"]}


async def pressed(client: httpx2.AsyncClient, launch: dict[str, str], **more: object) -> httpx2.Response:
    return await client.post("/launch", json={**launch, **more})


async def session(client: httpx2.AsyncClient) -> dict[str, Any]:
    reply = await client.get("/api/session")
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def checked(client: httpx2.AsyncClient, seconds: float = 10.0) -> dict[str, Any]:
    async with asyncio.timeout(seconds):
        while True:
            found = await session(client)
            if found["recordCheck"] != "pending":
                return found
            await asyncio.sleep(0.02)


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def slow(sandbox: Sandbox, seconds: float, **more: object) -> None:
    fault = {"kind": "latency", "seconds": seconds, **more}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})


async def opened_page(browser: BrowserSession, launch: dict[str, str]) -> httpx2.Response:
    """What the browser gets at the address that the icon opens."""
    return await browser.client.get("/launch", params=launch, headers=NAVIGATION)


def decoded(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [call for call in sandbox.calls() if call["resource"] == "launch"]


async def test_a_browser_gets_the_page_while_medtech_is_still_asked(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "hang", "resource": "launch"}]})
    page = await opened_page(browser, parameters(sandbox))
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert "Opening" in page.text
    assert {call["resource"] for call in sandbox.calls()} <= {"token", "launch"}


async def test_a_launch_is_decoded_once_and_from_the_moment_the_page_is_asked_for(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    slow(sandbox, 1.0, resource="launch")
    launch = parameters(sandbox)
    await opened_page(browser, launch)
    assert (await pressed(browser.client, launch)).status_code == 200
    assert len(decoded(sandbox)) == 1
    assert (await session(browser.client))["patient"]["nhi"] == "ZZZ0016"


async def test_a_page_that_only_looked_uses_no_launch_up_and_opens_nothing(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    launch = parameters(sandbox)
    await opened_page(browser, launch)
    assert (await browser.client.get("/api/session")).status_code == 401
    assert (await pressed(browser.other_browser(), launch)).status_code == 200
    await opened_page(browser, launch)
    used = await pressed(browser.client, launch)
    assert (used.status_code, used.json()["type"].rpartition("/")[2]) == (410, "launch-used")


async def test_what_went_wrong_ahead_is_said_to_the_page_and_tried_again_by_its_button(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    launch = parameters(sandbox)
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "503", "resource": "launch"}]})
    await opened_page(browser, launch)
    assert (await pressed(browser.client, launch)).status_code == 503
    sandbox.call("DELETE", "/sandbox/faults")
    assert (await pressed(browser.client, launch)).status_code == 200
    forged = launch | {"signature": "Zm9yZ2Vk"}
    await opened_page(browser, forged)
    assert (await pressed(browser.client, forged)).status_code == 403


@on_both
async def test_the_page_starts_the_session_with_what_it_was_opened_with(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    launched = await pressed(browser.client, parameters(sandbox))
    assert launched.status_code == 200
    assert launched.json() == {"ticket": None}
    assert "HttpOnly" in launched.headers["set-cookie"]
    found = await checked(browser.client)
    assert found["patient"]["nhi"] == "ZZZ0016"
    assert (found["recordCheck"], found["otherRecords"]) == ("only", 0)
    assert found["provider"]["name"] == "Dr Alex Api"
    again = await pressed(browser.other_browser(), parameters(sandbox) | {"signature": "Zm9yZ2Vk"})
    assert again.status_code == 403


async def test_practitioner_and_location_come_with_the_patient_and_the_search_after_the_page(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    slow(sandbox, 1.0)
    assert (await pressed(browser.client, parameters(sandbox))).status_code == 200
    found = await session(browser.client)
    assert found["patient"]["nhi"] == "ZZZ0016"
    assert found["recordCheck"] == "pending"
    assert (await browser.add(make_jpeg(width=300, height=200, seed=1)))["state"] == "staged"
    assert (await checked(browser.client))["recordCheck"] == "only"
    began = {(call["resource"], call["path"].count("/")): moment(call["at"]) for call in sandbox.calls()}
    read, searched = began["Patient", 3], began["Patient", 2]
    for resource in ("Practitioner", "Location"):
        assert abs(began[resource, 2] - read) < 1.0
    assert read - began["launch", 6] >= 1.0
    assert searched - read >= 1.0


async def test_names_that_come_late_are_completed_behind_the_page(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    slow(sandbox, 1.0, resource="Practitioner")
    assert (await pressed(browser.client, parameters(sandbox))).status_code == 200
    assert (await session(browser.client))["provider"]["name"] == ""
    async with asyncio.timeout(10):
        while True:
            if (await session(browser.client))["provider"]["name"] == "Dr Alex Api":
                return
            await asyncio.sleep(0.05)


@on_both
async def test_a_second_record_with_the_nhi_is_news_and_filing_goes_on(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    assert (await pressed(browser.client, parameters(sandbox, TWO_RECORDS))).status_code == 200
    found = await checked(browser.client)
    assert found["patient"]["id"] == TWO_RECORDS
    assert (found["recordCheck"], found["otherRecords"]) == ("several", 1)
    added = await browser.add(make_jpeg(width=300, height=200, seed=1))
    await browser.describe(added["id"], bodySite=FOREARM)
    commit = await browser.file(added["id"])
    assert commit["images"][0]["state"] == "committed"
    [document] = sandbox.resources()
    assert document["resource"]["subject"]["reference"].endswith(TWO_RECORDS)


async def test_filing_waits_for_the_search_three_seconds_at_most(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_ALEX_READ_TIMEOUT": "30"}) as browser:
        # The first read by id gets through; the search by NHI, the second call for a Patient, hangs.
        sandbox.call(
            "PUT", "/sandbox/faults", {"faults": [{"kind": "hang", "resource": "Patient", "skip": 1}]}
        )
        assert (await pressed(browser.client, parameters(sandbox))).status_code == 200
        added = await browser.add(make_jpeg(width=300, height=200, seed=1))
        await browser.describe(added["id"], bodySite=FOREARM)
        began = time.monotonic()
        reply = await browser.client.post(
            "/api/commits", json={"imageIds": [added["id"]]}, headers={"Idempotency-Key": "k"}
        )
        assert reply.status_code == 202
        assert time.monotonic() - began > FILING_WAITS_SECONDS - 0.5
        # The search still hangs, for as long as ALEX may take: nobody waited for it.
        assert (await session(browser.client))["recordCheck"] == "pending"
        assert FILING_WAITS_SECONDS == 3.0


async def test_medtech_that_hangs_is_said_within_the_deadline_and_the_launch_stays_usable(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(
        sandbox, tmp_path, {"CLINICPRO_ALEX_READ_TIMEOUT": "30"}, launch_deadline=1.0
    ) as browser:
        sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "hang", "resource": "Patient"}]})
        launch = parameters(sandbox)
        began = time.monotonic()
        reply = await pressed(browser.client, launch)
        # Which a single call may take.
        assert time.monotonic() - began < 30.0
        assert reply.status_code == 504
        assert reply.json()["title"] == "Medtech is not answering"
        assert "photo" not in reply.json()["detail"].casefold()
        assert "set-cookie" not in reply.headers
        sandbox.call("DELETE", "/sandbox/faults")
        assert (await pressed(browser.client, launch)).status_code == 200


@pytest.mark.parametrize("kind", ["503", "500", "429", "504", "close"])
async def test_a_fault_at_launch_says_nothing_of_photos_that_do_not_exist(
    browser: BrowserSession, sandbox: Sandbox, kind: str
) -> None:
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": kind, "resource": "Patient"}]})
    reply = await pressed(browser.client, parameters(sandbox))
    assert reply.status_code >= 500
    assert "photo" not in reply.json()["detail"].casefold()


async def test_a_second_press_joins_the_first_while_it_runs(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    slow(sandbox, 1.0, resource="Patient")
    launches = parameters(sandbox), parameters(sandbox)
    first = asyncio.create_task(pressed(browser.client, launches[0]))
    await sandbox.called("Patient")
    second = await pressed(browser.client, launches[1])
    replies = [await first, second]
    assert [reply.status_code for reply in replies] == [200, 200]
    assert len({reply.headers["set-cookie"] for reply in replies}) == 1
    reads = [call for call in sandbox.calls() if call["resource"] == "Patient"]
    assert len(reads) <= 2
    for launch in launches:
        assert (await pressed(browser.client, launch)).status_code == 410


async def test_a_second_press_for_somebody_else_or_after_the_first_is_a_launch_of_its_own(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    slow(sandbox, 0.2)
    replies = await asyncio.gather(
        pressed(browser.client, parameters(sandbox)),
        pressed(browser.other_browser(), parameters(sandbox, SOMEBODY_ELSE)),
    )
    assert len({reply.headers["set-cookie"] for reply in replies}) == 2
    third = await pressed(browser.client, parameters(sandbox))
    assert third.headers["set-cookie"] not in {reply.headers["set-cookie"] for reply in replies}


async def test_the_same_launch_twice_at_once_opens_one_session_in_one_browser_only(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    slow(sandbox, 0.3)
    launch = parameters(sandbox)
    replies = await asyncio.gather(
        pressed(browser.client, launch),
        pressed(browser.client, launch),
        browser.other_browser().post("/launch", json=launch, headers={"User-Agent": "another browser"}),
    )
    opened = [reply for reply in replies if reply.status_code == 200]
    assert len({reply.headers["set-cookie"] for reply in opened}) == 1
    assert {reply.status_code for reply in replies} == {200, 410}


async def test_a_frame_gets_a_ticket_for_a_tab_in_case_its_cookie_is_refused(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    ticket = (await pressed(browser.other_browser(), parameters(sandbox), framed=True)).json()["ticket"]
    tab = await browser.client.post("/tab", data={"ticket": ticket})
    assert tab.status_code == 303
    assert (await session(browser.client))["patient"]["nhi"] == "ZZZ0016"
    assert (await browser.client.post("/tab", data={"ticket": ticket})).status_code == 410
