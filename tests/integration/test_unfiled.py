"""Unfiled images: there again in the patient's next session, completely, and never in another patient's."""

import asyncio
from typing import Any

import httpx2
import pytest

from databases import on_both
from image_files import make_jpeg
from running import FOREARM, BrowserSession, Sandbox
from statements import change

pytestmark = pytest.mark.anyio

SOMEBODY_ELSE = "f37b2c52227a69f7ecb3024f2a592efc"
DAY = 24 * 3600
RECIPIENT = "7def01802be7cbe97d4301a421f111f5"


async def staged(browser: BrowserSession, seed: int = 0) -> str:
    added = await browser.add(make_jpeg(width=400, height=300, seed=seed))
    await browser.describe(added["id"], bodySite=FOREARM, label=f"Mole {seed}")
    return str(added["id"])


async def session(browser: BrowserSession) -> dict[str, Any]:
    found: dict[str, Any] = (await browser.client.get("/api/session")).json()
    return found


async def resumed(browser: BrowserSession) -> list[str]:
    reply = await browser.client.post("/api/session/leftovers/resume")
    assert reply.status_code == 200, reply.text
    return [image["id"] for image in reply.json()["images"]]


async def shown(browser: BrowserSession) -> list[str]:
    return [image["id"] for image in (await browser.client.get("/api/images")).json()["images"]]


async def left_with_a_colleague(browser: BrowserSession, *seeds: int) -> tuple[httpx2.AsyncClient, list[str]]:
    """A colleague's browser with unfiled photos of the patient, whose own session here is open too."""
    await browser.launch(provider=RECIPIENT)
    left = [await staged(browser, seed) for seed in seeds]
    nurse = browser.other_browser()
    nurse.cookies.update(dict(browser.client.cookies))
    await browser.launch()
    return nurse, left


