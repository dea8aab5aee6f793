"""Pictures left unfiled: offered back to their patient, brought over whole, and never moved to anybody else."""

import asyncio
from typing import Any

import pytest

from databases import on_both
from image_files import make_jpeg
from running import FOREARM, BrowserSession, Sandbox
from statements import change

pytestmark = pytest.mark.anyio

SOMEBODY_ELSE = "f37b2c52227a69f7ecb3024f2a592efc"
DAY = 24 * 3600
RECIPIENT = "7def01802be7cbe97d4301a421f111f5"


async def staged(desk: BrowserSession, seed: int = 0) -> str:
    added = await desk.add(make_jpeg(width=400, height=300, seed=seed))
    await desk.describe(added["id"], bodySite=FOREARM, label=f"Mole {seed}")
    return str(added["id"])


async def session(desk: BrowserSession) -> dict[str, Any]:
    found: dict[str, Any] = (await desk.client.get("/api/session")).json()
    return found


async def resumed(desk: BrowserSession) -> list[str]:
    reply = await desk.client.post("/api/session/leftovers/resume")
    assert reply.status_code == 200, reply.text
    return [image["id"] for image in reply.json()["images"]]


async def shown(desk: BrowserSession) -> list[str]:
    return [image["id"] for image in (await desk.client.get("/api/images")).json()["images"]]


@on_both
async def test_the_next_launch_of_the_same_patient_brings_the_leftovers_over_as_they_were(
    desk: BrowserSession,
) -> None:
    await desk.launch()
    left = [await staged(desk, seed) for seed in (1, 2)]
    before = (await desk.client.get(f"/api/images/{left[0]}")).json()
    await desk.client.delete("/api/session")

    await desk.launch()
    assert await shown(desk) == []
    [offered] = (await session(desk))["leftovers"]
    assert (offered["count"], offered["resumable"], offered["samePatient"]) == (2, True, True)

    assert sorted(await resumed(desk)) == sorted(left)
    assert (await session(desk))["leftovers"] == []
    assert (await desk.client.get(f"/api/images/{left[0]}")).json() == before
    thumb = await desk.client.get(f"/api/images/{left[0]}/content?size=thumb")
    assert thumb.status_code == 200
    commit = await desk.file(*left)
    assert [image["state"] for image in commit["images"]] == ["committed", "committed"]
    assert await resumed(desk) == []


@on_both
async def test_another_patients_leftovers_are_named_and_stay_theirs(desk: BrowserSession) -> None:
    await desk.launch()
    left = await staged(desk)
    await desk.launch(SOMEBODY_ELSE)

    [named] = (await session(desk))["leftovers"]
    assert "TESTING" in named["patientName"]
    assert (named["samePatient"], named["resumable"]) == (False, False)
    assert await resumed(desk) == []
    assert await shown(desk) == []
    assert (await desk.client.get(f"/api/images/{left}/content")).status_code == 404

    await desk.launch()
    assert await resumed(desk) == [left]


@on_both
async def test_a_failed_picture_comes_with_its_request_and_can_be_retried_from_the_new_session(
    desk: BrowserSession, sandbox: Sandbox
) -> None:
    await desk.launch()
    ids = [await staged(desk, seed) for seed in (1, 2)]
    fault = {"kind": "403", "times": 1, "method": "POST", "resource": "DocumentReference"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    body = {"imageIds": ids, "inbox": {"recipientId": RECIPIENT, "note": "Please look"}}
    asked = (await desk.client.post("/api/commits", json=body, headers={"Idempotency-Key": "k"})).json()
    commit = await desk.picture_settled(asked["id"])
    [failed] = [image["imageId"] for image in commit["images"] if image["state"] == "failed"]

    await desk.launch()
    assert (await desk.client.get(f"/api/commits/{commit['id']}")).status_code == 404
    assert await resumed(desk) == [failed]
    assert (await desk.client.post(f"/api/commits/{commit['id']}/retry")).status_code == 202
    settled = await desk.settled(commit["id"])
    assert [image["state"] for image in settled["images"]] == ["committed", "committed"]
    assert settled["inbox"]["state"] == "committed"
    types = [each["resourceType"] for each in sandbox.resources()]
    assert sorted(types) == ["Communication", "DocumentReference", "DocumentReference"]


async def test_what_is_being_filed_stays_where_it_is_until_that_is_over(
    desk: BrowserSession, sandbox: Sandbox
) -> None:
    await desk.launch()
    fault = {"kind": "503", "method": "POST", "resource": "DocumentReference"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    waiting, idle = await staged(desk, 1), await staged(desk, 2)
    body = {"imageIds": [waiting]}
    await desk.client.post("/api/commits", json=body, headers={"Idempotency-Key": "k"})

    await desk.launch()
    [offered] = (await session(desk))["leftovers"]
    assert (offered["count"], offered["underWay"]) == (2, 1)
    assert await resumed(desk) == [idle]
    [rest] = (await session(desk))["leftovers"]
    assert (rest["count"], rest["underWay"], rest["resumable"]) == (1, 1, False)
    sandbox.call("DELETE", "/sandbox/faults")
    async with asyncio.timeout(20):
        while True:
            if not (await session(desk))["leftovers"]:
                break
            await asyncio.sleep(0.05)
    assert len(sandbox.resources()) == 1


@on_both
async def test_the_same_picture_added_anew_and_brought_over_stands_there_twice_and_none_is_lost(
    desk: BrowserSession,
) -> None:
    await desk.launch()
    left = await staged(desk)
    await desk.launch()
    anew = await staged(desk)
    assert await resumed(desk) == [left]
    assert sorted(await shown(desk)) == sorted([left, anew])


@on_both
async def test_two_windows_that_resume_at_once_share_the_pictures_without_losing_any(
    desk: BrowserSession,
) -> None:
    await desk.launch()
    left = [await staged(desk, seed) for seed in (1, 2, 3)]
    await desk.launch()
    found = await asyncio.gather(*(resumed(desk) for _ in range(4)))
    assert sorted(image_id for each in found for image_id in each) == sorted(left)
    assert sorted(await shown(desk)) == sorted(left)


async def test_a_colleagues_open_session_keeps_its_pictures(desk: BrowserSession) -> None:
    await desk.launch(provider=RECIPIENT)
    left = await staged(desk)
    nurse = desk.browser()
    nurse.cookies.update(dict(desk.client.cookies))
    await desk.launch()
    [offered] = (await session(desk))["leftovers"]
    assert offered["resumable"] is False
    assert offered["providerName"]
    assert await resumed(desk) == []
    assert (await nurse.delete("/api/session")).status_code == 204
    assert await resumed(desk) == [left]


async def test_a_picture_that_was_brought_over_still_goes_24_hours_after_it_was_taken_in(
    desk: BrowserSession,
) -> None:
    await desk.launch()
    left, young = await staged(desk, 1), await staged(desk, 2)
    await change(
        desk.gateway.database,
        "UPDATE images SET uploaded_at = uploaded_at - :age WHERE id = :id",
        age=DAY + 1,
        id=left,
    )
    await desk.launch()
    assert sorted(await resumed(desk)) == sorted([left, young])
    await desk.gateway.retention.purge()
    assert await shown(desk) == [young]
