"""`scripts/bench webkit_phone`: the phone's main path in WebKitGTK, the nearest thing to Safari that a Linux machine has.

Needs Debian's webkit2gtk-driver, xvfb and dbus. Scans, chooses, survives a reload, closes a photo with Back, shows it at
twice the text size, sends, and leaves nothing behind; prints each step, and fails at the first that goes wrong.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from playwright.async_api import async_playwright

from bench.phone import open_surgery
from browser.conftest import chromium
from browser.phones import new_code, pictures
from crash.programs import free_port
from image_files import make_jpeg

BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
PATIENCE = 60.0
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class WebDriver:
    """As much of the WebDriver protocol as the walk needs."""

    def __init__(self, port: int) -> None:
        self._client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)
        options = {"binary": BROWSER, "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self._session = f"/session/{self._call('POST', '/session', wanted)['sessionId']}"

    def _call(self, method: str, path: str, body: object = None) -> Any:
        reply = self._client.request(method, path, json=body if method == "POST" else None)
        if reply.status_code != httpx2.codes.OK:
            raise RuntimeError(reply.text)
        return reply.json()["value"]

    def open(self, address: str) -> None:
        self._call("POST", f"{self._session}/url", {"url": address})

    def run(self, script: str, *arguments: object) -> Any:
        return self._call(
            "POST", f"{self._session}/execute/sync", {"script": script, "args": list(arguments)}
        )

    def reload(self) -> None:
        self._call("POST", f"{self._session}/refresh", {})

    def narrow(self) -> None:
        self._call("POST", f"{self._session}/window/rect", {"width": 450, "height": 900})

    def choose(self, selector: str, *files: Path) -> None:
        found = self._call("POST", f"{self._session}/element", {"using": "css selector", "value": selector})
        path = f"{self._session}/element/{found[ELEMENT]}/value"
        self._call("POST", path, {"text": "\n".join(str(file) for file in files)})

    def click(self, words: str) -> None:
        """Press the button whose text contains these words."""
        self.until(
            "return (() => { const found = [...document.querySelectorAll('button')].find((each) =>"
            " each.textContent.includes(arguments[0]) || each.ariaLabel?.includes(arguments[0]));"
            " found?.click(); return Boolean(found); }).apply(null, arguments)",
            words,
        )

    def shows(self, words: str) -> None:
        self.until("return document.body.innerText.includes(arguments[0])", words)

    def until(self, script: str, *arguments: object) -> None:
        start = time.monotonic()
        while not self.run(script, *arguments):
            if time.monotonic() - start > PATIENCE:
                shown = self.run("return document.body.innerText")
                raise TimeoutError(f"{script} {arguments}\n{shown}")
            time.sleep(0.2)

    def close(self) -> None:
        self._call("DELETE", self._session)


@contextmanager
def webkit() -> Iterator[WebDriver]:
    """WebKitGTK in a display and a bus of its own."""
    port = free_port()
    command = ["xvfb-run", "-a", "dbus-run-session", "--", "/usr/bin/WebKitWebDriver", f"--port={port}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as program:
        try:
            start = time.monotonic()
            while True:
                try:
                    driver = WebDriver(port)
                    break
                except httpx2.ConnectError:
                    if time.monotonic() - start > PATIENCE:
                        raise
                    time.sleep(0.2)
            yield driver
            driver.close()
        finally:
            os.killpg(program.pid, 15)


def walk(address: str, photos: list[Path], say: Callable[[str], None]) -> None:
    """The main path, step by step."""
    with webkit() as page:
        page.narrow()
        page.open(address)
        page.shows("ZZZ0016")
        say("scanned")
        page.choose("input[multiple]", *photos)
        page.shows(f"{len(photos)} photos not sent yet")
        assert page.run("return document.querySelector('.bar-warn') === null"), "not encrypted on the phone"
        say("chosen, and encrypted in IndexedDB")
        page.reload()
        page.shows(f"{len(photos)} photos not sent yet")
        say("still there after a reload")
        page.click("Forearm")
        page.click("Photo 1,")
        page.until("return document.querySelector('.zoomable img')?.naturalWidth > 1000")
        page.run("document.documentElement.style.fontSize = '200%'")
        height = page.run("return document.querySelector('.lightbox-frame').getBoundingClientRect().height")
        assert height >= 12 * 32, f"at 200 % text the photo keeps {height} px"
        page.run("document.documentElement.style.fontSize = ''")
        say(f"a photo at 200 % text: {height:.0f} px high")
        page.run("history.back()")
        page.shows("not sent yet")
        say("Back closes it")
        page.click(f"Send {len(photos)} photos")
        page.shows(f"{len(photos)} photos are on the desktop")
        page.shows("Photos you chose are still in this phone's gallery.")
        say("sent")


async def _run() -> None:
    start = time.monotonic()

    def say(words: str) -> None:
        sys.stdout.write(f"{time.monotonic() - start:5.1f} s  {words}\n")
        sys.stdout.flush()

    async with open_surgery() as surgery, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        async with surgery.desktop(browser) as desktop:
            address = await new_code(desktop)
            with tempfile.TemporaryDirectory() as folder:
                photos = [Path(folder) / f"IMG_{number}.jpg" for number in range(2)]
                for number, photo in enumerate(photos):
                    photo.write_bytes(
                        make_jpeg(width=4032, height=3024, orientation=6, gps=True, seed=number)
                    )
                await asyncio.to_thread(walk, address, photos, say)
            held = await pictures(desktop)
            assert [each["bodySite"]["display"] for each in held] == ["Forearm", "Forearm"]
        await browser.close()


def main() -> None:
    asyncio.run(_run())


if __name__ == "__main__":
    main()
