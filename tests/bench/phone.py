"""`scripts/bench phone`: how soon the phone's page can be used on a slow network, whether it jumps, and its memory under load.

Slow 4G is 1.6 Mbit/s down, 750 kbit/s up and 150 ms there and back, with the CPU slowed four times; the same page without
either is the baseline, in the same run. Then twenty 12-megapixel photos are chosen at once and sent, while the memory of
the browser and the page's heap are read twice a second; one photo alone is the baseline.
"""

import argparse
import asyncio
import gzip
import os
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, CDPSession, Page, async_playwright, expect
from rich.console import Console
from rich.table import Table

from bench.process import family
from browser.conftest import chromium
from browser.phones import Surgery, many_photos, new_code, phone_of, scan, shot
from clinicpro_images.web.pages import STATIC
from crash.programs import GatewayProgram, free_port
from running import running_sandbox

_SLOW_4G: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
_SLOWER_CPU: Final = 4
_USABLE: Final = """
  new MutationObserver((_, observer) => {
    if (!document.querySelector("input[capture]")) return;
    requestAnimationFrame(() => { window.usable = performance.now(); });
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
"""
_EVERY: Final = 0.5


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(prog="scripts/bench phone", description=__doc__)
    parser.add_argument("--loads", type=int, default=5, help="how often the page is opened for each median")
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args()
    found = asyncio.run(_measure(asked.loads, asked.photos))
    if asked.json:
        Console().print_json(data=found)
    else:
        _print(found)


def first_screen_bytes() -> int:
    """JavaScript of the first screen, gzipped."""
    page = (STATIC / "phone.html").read_text("utf-8")
    scripts = re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', page)
    return sum(len(gzip.compress((STATIC / each).read_bytes())) for each in scripts)


async def _measure(loads: int, photos: int) -> dict[str, Any]:
    async with _surgery() as surgery, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        pids = [pid for pid in family(os.getpid()) if _is_browser(pid)]
        plain = [await _load(surgery, browser, slow=False) for _ in range(loads)]
        slow = [await _load(surgery, browser, slow=True) for _ in range(loads)]
        one = await _memory(surgery, browser, many_photos(1), pids)
        many = await _memory(surgery, browser, many_photos(photos), pids)
        await browser.close()
    return {
        "firstScreenGzippedBytes": first_screen_bytes(),
        "usableMilliseconds": round(statistics.median(each[0] for each in plain)),
        "usableSlow4GMilliseconds": round(statistics.median(each[0] for each in slow)),
        "usableSlow4GWorst": round(max(each[0] for each in slow)),
        "layoutShift": max(each[1] for each in plain + slow),
        "loads": loads,
        "onePhoto": one,
        "photos": many,
    }


@asynccontextmanager
async def _surgery() -> AsyncIterator[Surgery]:
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
        yield Surgery(sandbox, gateway)
        gateway.kill()


def _is_browser(pid: int) -> bool:
    try:
        return b"chrom" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _share_megabytes(pid: int) -> float:
    """What it holds, with its share of what several processes hold together (PSS), in MB of a million bytes."""
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


async def _load(surgery: Surgery, browser: Browser, *, slow: bool) -> tuple[float, float]:
    """Milliseconds from the scan to a camera button that can be pressed, and how far anything jumped."""
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        code = await new_code(desktop)
        await phone.add_init_script(_USABLE)
        page = await phone.new_page()
        if slow:
            devtools = await phone.new_cdp_session(page)
            await devtools.send("Network.enable")
            await devtools.send("Network.emulateNetworkConditions", _SLOW_4G)
            await devtools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER_CPU})
        await page.goto(code)
        # All that comes later, the lists of body sites among it, must be there before jumping is judged.
        await expect(page.get_by_role("button", name="Forearm")).to_be_visible(timeout=30_000)
        usable: float = await page.evaluate("window.usable")
        return usable, sum(each["value"] for each in await page.evaluate("window.shifts"))


async def _memory(surgery: Surgery, browser: Browser, photos: list[bytes], pids: list[int]) -> dict[str, Any]:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        devtools = await phone.new_cdp_session(page)
        await devtools.send("Performance.enable")
        await devtools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER_CPU})
        started = time.monotonic()
        curve = [await _now(devtools, pids, page, started)]
        sending = asyncio.create_task(_send_all(page, photos))
        while not sending.done():
            await asyncio.wait([sending], timeout=_EVERY)
            curve.append(await _now(devtools, pids, page, started))
        await sending
    return {
        "photos": len(photos),
        "megabytesOfPhotos": round(sum(map(len, photos)) / 1e6, 1),
        "seconds": round(curve[-1]["second"], 1),
        "browserMegabytes": {
            "before": curve[0]["browser"],
            "peak": max(each["browser"] for each in curve),
            "after": curve[-1]["browser"],
        },
        "heapPeakMegabytes": max(each["heap"] for each in curve),
        "curve": curve,
    }


async def _send_all(page: Page, photos: list[bytes]) -> None:
    files = [shot(photo, f"IMG_{number}.jpg") for number, photo in enumerate(photos)]
    await page.get_by_label("Choose photos").set_input_files(files)
    name = "Send 1 picture" if len(photos) == 1 else f"Send {len(photos)} pictures"
    await page.get_by_role("button", name=name).click(timeout=60_000)
    words = re.compile("on the desktop$")
    await expect(page.get_by_role("heading", name=words).first).to_be_visible(timeout=300_000)


async def _now(devtools: CDPSession, pids: list[int], page: Page, started: float) -> dict[str, float]:
    metrics = {
        each["name"]: each["value"] for each in (await devtools.send("Performance.getMetrics"))["metrics"]
    }
    everyone = {each for pid in pids[:1] for each in family(pid)}
    return {
        "second": round(time.monotonic() - started, 1),
        "toGo": float(await page.locator(".tile:not(.tile-sent)").count()),
        "browser": round(sum(map(_share_megabytes, everyone))),
        "heap": round(metrics["JSHeapUsedSize"] / 1e6, 1),
    }


def _print(found: dict[str, Any]) -> None:
    table = Table(title="The phone's page")
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_row(
        "JavaScript of the first screen, gzipped", f"{found['firstScreenGzippedBytes'] / 1000:.1f} kB"
    )
    table.add_row(f"usable, no limits (median of {found['loads']})", f"{found['usableMilliseconds']} ms")
    table.add_row(
        f"usable, 1.6 Mbit/s, 150 ms, CPU ÷ {_SLOWER_CPU} (median, worst)",
        f"{found['usableSlow4GMilliseconds']}, {found['usableSlow4GWorst']} ms",
    )
    table.add_row("layout shift (worst)", f"{found['layoutShift']:.4f}")
    for leg in (found["onePhoto"], found["photos"]):
        memory = leg["browserMegabytes"]
        table.add_row(f"{leg['photos']} × 12 MP ({leg['megabytesOfPhotos']} MB)", f"{leg['seconds']} s")
        table.add_row(
            "  whole browser before, peak, after",
            f"{memory['before']:.0f}, {memory['peak']:.0f}, {memory['after']:.0f} MB",
        )
        table.add_row("  page's heap, peak", f"{leg['heapPeakMegabytes']:.1f} MB")
    Console().print(table)
    curve = found["photos"]["curve"]
    steps = curve[:: max(1, len(curve) // 12)]
    Console().print(
        "second: browser MB (heap MB) "
        + "  ".join(f"{each['second']:.0f}: {each['browser']:.0f} ({each['heap']:.0f})" for each in steps)
    )


if __name__ == "__main__":
    main()
