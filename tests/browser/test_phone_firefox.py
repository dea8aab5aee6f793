"""The phone's main path in Firefox, driven by puppeteer: Playwright can't drive a distribution's Firefox."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.async_api import Browser

from browser.phones import Surgery, new_code, pictures
from image_files import make_jpeg

pytestmark = pytest.mark.anyio

SCRIPT = Path(__file__).with_name("firefox_phone.mjs")


def drive(code: str, picture: Path) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node")
    assert node
    return subprocess.run(
        [node, SCRIPT, code, picture], check=False, capture_output=True, text=True, timeout=120
    )


async def test_a_shot_goes_from_the_scanned_code_to_the_desktop_in_firefox(
    browser: Browser, surgery: Surgery, tmp_path: Path
) -> None:
    picture = tmp_path / "IMG_0001.jpg"
    picture.write_bytes(make_jpeg(width=4032, height=3024, orientation=6, gps=True))
    async with surgery.desktop(browser) as desktop:
        code = await new_code(desktop)
        ran = await asyncio.to_thread(drive, code, picture)
        assert ran.returncode == 0, ran.stderr
        said = json.loads(ran.stdout)
        assert said == {"url": f"{surgery.gateway.origin}/phone", "fragile": False, "complaints": []}
        [image] = await pictures(desktop)
        assert (image["source"], image["bodySite"]["display"], image["laterality"]["display"]) == (
            "phone", "Forearm", "Left",
        )  # fmt: skip
