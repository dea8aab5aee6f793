"""`scripts/bench phone`: how soon the phone's page can be used on a slow network, whether it jumps, and its memory under load.

Slow 4G is 1.6 Mbit/s down, 750 kbit/s up and 150 ms there and back, with the CPU slowed four times; the same page without
either is the baseline, in the same run. Then twenty 12-megapixel photos are chosen at once and sent (`phone_memory.py`).
Fails if the memory of the later half is more than 15 % above that of the earlier one.
"""

import argparse
import asyncio
import gzip
import re
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, async_playwright, expect
from rich.console import Console
from rich.table import Table

from bench.phone_memory import MOST_GROWTH, print_memory, sent_at_once
from browser.conftest import chromium
from browser.phones import Surgery, new_code, phone_of
from clinicpro_images.web.pages import STATIC
from crash.programs import GatewayProgram, free_port
from running import running_sandbox

SLOW_4G: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER_CPU: Final = 4
_USABLE: Final = """
  new MutationObserver((_, observer) => {
    if (!document.querySelector("input[capture]")) return;
    requestAnimationFrame(() => { window.usable = performance.now(); });
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
"""


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(prog="scripts/bench phone", description=__doc__)
    parser.add_argument("--loads", type=int, default=5, help="how often the page is opened for each median")
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    found = asyncio.run(_measure(options.loads, options.photos))
    if options.json:
        Console().print_json(data=found)
    else:
        _print(found)
    sys.exit(0 if found["photos"]["laterToEarlier"] <= MOST_GROWTH else 1)


def first_screen_bytes() -> int:
    """JavaScript of the first screen, gzipped."""
    page = (STATIC / "phone.html").read_text("utf-8")
    scripts = re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', page)
    return sum(len(gzip.compress((STATIC / each).read_bytes())) for each in scripts)


async def _measure(loads: int, photos: int) -> dict[str, Any]:
    async with open_surgery() as surgery, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        plain = [await _load(surgery, browser, slow=False) for _ in range(loads)]
        slow = [await _load(surgery, browser, slow=True) for _ in range(loads)]
        await browser.close()
        many = await sent_at_once(surgery, playwright, photos, slower=SLOWER_CPU)
    return {
        "firstScreenGzippedBytes": first_screen_bytes(),
        "usableMilliseconds": round(statistics.median(each[0] for each in plain)),
        "usableSlow4GMilliseconds": round(statistics.median(each[0] for each in slow)),
        "usableSlow4GWorst": round(max(each[0] for each in slow)),
        "layoutShift": max(each[1] for each in plain + slow),
        "loads": loads,
        "photos": many,
    }


@asynccontextmanager
async def open_surgery() -> AsyncIterator[Surgery]:
    """A sandbox and a gateway, for as long as they are measured."""
    with running_sandbox() as sandbox, tempfile.TemporaryDirectory(prefix="clinicpro-phone-") as folder:
        port = free_port()
        environ = sandbox.environ | {
            "CLINICPRO_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "CLINICPRO_DATA_DIR": folder,
            "CLINICPRO_SECRET_KEY": "an invented key for the bench",
        }
        gateway = GatewayProgram(environ, Path(folder), port)
        gateway.start()
        await gateway.ready()
        try:
            yield Surgery(sandbox, gateway)
        finally:
            gateway.kill()


async def _load(surgery: Surgery, browser: Browser, *, slow: bool) -> tuple[float, float]:
    """Milliseconds from the scan to a camera button that can be pressed, and how far anything jumped."""
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        code = await new_code(desktop)
        await phone.add_init_script(_USABLE)
        page = await phone.new_page()
        if slow:
            devtools = await phone.new_cdp_session(page)
            await devtools.send("Network.enable")
            await devtools.send("Network.emulateNetworkConditions", SLOW_4G)
            await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
        await page.goto(code)
        # All that comes later, the lists of body sites among it, must be there before jumping is judged.
        await expect(page.get_by_role("button", name="Forearm")).to_be_visible(timeout=30_000)
        usable: float = await page.evaluate("window.usable")
        return usable, sum(each["value"] for each in await page.evaluate("window.shifts"))


def _print(found: dict[str, Any]) -> None:
    table = Table(title="The phone's page")
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_row(
        "JavaScript of the first screen, gzipped", f"{found['firstScreenGzippedBytes'] / 1000:.1f} kB"
    )
    table.add_row(f"usable, no limits (median of {found['loads']})", f"{found['usableMilliseconds']} ms")
    table.add_row(
        f"usable, 1.6 Mbit/s, 150 ms, CPU ÷ {SLOWER_CPU} (median, worst)",
        f"{found['usableSlow4GMilliseconds']}, {found['usableSlow4GWorst']} ms",
    )
    table.add_row("layout shift (worst)", f"{found['layoutShift']:.4f}")
    Console().print(table)
    print_memory(found["photos"])


if __name__ == "__main__":
    main()
