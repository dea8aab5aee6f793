"""A photo whose content the store has lost or damaged, and that is added again: it is whole before anyone is told so."""

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from image_files import make_jpeg
from log_lines import logged
from phones import phone_of
from running import PATIENCE, BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

KIND = {"Content-Type": "image/jpeg"}


@pytest.mark.parametrize("how", ["lost", "damaged", "both at once"])
async def test_the_same_photo_added_again_takes_the_place_of_what_the_store_has_lost(
    sandbox: Sandbox, tmp_path: Path, how: str
) -> None:
    photo = make_jpeg(seed=1)
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        image_id = (await browser.add(photo))["id"]
        await browser.describe(image_id)
        stored = tmp_path / "pictures" / image_id
        if how == "damaged":
            stored.write_bytes(b"not what was written")
        else:
            stored.unlink()
        replies = await asyncio.gather(
            *(
                browser.client.post("/api/images", content=photo, headers=KIND)
                for _ in range(2 if how == "both at once" else 1)
            )
        )
        assert {(reply.status_code, reply.json()["id"]) for reply in replies} == {(200, image_id)}
        assert (await browser.client.get(f"/api/images/{image_id}/content?size=full")).status_code == 200
        commit = await browser.file(image_id)
        assert [each["state"] for each in commit["images"]] == ["committed"]
        [filed] = [each for each in sandbox.resources() if each["resourceType"] == "DocumentReference"]
        assert Image.open(io.BytesIO(sandbox.content(filed))).size == (640, 480)


@pytest.mark.parametrize("how", ["missing", "damaged"])
async def test_the_log_names_the_file_to_put_back(sandbox: Sandbox, tmp_path: Path, how: str) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        image_id = (await browser.add(make_jpeg(seed=1)))["id"]
        stored = tmp_path / "pictures" / image_id
        if how == "damaged":
            stored.write_bytes(b"not what was written")
        else:
            stored.unlink()
        with logged("storage.") as lines:
            shown = await browser.client.get(f"/api/images/{image_id}/content")
    assert shown.status_code == 410
    assert [(line["event"], line["file"]) for line in lines] == [(f"storage.{how}", image_id)]


async def test_a_held_photo_that_the_store_has_lost_is_asked_for_again_before_the_phone_forgets_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    photo = make_jpeg(seed=1)
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        phone = await phone_of(browser)
        held = (await phone.post("/api/images?held=true", content=photo)).json()
        (tmp_path / "pictures" / held["id"]).unlink()
        assert (await phone.post(f"/api/images/{held['id']}/release")).status_code == 404
        sent = await phone.post("/api/images", content=photo)
        assert sent.json()["id"] == held["id"]
        shown = await browser.client.get(f"/api/images/{held['id']}/content?size=full")
        assert shown.status_code == 200


async def test_a_photo_that_the_store_loses_while_it_waits_for_medtech_is_filed_once_it_is_added_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    photo = make_jpeg(seed=1)
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        image_id = (await browser.add(photo))["id"]
        await browser.describe(image_id)
        fault = {
            "kind": "429",
            "retryAfter": 3,
            "times": 1,
            "method": "POST",
            "resource": "DocumentReference",
        }
        sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
        headers = {"Idempotency-Key": "key"}
        reply = await browser.client.post("/api/commits", json={"imageIds": [image_id]}, headers=headers)
        await refused(browser, reply.json()["id"])
        (tmp_path / "pictures" / image_id).unlink()
        again = await browser.client.post("/api/images", content=photo, headers=KIND)
        assert (again.status_code, again.json()["id"]) == (200, image_id)
        [image] = (await browser.settled(reply.json()["id"]))["images"]
        assert image["state"] == "committed", image["error"]
        assert len(sandbox.resources()) == 1


async def refused(browser: BrowserSession, commit_id: str) -> None:
    """Wait until Medtech has refused its image once."""
    async with asyncio.timeout(PATIENCE):
        while True:
            commit = (await browser.client.get(f"/api/commits/{commit_id}")).json()
            if commit["images"][0]["error"] is not None:
                return
            await asyncio.sleep(0.02)
