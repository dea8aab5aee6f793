"""What was never filed is destroyed a day later; what is filed or young stays as it should."""

import os
from pathlib import Path

import pytest

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings
from image_files import make_jpeg
from running import TESTING, Sandbox, running
from statements import change

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


async def test_an_unfiled_image_is_destroyed_after_24_hours_and_a_younger_one_is_kept(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch(TESTING)
        old, young = await browser.add(make_jpeg(seed=1)), await browser.add(make_jpeg(seed=2))
        await change(
            browser.gateway.database,
            "UPDATE images SET uploaded_at = uploaded_at - :age WHERE id = :id",
            age=DAY + 1,
            id=old["id"],
        )
        purged = await browser.gateway.retention.purge()

        assert purged.images == 1
        left = (await browser.client.get("/api/images")).json()["images"]
        assert [image["id"] for image in left] == [young["id"]]
        assert [path.name for path in (tmp_path / "pictures").iterdir()] == [young["id"]]


async def test_an_image_that_was_refused_is_destroyed_once(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch(TESTING)
        added = await browser.add(make_jpeg(seed=1))
        await browser.describe(added["id"])
        sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "403", "times": 1, "method": "POST"}]})
        assert (await browser.file(added["id"]))["images"][0]["state"] == "failed"
        await change(
            browser.gateway.database, "UPDATE images SET uploaded_at = uploaded_at - :age", age=DAY + 1
        )
        assert [(await browser.gateway.retention.purge()).images for _ in range(2)] == [1, 0]


async def test_a_file_without_an_image_is_removed_once_it_is_old(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch(TESTING)
        kept = await browser.add(make_jpeg(seed=1))
        stray = tmp_path / "pictures" / f"{'0' * 32}.{'1' * 32}.part"
        stray.write_bytes(b"half a picture")
        foreign = tmp_path / "pictures" / "holiday.jpg"
        foreign.write_bytes(b"somebody else's")
        assert (await browser.gateway.retention.purge()).stray_files == 0
        for path in (stray, foreign):
            two_hours_ago = path.stat().st_mtime - 2 * 3600
            os.utime(path, (two_hours_ago, two_hours_ago))
        assert (await browser.gateway.retention.purge()).stray_files == 1
        assert {path.name for path in (tmp_path / "pictures").iterdir()} == {kept["id"], "holiday.jpg"}


async def test_a_wrong_database_or_a_second_installation_stops_the_start_and_destroys_nothing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch(TESTING)
        added = [await browser.add(make_jpeg(seed=seed)) for seed in (1, 2)]
        cookies = dict(browser.client.cookies)
    for path in (tmp_path / "pictures").iterdir():
        os.utime(path, (1.0, 1.0))
    for mistake in (
        {"CLINICPRO_DATABASE_URL": f"sqlite:///{tmp_path}/mistyped.db"},
        {
            "CLINICPRO_DATABASE_URL": f"sqlite:///{tmp_path}/second.db",
            "CLINICPRO_SECRET_KEY": "another secret, long enough to be accepted here",
        },
        {"CLINICPRO_SECRET_KEY": "another secret, long enough to be accepted here"},
    ):
        environ = sandbox.environ | {"CLINICPRO_DATA_DIR": str(tmp_path)} | mistake
        with pytest.raises(SettingsError, match=r"DATABASE_URL|SECRET_KEY"):
            async with open_gateway(Settings.read(environ, require=("credentials", "secret_key"))):
                pass
    async with running(sandbox, tmp_path) as browser:
        await browser.gateway.retention.purge()
        browser.client.cookies.update(cookies)
        for image in added:
            content = await browser.client.get(f"/api/images/{image['id']}/content?size=full")
            assert content.status_code == 200
