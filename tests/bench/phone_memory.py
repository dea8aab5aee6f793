"""What the phone's page holds in memory while it makes ready and sends many photos that were chosen at once."""

import asyncio
import itertools
import re
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, Playwright, Response, expect
from rich.console import Console
from rich.table import Table

from bench.process import cpu_seconds, family, forget_peak, peak_megabytes, share_megabytes
from browser.conftest import chromium
from browser.phones import Surgery, many_photos, new_code, phone_of, pictures, scan

MOST_GROWTH: Final = 1.15
"""How much higher the later half of the photos may peak than the earlier one and still be called flat."""
_IDLE_SECONDS: Final = 3.0
_EVERY_SECONDS: Final = 0.2
_PATIENCE_MS: Final = 120_000
_QUALITY: Final = 96
"""Gives 3 MB a photo, as phones write them."""


@dataclass
class Reading:
    """Memory in MB of a million bytes, and when: the page's process, its peak (RSS) since the reading before and its share
    (PSS) now, and the share of the whole browser.
    """

    what: str
    number: int
    second: float
    peak: float
    page: float
    browser: float


class _Watch:
    """Reads the memory of a browser in which the phone's page is the only one."""

    def __init__(self, browser_pid: int, page_pid: int) -> None:
        self._browser_pid, self._page_pid = browser_pid, page_pid
        self._started = time.monotonic()
        forget_peak(page_pid)

    def read(self, what: str, number: int = 0) -> Reading:
        """Read, and let the next peak start from here."""
        reading = Reading(
            what,
            number,
            round(time.monotonic() - self._started, 1),
            round(peak_megabytes(self._page_pid)),
            round(share_megabytes(self._page_pid)),
            round(sum(map(share_megabytes, family(self._browser_pid)))),
        )
        forget_peak(self._page_pid)
        return reading


async def sent_at_once(
    surgery: Surgery, playwright: Playwright, count: int, *, slower: float
) -> dict[str, Any]:
    """Choose that many 12-megapixel photos at once and send them; read while the page idles, and at each made ready or uploaded."""
    with tempfile.TemporaryDirectory(prefix="clinicpro-photos-") as folder:
        files = [Path(folder) / f"IMG_{number}.jpg" for number in range(count)]
        for file, photo in zip(files, many_photos(count, quality=_QUALITY), strict=True):
            file.write_bytes(photo)
        megabytes = round(sum(file.stat().st_size for file in files) / 1e6, 1)
        options: dict[str, Any] = {
            "executable_path": chromium(),
            "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        }
        desktops = await playwright.chromium.launch(**options)
        phones = await playwright.chromium.launch(**options)
        async with surgery.desktop(desktops) as desktop, phone_of(phones) as phone:
            page = await scan(phone, await new_code(desktop))
            await expect(page.get_by_role("button", name="Forearm")).to_be_visible(timeout=_PATIENCE_MS)
            devtools = await phone.new_cdp_session(page)
            await devtools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
            watch = _Watch(*await _pids(phones))
            await asyncio.sleep(_IDLE_SECONDS)
            readings = [watch.read("idle")]
            uploads = itertools.count(1)

            def uploaded(response: Response) -> None:
                is_upload = response.url.partition("?")[0].endswith("/api/images")
                if response.request.method == "POST" and is_upload and response.ok:
                    readings.append(watch.read("uploaded", next(uploads)))

            page.on("response", uploaded)
            sending = asyncio.create_task(_send(page, files))
            seen = 0
            while not sending.done():
                await asyncio.wait([sending], timeout=_EVERY_SECONDS)
                ready = await page.locator(".tile img").count()
                if ready > seen:
                    seen = ready
                    readings.append(watch.read("made ready", ready))
            await sending
            held = len(await pictures(desktop))
            await asyncio.sleep(_IDLE_SECONDS)
            readings.append(watch.read("idle again"))
        await desktops.close()
        await phones.close()
    earlier, later = (
        max(each.peak for each in readings if each.number and (each.number > count // 2) is later)
        for later in (False, True)
    )
    return {
        "photos": count,
        "megabytesOfPhotos": megabytes,
        "onTheDesktop": held,
        "readings": [asdict(each) for each in readings],
        "earlierPeak": earlier,
        "laterPeak": later,
        "laterToEarlier": round(later / earlier, 3),
    }


async def _pids(browser: Browser) -> tuple[int, int]:
    """The browser, and the renderer of its page: slowing the CPU keeps that one busy even while the page rests."""
    devtools = await browser.new_browser_cdp_session()
    processes = (await devtools.send("SystemInfo.getProcessInfo"))["processInfo"]
    own = next(each["id"] for each in processes if each["type"] == "browser")
    before = {each["id"]: cpu_seconds(each["id"]) for each in processes if each["type"] == "renderer"}
    await asyncio.sleep(_IDLE_SECONDS)
    return own, max(before, key=lambda pid: cpu_seconds(pid) - before[pid])


async def _send(page: Page, files: list[Path]) -> None:
    await page.get_by_label("Choose photos").set_input_files(files)
    await page.get_by_role("button", name=f"Send {len(files)} photos").click(timeout=_PATIENCE_MS)
    words = re.compile("on the desktop$")
    await expect(page.get_by_role("heading", name=words).first).to_be_visible(timeout=_PATIENCE_MS)


def print_memory(found: dict[str, Any]) -> None:
    """Print the readings as a table, and whether memory is flat."""
    table = Table(
        "photo",
        "second",
        "page, peak MB",
        "page MB",
        "browser MB",
        title=f"{found['photos']} × 12 MP, {found['megabytesOfPhotos']} MB, chosen at once",
    )
    for each in found["readings"]:
        memory = (f"{each[name]:.0f}" for name in ("peak", "page", "browser"))
        table.add_row(f"{each['what']} {each['number'] or ''}", f"{each['second']:.1f}", *memory)
    Console().print(table)
    Console().print(
        f"{found['onTheDesktop']} of {found['photos']} on the desktop. Peak of the later half {found['laterPeak']:.0f} MB, "
        f"of the earlier {found['earlierPeak']:.0f} MB: {found['laterToEarlier']:.2f} times."
    )
