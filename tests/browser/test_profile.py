"""The browser forgets: after a whole visit, nothing in its profile says whose photos they were, or what was written of them."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from browser.conftest import chromium
from browser.doors import running_practice
from browser.profiles import birth_date_forms, found_in
from image_files import make_jpeg

pytestmark = pytest.mark.anyio

PATIENT, NAMES, NHI, BORN = (
    "94497821d8aa4ba5fbbbef7e68f1f66b",
    ("Priyanka", "Raghunathan"),
    "ZDK4103",
    "1976-04-23",
)
LABEL, NOTE = "Quillwort 7", "zanthoxylum itch since the wedding"


def firefox() -> str:
    return os.environ.get("FIREFOX", "/usr/bin/firefox-esr")


BROWSERS: dict[str, Callable[[], str]] = {"chrome": chromium, "firefox": firefox}


def visit(browser: str, profile: Path, plan: dict[str, str]) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node")
    assert node
    script = Path(__file__).with_name("visit.mjs")
    return subprocess.run(
        [node, script, browser, BROWSERS[browser](), profile, json.dumps(plan)],
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )


@pytest.mark.parametrize("browser", BROWSERS)
async def test_a_whole_visit_leaves_nothing_about_a_patient_in_the_profile(
    browser: str, tmp_path: Path
) -> None:
    picture, profile, downloads = tmp_path / "IMG_0001.jpg", tmp_path / "profile", tmp_path / "downloads"
    picture.write_bytes(make_jpeg(width=640, height=480))
    profile.mkdir()
    downloads.mkdir()
    async with running_practice(tmp_path / "gateway") as practice:
        query = practice.desk.sandbox.launch_url(PATIENT).partition("?")[2]
        plan = {
            "launch": f"{practice.origin}/launch?{query}", "practice": practice.origin, "nhi": NHI, "born": BORN,
            "picture": str(picture), "label": LABEL, "note": NOTE, "downloads": str(downloads),
        }  # fmt: skip
        visited = await asyncio.to_thread(visit, browser, profile, plan)
    assert visited.stdout == "visited", visited.stderr
    # The profile was written: it has the addresses, and the session's colour and word.
    assert found_in(profile, ["ClinicPro Images"])
    assert found_in(profile, [*NAMES, NHI, *birth_date_forms(BORN), NOTE]) == []
    # What is saved for a referral is saved on purpose. The browser lists it, by site and date.
    saved = {file.name for file in downloads.iterdir()}
    assert {name.rpartition(".")[2] for name in saved} == {"jpg", "zip"}
    assert [name for name in saved for word in (*NAMES, NHI) if word.casefold() in name.casefold()] == []
