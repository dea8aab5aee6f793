"""While Medtech doesn't answer: why, the next try and until when; a try now; and the tray of the next patient's page."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from clinicpro_images.commits.jobs.retry import RetryPolicy
from databases import on_both
from image_files import make_jpeg
from running import FOREARM, BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

SOMEBODY_ELSE = "f37b2c52227a69f7ecb3024f2a592efc"
PATIENT_WORDS = ("UNRELATED", "STRING", "TESTING", "1965-08-07")
SLOW = RetryPolicy(first_wait=600.0, longest_wait=600.0, ceiling=1200.0, reconcile_after=60.0)
FAULTS = {
    "503": "practice-offline",
    "500": "alex-failed",
    "429": "alex-throttled",
    "close": "alex-connection-lost",
}


async def commit(browser: BrowserSession, *seeds: int, key: str = "k") -> dict[str, Any]:
    ids = []
    for seed in seeds:
        added = await browser.add(make_jpeg(width=400, height=300, seed=seed))
        await browser.describe(added["id"], bodySite=FOREARM)
        ids.append(added["id"])
    reply = await browser.client.post(
        "/api/commits", json={"imageIds": ids}, headers={"Idempotency-Key": key}
    )
    assert reply.status_code == 202, reply.text
    started: dict[str, Any] = reply.json()
    return started


async def once(read: Any, wanted: Any, seconds: float = 20.0) -> Any:
    async with asyncio.timeout(seconds):
        while True:
            found = await read()
            if wanted(found):
                return found
            await asyncio.sleep(0.02)


async def tray(browser: BrowserSession) -> list[dict[str, Any]]:
    reply = await browser.client.get("/api/tray")
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["items"]
    return found


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def fault(sandbox: Sandbox, kind: str, **more: object) -> None:
    one = {"kind": kind, "method": "POST", "resource": "DocumentReference", **more}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [one]})


@pytest.mark.parametrize("kind", sorted(FAULTS))
async def test_after_the_first_failed_attempt_the_commit_says_why_what_next_and_until_when(
    sandbox: Sandbox, tmp_path: Path, kind: str
) -> None:
    fault(sandbox, kind)
    async with running(sandbox, tmp_path, policy=SLOW, jitter=lambda: 0.5) as browser:
        await browser.launch()
        started = await commit(browser, 1)
        path = f"/api/commits/{started['id']}"

        async def image() -> dict[str, Any]:
            found: dict[str, Any] = (await browser.client.get(path)).json()["images"][0]
            return found

        shown = await once(image, lambda each: each["error"] is not None)
        assert shown["error"]["type"] == FAULTS[kind]
        assert (shown["state"], shown["attempts"]) == ("queued", 1)
        assert moment(shown["nextAttemptAt"]) > moment(started["createdAt"])
        assert moment(shown["givesUpAt"]) - moment(started["createdAt"]) == pytest.approx(1200, abs=1)

        await browser.launch(SOMEBODY_ELSE)
        [item] = await tray(browser)
        assert (item["commitId"], item["state"], item["count"]) == (started["id"], "waiting", 1)
        assert item["patient"] == {"initials": "UT", "nhi": "ZZZ0016"}
        assert item["reason"] == shown["error"]["title"]
        assert item["nextAttemptAt"] == shown["nextAttemptAt"]
        assert item["givesUpAt"] == shown["givesUpAt"]
        assert not any(word.casefold() in str(item).casefold() for word in PATIENT_WORDS)


@on_both
async def test_try_now_sends_what_waits_without_waiting(
    sandbox: Sandbox, tmp_path: Path, database: dict[str, str]
) -> None:
    fault(sandbox, "503")
    async with running(sandbox, tmp_path, database, policy=SLOW, jitter=lambda: 0.5) as browser:
        await browser.launch()
        started = await commit(browser, 1, 2, 3, 4)
        path = f"/api/commits/{started['id']}"

        async def failures() -> list[Any]:
            images = (await browser.client.get(path)).json()["images"]
            return [each["error"] for each in images]

        # Three failures pause the practice, and the fourth photo shares their reason although it was never sent.
        await once(failures, all)
        early = await browser.client.post(f"{path}/retry")
        assert early.status_code == 202
        sandbox.call("DELETE", "/sandbox/faults")
        async with asyncio.timeout(20):
            while any(
                each["state"] != "committed" for each in (await browser.client.get(path)).json()["images"]
            ):
                assert (await browser.client.post(f"{path}/retry")).status_code in {202, 409}
                # Once the first photo has proven that a search can see, the others wait until it would show them too.
                await asyncio.sleep(1)
        assert len(sandbox.resources()) == 4
        assert (await browser.client.post(f"{path}/retry")).status_code == 409


@on_both
async def test_the_tray_says_what_became_of_each_commit_and_nothing_of_this_session(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    fault(sandbox, "403", times=1)
    refused = await commit(browser, 1)
    await browser.settled(refused["id"])
    filed = await commit(browser, 2, 3, key="two")
    await browser.settled(filed["id"])
    await browser.add(make_jpeg(width=400, height=300, seed=4))
    assert await tray(browser) == []

    await browser.launch(SOMEBODY_ELSE)
    own = await commit(browser, 5)
    await browser.settled(own["id"])
    items = await tray(browser)
    assert [(item["state"], item["count"], item["commitId"]) for item in items] == [
        ("refused", 1, refused["id"]),
        ("unfiled", 1, None),
        ("filed", 2, filed["id"]),
    ]
    assert items[0]["reason"] == "Medtech does not permit this"
    assert {item["patient"]["nhi"] for item in items} == {"ZZZ0016"}
    assert not any(item["samePatient"] for item in items)
    assert len({item["id"] for item in items}) == 3


async def test_a_photo_that_one_of_two_inboxes_has_is_partly_filed_in_the_tray(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_COMMIT_TARGET": "both"}) as browser:
        await browser.launch()
        fault(sandbox, "403", times=1, resource="Media")
        await browser.settled((await commit(browser, 1))["id"])
        await browser.launch(SOMEBODY_ELSE)
        assert [(item["state"], item["count"]) for item in await tray(browser)] == [("partly", 1)]


async def test_an_original_whose_copy_was_filed_is_not_unfiled(browser: BrowserSession) -> None:
    await browser.launch()
    original = await browser.add(make_jpeg(width=400, height=300, seed=1))
    edited = await browser.client.post(
        f"/api/images/{original['id']}/edits",
        content=make_jpeg(width=400, height=300, seed=2),
        headers={"Content-Type": "image/jpeg"},
    )
    assert edited.status_code == 201, edited.text
    again = await browser.client.post(
        f"/api/images/{edited.json()['id']}/edits",
        content=make_jpeg(width=400, height=300, seed=3),
        headers={"Content-Type": "image/jpeg"},
    )
    copy = again.json()["id"]
    await browser.describe(copy)
    await browser.file(copy)
    await browser.launch(SOMEBODY_ELSE)
    assert [item["state"] for item in await tray(browser)] == ["filed"]


async def test_another_providers_tray_is_another_one(browser: BrowserSession) -> None:
    await browser.launch(provider="7def01802be7cbe97d4301a421f111f5")
    await browser.file((await commit(browser, 1))["images"][0]["imageId"], key="other")
    await browser.launch(SOMEBODY_ELSE)
    assert await tray(browser) == []