@on_both
async def test_in_the_next_session_of_the_same_patient_unfiled_images_are_there_again_unchanged(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    left = [await staged(browser, seed) for seed in (1, 2)]
    before = (await browser.client.get(f"/api/images/{left[0]}")).json()
    await browser.client.delete("/api/session")

    await browser.launch()
    assert sorted(await shown(browser)) == sorted(left)
    assert (await session(browser))["leftovers"] == []
    assert (await browser.client.get(f"/api/images/{left[0]}")).json() == before
    thumb = await browser.client.get(f"/api/images/{left[0]}/content?size=thumb")
    assert thumb.status_code == 200
    commit = await browser.file(*left)
    assert [image["state"] for image in commit["images"]] == ["committed", "committed"]
    assert await resumed(browser) == []


@on_both
async def test_another_patients_unfiled_images_are_listed_and_stay_theirs(browser: BrowserSession) -> None:
    await browser.launch()
    left = await staged(browser)
    await browser.launch(SOMEBODY_ELSE)

    [named] = (await session(browser))["leftovers"]
    assert named["patient"]["nhi"] == "ZZZ0016"
    assert "TESTING" not in str(named)
    assert (named["samePatient"], named["resumable"]) == (False, False)
    assert await resumed(browser) == []
    assert await shown(browser) == []
    assert (await browser.client.get(f"/api/images/{left}/content")).status_code == 404

    await browser.launch()
    assert await shown(browser) == [left]


@on_both
async def test_a_failed_image_is_adopted_with_its_commit_and_can_be_retried_from_the_new_session(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    ids = [await staged(browser, seed) for seed in (1, 2)]
    fault = {"kind": "403", "times": 1, "method": "POST", "resource": "DocumentReference"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    body = {"imageIds": ids, "inbox": {"recipientId": RECIPIENT, "note": "Please look"}}
    asked = (await browser.client.post("/api/commits", json=body, headers={"Idempotency-Key": "k"})).json()
    commit = await browser.images_settled(asked["id"])
    [failed] = [image["imageId"] for image in commit["images"] if image["state"] == "failed"]

    await browser.launch()
    assert (await browser.client.get(f"/api/commits/{commit['id']}")).status_code == 200
    assert failed in await shown(browser)
    assert (await browser.client.post(f"/api/commits/{commit['id']}/retry")).status_code == 202
    settled = await browser.settled(commit["id"])
    assert [image["state"] for image in settled["images"]] == ["committed", "committed"]
    assert settled["inbox"]["state"] == "committed"
    types = [each["resourceType"] for each in sandbox.resources()]
    assert sorted(types) == ["Communication", "DocumentReference", "DocumentReference"]


async def test_an_image_is_not_adopted_while_it_is_being_filed(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    fault = {"kind": "503", "method": "POST", "resource": "DocumentReference"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    waiting, idle = await staged(browser, 1), await staged(browser, 2)
    body = {"imageIds": [waiting]}
    await browser.client.post("/api/commits", json=body, headers={"Idempotency-Key": "k"})

    await browser.launch()
    assert await shown(browser) == [idle]
    [rest] = (await session(browser))["leftovers"]
    assert (rest["count"], rest["underWay"], rest["resumable"]) == (1, 1, False)
    sandbox.call("DELETE", "/sandbox/faults")
    async with asyncio.timeout(20):
        while True:
            if not (await session(browser))["leftovers"]:
                break
            await asyncio.sleep(0.05)
    assert len(sandbox.resources()) == 1


@on_both
async def test_an_image_that_was_added_again_before_adoption_is_listed_twice_and_none_is_lost(
    browser: BrowserSession,
) -> None:
    nurse, [left] = await left_with_a_colleague(browser, 0)
    again = await staged(browser)
    assert (await nurse.delete("/api/session")).status_code == 204
    assert await resumed(browser) == [left]
    assert sorted(await shown(browser)) == sorted([left, again])


@on_both
async def test_two_windows_that_adopt_at_once_share_the_images_without_losing_any(
    browser: BrowserSession,
) -> None:
    nurse, left = await left_with_a_colleague(browser, 1, 2, 3)
    assert (await nurse.delete("/api/session")).status_code == 204
    found = await asyncio.gather(*(resumed(browser) for _ in range(4)))
    assert sorted(image_id for each in found for image_id in each) == sorted(left)
    assert sorted(await shown(browser)) == sorted(left)


async def test_a_colleagues_open_session_keeps_its_images(browser: BrowserSession) -> None:
    nurse, [left] = await left_with_a_colleague(browser, 0)
    [offered] = (await session(browser))["leftovers"]
    assert offered["resumable"] is False
    assert offered["providerName"]
    assert await resumed(browser) == []
    assert (await nurse.delete("/api/session")).status_code == 204
    assert await resumed(browser) == [left]


async def test_an_adopted_image_is_still_destroyed_24_hours_after_its_upload(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    left, young = await staged(browser, 1), await staged(browser, 2)
    await change(
        browser.gateway.database,
        "UPDATE images SET uploaded_at = uploaded_at - :age WHERE id = :id",
        age=DAY + 1,
        id=left,
    )
    await browser.launch()
    assert sorted(await shown(browser)) == sorted([left, young])
    await browser.gateway.retention.purge()
    assert await shown(browser) == [young]


async def described_copy(browser: BrowserSession, original: str) -> str:
    """An edited copy of this image, with all that filing needs."""
    edited = await browser.client.post(
        f"/api/images/{original}/edits",
        content=make_jpeg(width=300, height=200, seed=2),
        headers={"Content-Type": "image/jpeg"},
    )
    copy = str(edited.json()["id"])
    await browser.describe(copy)
    return copy


@on_both
async def test_an_original_that_was_left_out_stays_where_it_is_and_counts_nowhere(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    original = await staged(browser, 1)
    copy = await described_copy(browser, original)
    await browser.launch()
    assert sorted(await shown(browser)) == sorted([original, copy])
    await browser.file(copy)

    await browser.launch(SOMEBODY_ELSE)
    assert (await session(browser))["leftovers"] == []
    await browser.launch()
    assert await shown(browser) == []
    assert (await session(browser))["leftovers"] == []


async def test_what_was_not_filed_beside_a_left_out_original_is_offered_alone(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    original = await staged(browser, 1)
    copy = await described_copy(browser, original)
    await browser.file(copy)
    unfiled = await staged(browser, 3)

    await browser.launch(SOMEBODY_ELSE)
    assert [each["count"] for each in (await session(browser))["leftovers"]] == [1]
    await browser.launch()
    assert await shown(browser) == [unfiled]
