"""While one session takes what it can, another practice's clinician is served: `scripts/bench hostile` measures it."""

import asyncio
from pathlib import Path

import pytest

from clinicpro_images.imaging.worker.pool import open_workers
from hostile import HOSTILE_PATIENT, noticed_during
from load.stage import running_stage
from running import Sandbox, running
from slow_pdfs import slow_pdf

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("trial", ["slow uploads", "2,000 streams", "refused tickets"])
async def test_another_clinician_is_never_refused(trial: str, tmp_path: Path) -> None:
    async with running_stage(tmp_path, gateways=1, postgres=False, store=False, environ={}) as stage:
        noticed = await noticed_during(stage, trial, seconds=2.0)
    assert noticed.refused == []
    assert {len(times) > 0 for times in noticed.times.values()} == {True}
    assert noticed.megabytes < 500


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
