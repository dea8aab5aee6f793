"""After a restore nothing is offered as unfiled, or sent, before it was looked for: with the scripts, and without them."""

import asyncio
import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from backups import script
from clinicpro_images.app.composition import open_gateway
from clinicpro_images.audit.open import memory_file
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings
from databases import migrate_now, on_both
from image_files import make_jpeg
from postgres import Cluster
from running import FOREARM, PATIENCE, BrowserSession, Sandbox, running
from statements import rows, scalar

pytestmark = pytest.mark.anyio

CALM = 30.0  # no job is taken over, however slow this machine is


def photo(seed: int) -> bytes:
    return make_jpeg(width=320, height=240, seed=seed)


async def images(browser: BrowserSession) -> dict[str, dict[str, Any]]:
    """The session's images by id, once none is under way."""
    async with asyncio.timeout(PATIENCE):
        while True:
            listed = (await browser.client.get("/api/images")).json()["images"]
            if not any(each["state"] in {"queued", "sending"} for each in listed):
                return {each["id"]: each for each in listed}
            assert all(each["state"] != "staged" for each in listed if each["commitId"]), listed
            await asyncio.sleep(0.05)


def in_record(sandbox: Sandbox) -> Counter[str]:
    return Counter(each["identifier"]["value"] for each in sandbox.resources())


async def failing(browser: BrowserSession, image_id: str, key: str) -> None:
    browser.sandbox.call(
        "PUT", "/sandbox/faults", {"faults": [{"kind": "403", "method": "POST", "times": 1}]}
    )
    commit = await browser.file(image_id, key=key)
    assert commit["images"][0]["state"] == "failed"


async def retried(browser: BrowserSession, image_id: str) -> None:
    image = (await browser.client.get(f"/api/images/{image_id}")).json()
    await browser.client.post(f"/api/commits/{image['commitId']}/retry")
    await browser.settled(image["commitId"])


@on_both
async def test_what_was_filed_since_the_backup_is_found_and_the_rest_is_offered_again(
    sandbox: Sandbox, cluster: Cluster, database: dict[str, str], tmp_path: Path, decoders: ImageWorkers
) -> None:
    old, new, backup = tmp_path / "old", tmp_path / "new", tmp_path / "backup"
    async with running(sandbox, old, database, workers=decoders, lease_seconds=CALM) as browser:
        await browser.launch()
        await browser.prove_sight(photo(1))
        filed, left, failed_filed, failed_left, bare = [
            (await browser.add(photo(n)))["id"] for n in range(2, 7)
        ]
        for image_id in (filed, left, failed_filed, failed_left):
            await browser.describe(image_id, bodySite=FOREARM, label=f"Mole {image_id[:4]}")
        await failing(browser, failed_filed, "f1")
        await failing(browser, failed_left, "f2")
        environ = database | {"CLINICPRO_DATA_DIR": str(old)}
        done = await asyncio.to_thread(script, "backup.sh", backup, environ, "--with-images")
        assert done.returncode == 0, done.stderr
        await browser.file(filed, key="since")
        await retried(browser, failed_filed)
        await browser.describe(bare)
        await browser.file(bare, key="bare")
        cookies = dict(browser.client.cookies)
        in_use = await asyncio.to_thread(script, "restore.sh", backup, environ)
        assert in_use.returncode == 1
        assert "stop every gateway first" in in_use.stderr
    assert len(in_record(sandbox)) == 4

    target = {"CLINICPRO_DATABASE_URL": cluster.empty_database()} if database else {}
    restored = script("restore.sh", backup, target | {"CLINICPRO_DATA_DIR": str(new)})
    assert restored.returncode == 0, restored.stderr
    async with running(sandbox, new, target, workers=decoders, lease_seconds=CALM) as browser:
        browser.client.cookies.update(cookies)
        assert (await browser.client.get("/api/session")).json()["restoredFrom"] is not None
        found = await images(browser)
        states = {each: found[each]["state"] for each in (filed, left, failed_filed, failed_left, bare)}
        assert states == {
            filed: "committed",
            left: "staged",
            failed_filed: "committed",
            failed_left: "failed",
            bare: "committed",
        }
        assert found[left]["commitId"] is None
        assert found[left]["title"] == f"Forearm – Mole {left[:4]}"
        await retried(browser, failed_left)
        again = await browser.file(left, key="left")
        assert again["images"][0]["state"] == "committed"
        entries = await rows(
            browser.gateway.database, "SELECT about FROM audit WHERE action = 'installation.restored'"
        )
        assert [each.about for each in entries] == ['{"evidence": "marked", "images": "3", "jobs": "2"}']
    counted = in_record(sandbox)
    assert len(counted) == 6
    assert set(counted.values()) == {1}
    async with running(sandbox, new, target, workers=decoders, lease_seconds=CALM) as browser:
        assert await scalar(
            browser.gateway.database, "SELECT count(*) FROM audit WHERE action = 'installation.restored'"
        ) == 1  # fmt: skip


