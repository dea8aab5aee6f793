"""A photo that goes to both inboxes, of which one has it and the other doesn't: each is asked about on its own."""

from pathlib import Path

import pytest

from image_files import make_jpeg
from phones import slug
from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio


async def in_doubt(browser: BrowserSession, sandbox: Sandbox) -> str:
    """Leave open at both targets whether a photo arrived: Scan has it, Media doesn't. Return the path to answer at."""
    lost = {"kind": "close", "times": 1, "method": "POST"}
    faults = [
        lost | {"resource": "DocumentReference", "afterWrite": True},
        lost | {"resource": "Media"},
        {"kind": "403", "method": "GET", "resource": "DocumentReference"},
        {"kind": "403", "method": "GET", "resource": "Media"},
    ]
    sandbox.call("PUT", "/sandbox/faults", {"faults": faults})
    await browser.launch()
    image_id = (await browser.add(make_jpeg(seed=1)))["id"]
    await browser.describe(image_id)
    commit = await browser.file(image_id)
    [image] = commit["images"]
    assert (image["state"], image["toCheck"]) == ("unverified", ["scan", "media"])
    return f"/api/commits/{commit['id']}/images/{image_id}/resolve"


async def test_what_one_inbox_has_is_not_sent_again_with_what_the_other_lacks(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_COMMIT_TARGET": "both"}) as browser:
        path = await in_doubt(browser, sandbox)
        there = {"answer": "in-inbox", "target": "scan"}
        reply = await browser.client.post(path, json=there)
        [image] = reply.json()["images"]
        assert (image["state"], image["toCheck"]) == ("unverified", ["media"])
        assert await slug(await browser.client.post(path, json=there)) == (409, "nothing-to-do")
        await browser.client.post(path, json={"answer": "send-again", "target": "media"})
        [image] = (await browser.settled(reply.json()["id"]))["images"]
    assert (image["state"], image["toCheck"]) == ("committed", [])
    assert sorted(each["resourceType"] for each in sandbox.resources()) == ["DocumentReference", "Media"]


async def test_an_answer_without_a_target_is_for_both(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_COMMIT_TARGET": "both"}) as browser:
        path = await in_doubt(browser, sandbox)
        [image] = (await browser.client.post(path, json={"answer": "in-inbox"})).json()["images"]
    assert (image["state"], image["toCheck"]) == ("committed", [])
