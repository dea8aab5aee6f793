"""`scripts/bench phone_journey`: from the scan to "on the desktop", and the whole job on the phone, on a slow phone.

Slow 4G (1.6 Mbit/s down, 750 kbit/s up, 150 ms there and back) and the CPU slowed four times; a camera that is pretended and a
robot that taps as soon as it can. Fails if one photo takes more than 6 s or the whole job more than 26 s (medians).
"""

import argparse
import asyncio
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

from playwright.async_api import Browser, Page, async_playwright

from bench.phone import SLOW_4G, SLOWER_CPU, open_surgery
from browser.conftest import chromium
from browser.phones import Surgery, new_code, phone_of, pictures

_MOST_SCAN = 6.0
_MOST_JOB = 26.0
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream=fps=5",
    "--use-fake-ui-for-media-stream",
]


async def _slowed(page: Page) -> None:
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})


# A locator looks again after up to a second; this looks at every frame.
_SHOWN = """([selector, words]) => [...document.querySelectorAll(selector)].some((each) => {
  const name = each.getAttribute("aria-label") || each.textContent.trim();
  return name.startsWith(words) && !each.disabled && each.checkVisibility();
})"""


async def _shown(page: Page, selector: str, words: str) -> None:
    await page.wait_for_function(_SHOWN, arg=[selector, words], polling="raf", timeout=60_000)


async def _tap(page: Page, name: str) -> None:
    await _shown(page, "button", name)
    await page.get_by_role("button", name=re.compile(f"^{name}")).tap(timeout=60_000)


async def _shoot(page: Page) -> None:
    await _tap(page, "Open camera")
    await _tap(page, "Take photo")
    await _tap(page, "Send")


async def _scan(surgery: Surgery, browser: Browser) -> float:
    """Seconds from opening the scanned address to "on the desktop"."""
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        code = await new_code(desktop)
        page = await phone.new_page()
        await _slowed(page)
        start = time.monotonic()
        await page.goto(code)
        await _shoot(page)
        await _shown(page, "h1, h2, h3", "The photo is on the desktop")
        seconds = time.monotonic() - start
        assert len(await pictures(desktop)) == 1
        return seconds


async def _job(surgery: Surgery, browser: Browser) -> float:
    """Seconds from the clinician's own session on the phone to "filed"."""
    async with phone_of(browser) as phone:
        page = await phone.new_page()
        await surgery.launch(page)
        await _slowed(page)
        start = time.monotonic()
        await page.goto(f"{surgery.gateway.origin}/phone#signed-in")
        await _tap(page, "Left")
        await _tap(page, "Forearm")
        await _shoot(page)
        await _tap(page, "Review and file")
        await _tap(page, "File 1 photo to record")
        await _shown(page, "main *", "Filed in the record")
        return time.monotonic() - start


async def _measure(
    how: Callable[[Surgery, Browser], Awaitable[float]], surgery: Surgery, browser: Browser, times: int
) -> list[float]:
    return [await how(surgery, browser) for _ in range(times)]


async def _run(times: int) -> tuple[list[float], list[float]]:
    async with open_surgery() as surgery, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=_FLAGS)
        scans = await _measure(_scan, surgery, browser, times)
        jobs = await _measure(_job, surgery, browser, times)
        await browser.close()
        return scans, jobs


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench phone_journey", description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    scans, jobs = asyncio.run(_run(options.times))
    for name, each in (("scan to on the desktop", scans), ("whole job on the phone", jobs)):
        all_of_them = ", ".join(f"{seconds:.1f}" for seconds in each)
        sys.stdout.write(f"{name}: {statistics.median(each):.1f} s ({all_of_them})\n")
    sys.exit(statistics.median(scans) > _MOST_SCAN or statistics.median(jobs) > _MOST_JOB)


if __name__ == "__main__":
    main()
