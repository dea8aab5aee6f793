"""What was never filed is destroyed a day later; what is filed or young stays as it should."""

import os
from pathlib import Path

import pytest

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
