"""Backup and restore as documented: the scripts of `deploy/`, run by an operator while the gateway works."""

import asyncio
from pathlib import Path

import pytest

from backups import script
from clinicpro_images.commits.jobs.retry import RetryPolicy
from databases import on_both, place_migrated, sqlite_url
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


@pytest.mark.parametrize(
    ("environ", "options"),
    [
        ({"CLINICPRO_STORAGE_URL": "/nowhere/at/all"}, ["--with-images"]),
        ({"CLINICPRO_DATABASE_URL": "sqlite:////nowhere/at/all.db"}, []),
    ],
)
def test_a_backup_that_fails_leaves_nothing_that_could_be_restored(
    tmp_path: Path, environ: dict[str, str], options: list[str]
) -> None:
    place_migrated(sqlite_url(tmp_path / "data" / "clinicpro.db"))
    backups = tmp_path / "backups"
    backups.mkdir()
    failed = script(
        "backup.sh", backups / "new", {"CLINICPRO_DATA_DIR": str(tmp_path / "data")} | environ, *options
    )
    assert failed.returncode != 0
    assert list(backups.iterdir()) == []


def test_what_an_interrupted_backup_left_is_removed_and_never_counts(tmp_path: Path) -> None:
    place_migrated(sqlite_url(tmp_path / "data" / "clinicpro.db"))
    backups = tmp_path / "backups"
    (backups / ".unfinished-2026-11-30T023000").mkdir(parents=True)
    kept = [f"2026-11-{day:02}T023000" for day in range(1, 15)]
    for name in kept:
        (backups / name).mkdir()
    done = script("backup-rotate.sh", backups, {"CLINICPRO_DATA_DIR": str(tmp_path / "data")})
    assert done.returncode == 0, done.stderr
    *older, new = sorted(each.name for each in backups.iterdir())
    assert older == kept[1:]
    assert (backups / new / "SHA256SUMS").exists()
