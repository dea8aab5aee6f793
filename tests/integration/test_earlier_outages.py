"""ALEX hangs, trickles or answers 64 MB where earlier photos are read: everything else goes on, in bounded memory."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from bench.process import forget_peak, peak_megabytes
from clinicpro_images.imaging.worker.pool import ImageWorkers
from ill_scans import ILLNESSES, IllScans
from image_files import make_jpeg
from phones import new_qr, scan
from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

LIST_MB = 90
PHOTO_MB = 250
"""What the process may grow by: the body's bound, and its copies while it is decoded. Reading whole took up to 1,700."""


@pytest.fixture
def front(sandbox: Sandbox) -> IllScans:
    return IllScans(sandbox)


@pytest.fixture
async def browser(
    front: IllScans, tmp_path: Path, decoders: ImageWorkers, request: pytest.FixtureRequest
) -> AsyncIterator[BrowserSession]:
    # What hangs fails by the second, what trickles by their sum; what is large arrives in less, on a busy machine too.
    trickles = "trickles" in request.node.name
    patience = {
        "CLINICPRO_ALEX_CONNECT_TIMEOUT": "2" if trickles else "10",
        "CLINICPRO_ALEX_READ_TIMEOUT": "2",
    }
    async with (
        front.serving() as seen,
        running(seen, tmp_path, patience, workers=decoders) as browser,
    ):
        browser.sandbox = front.sandbox  # a call to it must not wait for this loop, which serves the front
        yield browser


async def one_listed(browser: BrowserSession, seed: int = 1) -> str:
    """File a photo, launch again, and return the photo's id in the list."""
    await browser.launch()
    added = await browser.add(make_jpeg(width=600, height=400, seed=seed))
    await browser.describe(added["id"])
    commit = await browser.file(added["id"], key=f"first-{seed}")
    assert commit["images"][0]["state"] == "committed"
    await browser.launch()
    [image] = (await browser.client.get("/api/earlier-images")).json()["images"]
    listed: str = image["id"]
    return listed


async def the_rest_works(browser: BrowserSession) -> None:
    """In another browser: launch, upload, describe, scan with a phone, and list the photos."""
    other = BrowserSession(browser.gateway, browser.other_browser(), browser.origin, browser.sandbox)
    assert (await other.launch()).status_code == 303
    added = await other.add(make_jpeg(width=500, height=400, seed=2))
    await other.describe(added["id"])
    phone = await scan(browser.other_browser(), await new_qr(other.client))
    assert (await phone.get("/api/images")).status_code == 200
    assert (await other.client.get("/api/capabilities")).status_code == 200
    # Also in the session that is waiting.
    assert (await browser.client.get("/api/session")).status_code == 200
    mine = await browser.add(make_jpeg(width=500, height=400, seed=3))
    await browser.describe(mine["id"])


def lowest() -> float:
    """Forget what the memory's peak was, and return what it is from now on."""
    gc.collect()
    forget_peak(os.getpid())
    return peak_megabytes(os.getpid())


def problem(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["type"].rpartition("/")[2]


@pytest.mark.parametrize("illness", ILLNESSES)
async def test_a_search_that_is_ill_is_told_truly_and_holds_up_nothing(
    browser: BrowserSession, front: IllScans, illness: str
) -> None:
    front.search = illness
    assert (await browser.launch()).status_code == 303
    before = lowest()
    asking = asyncio.create_task(browser.client.get("/api/earlier-images"))
    await front.reached.wait()
    await the_rest_works(browser)
    reply = await asking
    grown = peak_megabytes(os.getpid()) - before
    if illness in {"hangs", "trickles"}:
        assert problem(reply) == (503, "earlier-photos-late")
        assert "did not return the earlier photos in time" in reply.json()["detail"]
    else:
        assert problem(reply) == (502, "earlier-photos-unclear")
        assert "could not be read, so none is shown" in reply.json()["detail"]
    assert grown < LIST_MB
    # Once ALEX is well, the next press shows them.
    front.search = ""
    front.well.set()
    assert (await browser.client.get("/api/earlier-images")).status_code == 200


@pytest.mark.parametrize("illness", ILLNESSES)
async def test_a_photo_that_is_ill_is_told_truly_and_holds_up_nothing(
    browser: BrowserSession, front: IllScans, illness: str
) -> None:
    listed = await one_listed(browser)
    front.binary = illness
    path = f"/api/earlier-images/{listed}/content"
    before = lowest()
    # As a page does that shows many.
    asking = [
        asyncio.create_task(browser.client.get(f"{path}?size={size}")) for size in ("thumb", "view", "full")
    ]
    await front.reached.wait()
    await the_rest_works(browser)
    replies = await asyncio.gather(*asking)
    grown = peak_megabytes(os.getpid()) - before
    for reply in replies:
        if illness in {"hangs", "trickles"}:
            assert problem(reply) == (503, "earlier-photos-late")
        else:
            assert problem(reply) == (422, "earlier-photo-unreadable")
    assert grown < PHOTO_MB
    front.binary = ""
    front.well.set()
    assert (await browser.client.get(f"{path}?size=thumb")).status_code == 200
