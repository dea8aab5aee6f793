"""The original of a small copy takes its place while it is the clinician's, and never once it is being filed or is gone."""

import asyncio
import io
import os
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from clinicpro_images.images.blob_store.names import next_name
from clinicpro_images.imaging.worker.pool import ImageWorkers
from databases import on_both
from image_files import scene
from running import BrowserSession, Sandbox, running
from statements import scalar

pytestmark = pytest.mark.anyio

SMALL, LARGE, LARGEST = (800, 600), (1600, 1200), (2600, 1950)


def pictures(browser: BrowserSession) -> set[str]:
    """The names of the files in the store."""
    return {path.name for path in (browser.gateway.settings.data_dir / "pictures").iterdir()}


def drawn(size: tuple[int, int], kind: str) -> bytes:
    """The same scene in this size, as "JPEG" or "PNG"."""
    file = io.BytesIO()
    scene(*LARGEST, seed=3).resize(size).save(file, kind)
    return file.getvalue()


class HeldDecoders(ImageWorkers):
    """Real decoders that, asked whether two files show the same, answer only once they may."""

    def __init__(self) -> None:
        super().__init__(1)
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def alike(self, one: bytes, other: bytes) -> bool:
        self.asked.set()
        await self.may_answer.wait()
        return await super().alike(one, other)


@pytest.fixture
async def held() -> AsyncIterator[HeldDecoders]:
    decoders = HeldDecoders()
    yield decoders
    await decoders.close()


@pytest.fixture
async def browser(
    sandbox: Sandbox, tmp_path: Path, database: dict[str, str], held: HeldDecoders
) -> AsyncIterator[BrowserSession]:
    """A browser at a gateway that decides about an original only once it may."""
    async with running(sandbox, tmp_path, database, workers=held) as browser:
        yield browser


async def small_copy(browser: BrowserSession) -> str:
    added = await browser.add(drawn(SMALL, "JPEG"))
    await browser.describe(added["id"])
    return str(added["id"])


def sent(browser: BrowserSession, image_id: str, content: bytes) -> "asyncio.Task[httpx2.Response]":
    path = f"/api/images/{image_id}/original"
    return asyncio.create_task(browser.client.post(path, content=content))


@on_both
async def test_what_was_filed_in_the_meantime_keeps_its_content(
    browser: BrowserSession, held: HeldDecoders
) -> None:
    await browser.launch()
    image_id = await small_copy(browser)
    before = await browser.client.get(f"/api/images/{image_id}/content")
    original = sent(browser, image_id, drawn(LARGEST, "PNG"))
    await held.asked.wait()
    commit = await browser.file(image_id)
    assert [each["state"] for each in commit["images"]] == ["committed"]
    held.may_answer.set()
    assert (await original).status_code == 410

    shown = (await browser.client.get(f"/api/images/{image_id}")).json()
    assert (shown["contentType"], shown["width"], shown["height"]) == ("image/jpeg", *SMALL)
    path = f"/api/commits/{commit['id']}/referral"
    one = await browser.client.get(f"{path}/files/{image_id}?limit=5MB")
    assert (one.status_code, one.content) == (200, before.content)
    archive = zipfile.ZipFile(io.BytesIO((await browser.client.get(path)).content))
    assert archive.testzip() is None
    assert pictures(browser) == {image_id}, "of the original nothing is left"


@on_both
async def test_what_is_being_filed_in_the_meantime_is_filed_as_it_was_handed_over(
    browser: BrowserSession, held: HeldDecoders, sandbox: Sandbox
) -> None:
    await browser.launch()
    image_id = await small_copy(browser)
    original = sent(browser, image_id, drawn(LARGEST, "JPEG"))
    await held.asked.wait()
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "503", "method": "POST"}]})
    commit = await browser.client.post(
        "/api/commits", json={"imageIds": [image_id]}, headers={"Idempotency-Key": "k"}
    )
    held.may_answer.set()
    refused = await original
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "picture-locked")
    sandbox.call("DELETE", "/sandbox/faults")
    await browser.client.post(f"/api/commits/{commit.json()['id']}/retry")
    await browser.settled(commit.json()["id"])
    assert (await browser.client.get(f"/api/images/{image_id}")).json()["width"] == SMALL[0]
    one = await browser.client.get(f"/api/commits/{commit.json()['id']}/referral/files/{image_id}?limit=5MB")
    assert Image.open(io.BytesIO(one.content)).size == SMALL
    assert pictures(browser) == {image_id}


