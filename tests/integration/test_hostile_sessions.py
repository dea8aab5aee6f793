"""While one session takes what it can, another practice's clinician is served: `scripts/bench hostile` measures it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from clinicpro_images.db.tables import images
from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.worker.pool import open_workers
from hostile import HOSTILE_PATIENT, noticed_during
from image_files import make_jpeg
from load.stage import running_stage
from running import BrowserSession, Sandbox, running
from slow_pdfs import slow_pdf

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("trial", ["slow uploads", "2,000 streams", "refused tickets"])
async def test_another_clinician_is_never_refused(trial: str, tmp_path: Path) -> None:
    async with running_stage(tmp_path, gateways=1, postgres=False, store=False, environ={}) as stage:
        noticed = await noticed_during(stage, trial, seconds=2.0)
    assert noticed.refused == []
    assert {len(times) > 0 for times in noticed.times.values()} == {True}
    assert noticed.megabytes < 500


async def test_what_one_session_files_holds_up_nobody_elses_filing(sandbox: Sandbox, tmp_path: Path) -> None:
    """What an earlier version stored is made to fit when it is filed."""
    async with open_workers(2) as workers, running(sandbox, tmp_path, workers=workers) as browser:
        await workers.warm()
        await browser.launch(HOSTILE_PATIENT)
        other = replace(browser, client=browser.other_browser())
        await other.launch()
        endless = slow_pdf(60, kilobytes=6500)
        documents = [await _stored_before(browser, slow_pdf(fills), endless) for fills in (1, 2)]
        filing = asyncio.create_task(browser.file(*documents))
        while workers.busy + workers.waiting < len(documents):  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)
        large = clean(make_jpeg(width=2600, height=1950)).content
        filed = await other.file(await _stored_before(other, make_jpeg(), large), key="key-2")
        assert [each["state"] for each in filed["images"]] == ["committed"]
        assert (workers.busy, workers.waiting) == (1, 1), "the second document waits for the first"
        filing.cancel()
        await asyncio.gather(filing, return_exceptions=True)


async def _stored_before(browser: BrowserSession, content: bytes, stored: bytes) -> str:
    """Add a described image whose stored content is another, without what is made from it; returns its id."""
    kind = "application/pdf" if content.startswith(b"%PDF") else "image/jpeg"
    image_id: str = (await browser.add(content, kind))["id"]
    await browser.gateway.blobs.remove(image_id)
    key = await browser.gateway.blobs.write(image_id, stored)
    its_row = update(images).where(images.c.id == image_id).values(content_key=key)
    await browser.gateway.database.write(lambda work: work.connection.execute(its_row))
    await browser.describe(image_id)
    return image_id


async def test_a_sessions_first_endless_files_hold_up_only_each_other(
    sandbox: Sandbox, tmp_path: Path, photo: bytes
) -> None:
    async with open_workers(2) as workers, running(sandbox, tmp_path, workers=workers) as browser:
        await workers.warm()
        await browser.launch(HOSTILE_PATIENT)
        uploads = [
            asyncio.create_task(browser.client.post("/api/images", content=slow_pdf(fills), timeout=120))
            for fills in (60, 61)
        ]
        while workers.busy + workers.waiting < len(uploads):  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)
        other = browser.other_browser()
        await other.get(f"/launch?{sandbox.launch_url().partition('?')[2]}")
        for number in range(3):
            added = await other.post("/api/images", content=photo + bytes([number]))
            assert added.status_code == 201
        assert [upload.done() for upload in uploads] == [False, False]
        for upload in uploads:
            upload.cancel()
        await asyncio.gather(*uploads, return_exceptions=True)