async def test_where_no_search_is_proven_the_clinician_is_asked_about_everything_unfiled(
    sandbox: Sandbox, tmp_path: Path, decoders: ImageWorkers
) -> None:
    old, new, backup = tmp_path / "old", tmp_path / "new", tmp_path / "backup"
    before = sandbox.call("GET", "/sandbox/settings")
    sandbox.call("PUT", "/sandbox/settings", {"searchShows": "nothing"})
    try:
        async with running(sandbox, old, workers=decoders, lease_seconds=CALM) as browser:
            await browser.launch()
            filed, left, bare = [(await browser.add(photo(n)))["id"] for n in range(3)]
            await browser.describe(filed)
            await browser.describe(left)
            done = await asyncio.to_thread(
                script, "backup.sh", backup, {"CLINICPRO_DATA_DIR": str(old)}, "--with-images"
            )
            assert done.returncode == 0, done.stderr
            await browser.file(filed, key="since")
            cookies = dict(browser.client.cookies)
        assert script("restore.sh", backup, {"CLINICPRO_DATA_DIR": str(new)}).returncode == 0
        async with running(sandbox, new, workers=decoders, lease_seconds=CALM) as browser:
            browser.client.cookies.update(cookies)
            found = await images(browser)
            assert {each["state"] for each in found.values()} == {"unverified"}
            for image_id, answer in ((filed, "in-inbox"), (left, "send-again"), (bare, "send-again")):
                commit_id = found[image_id]["commitId"]
                error = (await browser.client.get(f"/api/commits/{commit_id}")).json()["images"][0]["error"]
                assert error["type"] == "restored-from-backup"
                assert error["title"].startswith("Restored from a backup of ")
                assert error["title"].endswith(": check the inbox first")
                reply = await browser.client.post(
                    f"/api/commits/{commit_id}/images/{image_id}/resolve", json={"answer": answer}
                )
                assert reply.status_code == 200, reply.text
            now = await images(browser)
            # Without a body site it can't be sent: it is described and filed as any other.
            assert [now[each]["state"] for each in (filed, left, bare)] == [
                "committed",
                "committed",
                "staged",
            ]
            await browser.describe(bare)
            await browser.file(bare, key="bare")
    finally:
        sandbox.call("PUT", "/sandbox/settings", before)
    assert set(in_record(sandbox).values()) == {1}
    assert len(in_record(sandbox)) == 3


@pytest.mark.parametrize("way", ["over the file", "over the file, on a new server", "another folder"])
async def test_a_copied_database_is_noticed_without_the_scripts(
    sandbox: Sandbox, tmp_path: Path, decoders: ImageWorkers, way: str
) -> None:
    here, copy = tmp_path / "here", tmp_path / "copy"
    async with running(sandbox, here, workers=decoders, lease_seconds=CALM) as browser:
        await browser.launch()
        await browser.prove_sight(photo(1))
        filed = (await browser.add(photo(2)))["id"]
        await browser.describe(filed)
        cookies = dict(browser.client.cookies)
    shutil.copytree(here, copy)
    async with running(sandbox, here, workers=decoders, lease_seconds=CALM) as browser:
        browser.client.cookies.update(cookies)
        assert (await images(browser))[filed]["state"] == "staged"
        await browser.file(filed, key="since")
    if way != "another folder":
        # Same place and same file: what is kept outside is ahead of it.
        with (here / "clinicpro.db").open("wb") as file:
            file.write((copy / "clinicpro.db").read_bytes())
    if way == "over the file, on a new server":
        memory_file(here).unlink()  # only the mark beside the images is left
    async with running(
        sandbox, copy if way == "another folder" else here, workers=decoders, lease_seconds=CALM
    ) as browser:
        browser.client.cookies.update(cookies)
        assert (await images(browser))[filed]["state"] == "committed"
    assert set(in_record(sandbox).values()) == {1}
    assert len(in_record(sandbox)) == 2


async def test_an_empty_volume_stops_the_start_until_its_images_are_given_up(
    sandbox: Sandbox, tmp_path: Path, decoders: ImageWorkers
) -> None:
    async with running(sandbox, tmp_path, workers=decoders, lease_seconds=CALM) as browser:
        await browser.launch()
        await browser.add(photo(1))
    (tmp_path / "pictures").rename(tmp_path / "unmounted")
    (tmp_path / "pictures").mkdir()
    environ = sandbox.environ | {"CLINICPRO_DATA_DIR": str(tmp_path)}
    with pytest.raises(SettingsError, match=r"is empty, but should hold 1 photo"):
        async with open_gateway(Settings.read(environ, require=("credentials", "secret_key"))):
            pass
    assert list((tmp_path / "pictures").iterdir()) == []
    (tmp_path / "pictures").rmdir()
    (tmp_path / "unmounted").rename(tmp_path / "pictures")
    async with running(sandbox, tmp_path, workers=decoders, lease_seconds=CALM):
        pass


def test_no_gateway_starts_while_postgresql_is_restored(cluster: Cluster, tmp_path: Path) -> None:
    source, target = cluster.empty_database(), cluster.empty_database()
    backup, tools = tmp_path / "backup", tmp_path / "tools"
    migrate_now(source)
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    made = script("backup.sh", backup, {"CLINICPRO_DATABASE_URL": source, "CLINICPRO_DATA_DIR": str(old)})
    assert made.returncode == 0, made.stderr
    tools.mkdir()
    asking = tools / "pg_restore"
    asking.write_text(
        "#!/bin/sh\n"
        f"CLINICPRO_DATABASE_URL='{target}' "
        f"{sys.executable} -c '{_START}' > {tmp_path / 'start'} 2>&1\n"
        f'exec {shutil.which("pg_restore")} "$@"\n'
    )
    asking.chmod(0o700)
    environ = {"CLINICPRO_DATABASE_URL": target, "CLINICPRO_DATA_DIR": str(new)}
    done = script("restore.sh", backup, environ | {"PATH": f"{tools}:{os.environ['PATH']}"})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "start").read_text().strip() == "is being restored"


# What a gateway asks before it uses a database.
_START = """
import os
from clinicpro_images.db.database import open_database
from clinicpro_images.restore.lock import check_not_restoring
from clinicpro_images.settings.errors import SettingsError
database = open_database(os.environ["CLINICPRO_DATABASE_URL"])
try:
    with database.backend.reading.connect() as connection:
        check_not_restoring(connection)
except SettingsError as error:
    print("is being restored" if "being restored" in str(error) else error)
database.backend.close()
"""