async def test_what_was_removed_in_the_meantime_stays_removed(
    browser: BrowserSession, held: HeldDecoders
) -> None:
    await browser.launch()
    image_id = await small_copy(browser)
    original = sent(browser, image_id, drawn(LARGEST, "JPEG"))
    await held.asked.wait()
    assert (await browser.client.delete(f"/api/images/{image_id}")).status_code == 204
    held.may_answer.set()
    assert (await original).status_code == 404
    assert pictures(browser) == set()


async def test_what_moved_to_another_session_in_the_meantime_keeps_its_content(
    browser: BrowserSession, held: HeldDecoders
) -> None:
    await browser.launch()
    image_id = await small_copy(browser)
    original = sent(browser, image_id, drawn(LARGEST, "JPEG"))
    await held.asked.wait()
    await browser.client.delete("/api/session")
    later = browser.other_browser()
    await later.get(f"/launch?{browser.sandbox.launch_url().partition('?')[2]}")
    listed = (await later.get("/api/images")).json()["images"]
    assert [image["id"] for image in listed] == [image_id], "a new session of the patient has it at once"
    held.may_answer.set()
    assert (await original).status_code == 404
    full = await later.get(f"/api/images/{image_id}/content")
    assert Image.open(io.BytesIO(full.content)).size == SMALL
    assert pictures(browser) == {image_id}


@on_both
async def test_of_two_originals_at_once_the_larger_stays(browser: BrowserSession, held: HeldDecoders) -> None:
    await browser.launch()
    image_id = await small_copy(browser)
    originals = [sent(browser, image_id, drawn(size, "PNG")) for size in (LARGE, LARGEST)]
    await held.asked.wait()
    held.may_answer.set()
    assert [(await each).status_code for each in originals] == [200, 200]
    full = await browser.client.get(f"/api/images/{image_id}/content")
    assert Image.open(io.BytesIO(full.content)).size == LARGEST
    assert len(pictures(browser)) == 1


@on_both
async def test_an_original_is_previewed_filed_and_removed_in_place_of_its_copy(
    browser: BrowserSession, held: HeldDecoders
) -> None:
    held.may_answer.set()
    await browser.launch()
    kept, removed = (
        await small_copy(browser),
        str((await browser.add(drawn((640, 480), "PNG"), "image/png"))["id"]),
    )
    for image_id in (kept, removed):
        # Asked for before, so that no figure of the copy may be shown of the original.
        assert (await browser.client.get(f"/api/images/{image_id}/fit")).status_code == 200
        assert (await sent(browser, image_id, drawn(LARGE, "PNG"))).status_code == 200
        fit = (await browser.client.get(f"/api/images/{image_id}/fit")).json()["files"][0]
        assert (fit["width"], fit["height"]) == LARGE
    assert len(pictures(browser)) == 2
    assert (await browser.client.delete(f"/api/images/{removed}")).status_code == 204
    commit = await browser.file(kept)
    path = f"/api/commits/{commit['id']}/referral/files/{kept}?limit=5MB"
    assert Image.open(io.BytesIO((await browser.client.get(path)).content)).size == LARGE
    assert len(pictures(browser)) == 1
    await browser.client.delete("/api/session")
    assert await browser.gateway.retention.end_copies() == 1
    assert pictures(browser) == set()
    assert (
        await scalar(browser.gateway.database, "SELECT count(*) FROM images WHERE copy_key IS NOT NULL") == 0
    )


async def test_what_a_crash_leaves_beside_an_image_is_swept_and_the_image_stays(
    browser: BrowserSession, held: HeldDecoders
) -> None:
    held.may_answer.set()
    await browser.launch()
    image_id = await small_copy(browser)
    assert (await sent(browser, image_id, drawn(LARGE, "JPEG"))).status_code == 200
    [used] = pictures(browser)
    blobs = browser.gateway.blobs
    # Written for a row that was never stored, and what the row named before: the program ended in between.
    await blobs.write(next_name(image_id), b"an original")
    await blobs.write(image_id, b"a small copy")
    folder = browser.gateway.settings.data_dir / "pictures"
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    assert (await browser.gateway.retention.purge()).stray_files == 2
    assert pictures(browser) == {used}
    full = await browser.client.get(f"/api/images/{image_id}/content")
    assert Image.open(io.BytesIO(full.content)).size == LARGE
