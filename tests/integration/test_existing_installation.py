"""Commands for an installation that is there: they create no other one, and leave one alone that is in use or not theirs."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from clinicpro_images.restore import lock
from clinicpro_images.settings.errors import SettingsError
from databases import on_both, on_both_empty, sqlite_url
from image_files import make_jpeg
from integration.test_commands import clinicpro
from postgres import Cluster
from running import Sandbox, running
from statements import scalar

pytestmark = pytest.mark.anyio

SECRET, WRONG = "the secret of this installation", "a secret of another installation"


@pytest.mark.parametrize(
    "words", ["audit --verify", "rotate-keys", "mark-restored", "purge", "transfer --to sqlite:///other.db"]
)
@on_both_empty
async def test_where_nothing_was_stored_a_command_says_so_and_creates_nothing(
    sandbox: Sandbox, tmp_path: Path, database: dict[str, str], words: str
) -> None:
    done = clinicpro(sandbox, tmp_path, *words.split(), CLINICPRO_SECRET_KEY=SECRET, **database)
    assert done.returncode == 2, done.stdout + done.stderr
    [line] = done.stderr.splitlines()
    assert line.startswith(
        "clinicpro: CLINICPRO_DATABASE_URL names a database that doesn't exist yet, or is empty"
    )
    assert not await asyncio.to_thread(lambda: list(tmp_path.iterdir()))


@on_both
async def test_nothing_is_moved_while_a_gateway_runs(
    sandbox: Sandbox, cluster: Cluster, tmp_path: Path, database: dict[str, str]
) -> None:
    there, store = tmp_path / "there", tmp_path / "store"
    environ = database | {"CLINICPRO_SECRET_KEY": SECRET}
    words = ["transfer", "--to", cluster.empty_database(), "--storage", str(store)]
    async with running(sandbox, there, environ) as browser:
        await browser.launch()
        await browser.add(make_jpeg(width=320, height=240))
        done = await asyncio.to_thread(clinicpro, sandbox, there, *words, **environ)
        assert done.returncode == 1, done.stdout
        assert "Stop every gateway, then try again." in done.stderr
        assert not store.exists()
        again = await browser.add(make_jpeg(width=320, height=240, seed=2))
        assert again["state"] == "staged"
    done = await asyncio.to_thread(clinicpro, sandbox, there, *words, **environ)
    assert done.returncode == 0, done.stderr
    assert "image files: 2, each compared" in done.stdout


async def test_nothing_is_moved_into_the_store_or_the_database_of_another_installation(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    here, other = tmp_path / "here", tmp_path / "other"
    environ = {"CLINICPRO_SECRET_KEY": SECRET}
    for folder in (here, other):
        async with running(sandbox, folder, environ) as browser:
            await browser.launch()
            await browser.add(make_jpeg(width=320, height=240))
    stored = sorted((other / "pictures").iterdir())
    empty = sqlite_url(tmp_path / "empty.db")
    for words, said in (
        (["--to", empty, "--storage", str(other / "pictures")], "--storage belongs to another installation"),
        (["--to", sqlite_url(other / "clinicpro.db"), "--storage", str(tmp_path / "new")], "not empty"),
        (["--to", sqlite_url(here / "clinicpro.db"), "--storage", str(tmp_path / "new")], "not empty"),
    ):
        done = await asyncio.to_thread(clinicpro, sandbox, here, "transfer", *words, **environ)
        assert done.returncode in {1, 2}
        assert said in done.stderr
    assert sorted((other / "pictures").iterdir()) == stored
    assert not (tmp_path / "new").exists()


@on_both
async def test_with_the_wrong_secret_a_command_changes_nothing(
    sandbox: Sandbox, cluster: Cluster, tmp_path: Path, database: dict[str, str]
) -> None:
    environ = database | {"CLINICPRO_SECRET_KEY": SECRET}
    before_stretching = "UPDATE key_stretching SET in_use = false"
    async with running(sandbox, tmp_path / "there", environ) as browser:
        await browser.launch()
        work = browser.gateway.database
        await work.write(lambda each: each.connection.exec_driver_sql(before_stretching))
        target = cluster.empty_database()
        for words in (["rotate-keys"], ["audit"], ["transfer", "--to", target]):
            if words[0] != "transfer":
                await _refused(sandbox, tmp_path / "there", words, environ)
        assert not await scalar(work, "SELECT in_use FROM key_stretching")
    await _refused(sandbox, tmp_path / "there", ["transfer", "--to", target], environ)


@on_both
async def test_the_doctor_says_that_the_secret_is_wrong(
    sandbox: Sandbox, tmp_path: Path, database: dict[str, str]
) -> None:
    environ = database | {"CLINICPRO_SECRET_KEY": SECRET}
    async with running(sandbox, tmp_path, environ):
        pass
    right = await asyncio.to_thread(clinicpro, sandbox, tmp_path, "doctor", "--json", **environ)
    assert right.returncode == 0, right.stdout
    environ["CLINICPRO_SECRET_KEY"] = WRONG
    done = await asyncio.to_thread(clinicpro, sandbox, tmp_path, "doctor", "--json", **environ)
    assert done.returncode == 1
    [found] = [each for each in json.loads(done.stdout)["findings"] if each["state"] == "failed"]
    assert found["check"] == "database"
    assert found["why"].startswith("CLINICPRO_SECRET_KEY does not decrypt")


async def _refused(sandbox: Sandbox, folder: Path, words: list[str], environ: dict[str, str]) -> None:
    wrong = environ | {"CLINICPRO_SECRET_KEY": WRONG}
    done = await asyncio.to_thread(clinicpro, sandbox, folder, *words, **wrong)
    assert done.returncode == 2, done.stdout
    assert "CLINICPRO_SECRET_KEY does not decrypt" in done.stderr


def test_a_gateway_that_can_not_hold_its_lock_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def of_root(path: Any, *more: Any, **named: Any) -> int:
        if str(path).endswith(lock.LOCK_FILE):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *more, **named)

    monkeypatch.setattr(os, "open", of_root)
    with (
        pytest.raises(SettingsError, match=r"gateway\.lock.*another user"),
        lock.shared_lock(sqlite_url(tmp_path / "clinicpro.db")),
    ):
        pass
