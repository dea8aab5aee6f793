"""`scripts/bench coach_frames`: how long the capture coach takes for a frame of the live picture, on a CPU slowed four times.

The page's own viewfinder in Chromium, in front of a camera that shows a rendered photo of skin (bench/skin.py), sharp or
blurred, with and without asking for a ruler. Everything that the coach does with a frame counts: drawing it small, reading
its pixels, judging them. Fails if the 95th percentile is above 50 ms.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from bench.phone import SLOWER_CPU, open_surgery
from bench.skin import Variant, render
from browser.conftest import chromium
from browser.phones import Surgery, new_code, phone_of, scan

MOST_MS: Final = 50
_COACH_MS: Final = 350  # EVERY_MS in viewfinder/Coach.tsx
_TIMED: Final = f"""
  window.frames_ms = [];
  const plain = window.setInterval;
  window.setInterval = (call, wait, ...more) => plain(wait !== {_COACH_MS} ? call : () => {{
    const start = performance.now();
    call();
    window.frames_ms.push(performance.now() - start);
  }}, wait, ...more);
"""


def filmed(variant: Variant, folder: Path) -> Path:
    """A film of one frame, in 1280 × 960."""
    photo = render(variant).resize((1280, 960), Image.Resampling.BICUBIC).convert("YCbCr")
    luma, blue, red = (np.asarray(each) for each in photo.split())
    file = folder / f"{variant.fault}.y4m"
    planes = luma.tobytes() + blue[::2, ::2].tobytes() + red[::2, ::2].tobytes()
    file.write_bytes(b"YUV4MPEG2 W1280 H960 F15:1 Ip A1:1 C420jpeg\nFRAME\n" + planes)
    return file


async def frames(surgery: Surgery, film: Path, *, wants_scale: bool, count: int) -> list[float]:
    """Milliseconds for each of so many frames."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={film}",
            ],
        )
        async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
            await phone.add_init_script(_TIMED)
            page = await scan(phone, await new_code(desktop))
            await page.get_by_role("button", name="Open camera").tap()
            await expect(page.get_by_role("button", name="Take photo")).to_be_enabled()
            if wants_scale:
                await _ask_for_a_ruler(page)
            devtools = await phone.new_cdp_session(page)
            await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
            await page.evaluate("frames_ms.length = 0")
            await page.wait_for_function("(count) => frames_ms.length >= count", arg=count, timeout=120_000)
            found: list[float] = await page.evaluate("frames_ms")
        await browser.close()
    return found


async def _ask_for_a_ruler(page: Page) -> None:
    await page.locator(".place-button").tap()
    ruler = page.get_by_role("button", name="With a ruler")
    await ruler.tap()
    await expect(ruler).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Done").tap()


async def _run(count: int) -> dict[str, list[float]]:
    measured = {}
    async with open_surgery() as surgery:
        with tempfile.TemporaryDirectory() as folder:
            for photo in (Variant(5, 1, "none"), Variant(5, 1, "focus", 6.0)):
                film = filmed(photo, Path(folder))
                for wants_scale in (False, True):
                    name = f"{'sharp' if photo.amount == 0 else 'blurred'}{', ruler asked for' * wants_scale}"
                    measured[name] = await frames(surgery, film, wants_scale=wants_scale, count=count)
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench coach_frames", description=__doc__)
    parser.add_argument("--frames", type=int, default=60)
    options = parser.parse_args()
    worst = 0.0
    for name, found in asyncio.run(_run(options.frames)).items():
        late = float(np.percentile(found, 95))
        worst = max(worst, late)
        sys.stdout.write(
            f"{name:26} median {statistics.median(found):.0f} ms, p95 {late:.0f}, most {max(found):.0f} ({len(found)} frames)\n"
        )
    sys.exit(1 if worst > MOST_MS else 0)


if __name__ == "__main__":
    main()
