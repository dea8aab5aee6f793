"""Backup and restore as documented: the scripts of `deploy/`, run by an operator while the gateway works."""

import asyncio
from pathlib import Path

import pytest

from backups import script
from clinicpro_images.commits.jobs.retry import RetryPolicy
from databases import on_both
from image_files import make_jpeg
from postgres import Cluster
from running import QUICK, Sandbox, running
from statements import change

pytestmark = pytest.mark.anyio

LATER = RetryPolicy(first_wait=300.0, longest_wait=300.0, ceiling=3600.0, reconcile_after=0.5)


@on_both
async def test_a_restored_installation_searches_before_it_resends_what_may_have_landed(
    sandbox: Sandbox, cluster: Cluster, database: dict[str, str], tmp_path: Path
) -> None:
    old, new, backup = tmp_path / "old", tmp_path / "new", tmp_path / "backup"
    async with running(sandbox, old, database, policy=LATER) as browser:
        await browser.launch()
        waiting, staged = [await browser.add(make_jpeg(width=320, height=240, seed=seed)) for seed in (1, 2)]
        await browser.describe(waiting["id"])
        shown = (await browser.client.get(f"/api/images/{staged['id']}/content?size=full")).content
        # The practice is offline for the first attempt, the backup is made, and then the image is filed.
        sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "503", "method": "POST", "times": 1}]})
        request = {"imageIds": [waiting["id"]]}
        await browser.client.post("/api/commits", json=request, headers={"Idempotency-Key": "k"})
        while 503 not in [call["status"] for call in await asyncio.to_thread(sandbox.calls)]:
            await browser.client.get("/healthz")
        done = await asyncio.to_thread(
            script, "backup.sh", backup, database | {"CLINICPRO_DATA_DIR": str(old)}, "--with-images"
        )
        assert done.returncode == 0, done.stderr
        cookies = dict(browser.client.cookies)
    async with running(sandbox, old, database, policy=QUICK) as browser:
        await change(browser.gateway.database, "UPDATE jobs SET not_before = 0")
        browser.client.cookies.update(cookies)
        images = (await browser.client.get("/api/images")).json()["images"]
        await browser.settled(next(each["commitId"] for each in images if each["id"] == waiting["id"]))
    assert len(sandbox.resources()) == 1

    target = {"CLINICPRO_DATABASE_URL": cluster.empty_database()} if database else {}
    restored = script("restore.sh", backup, target | {"CLINICPRO_DATA_DIR": str(new)})
    assert restored.returncode == 0, restored.stderr
    async with running(sandbox, new, target, policy=QUICK) as browser:
        await change(browser.gateway.database, "UPDATE jobs SET not_before = 0")
        browser.client.cookies.update(cookies)
        found = {each["id"]: each for each in (await browser.client.get("/api/images")).json()["images"]}
        assert (await browser.client.get(f"/api/images/{staged['id']}/content?size=full")).content == shown
        commit = await browser.settled(found[waiting["id"]]["commitId"])
        assert commit["images"][0]["state"] == "committed"
    assert len(sandbox.resources()) == 1
