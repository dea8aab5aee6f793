"""`scripts/bench interaction`: how long the page takes to paint what a press did, with 20 photos on a slow computer.

The demo on loopback and real Chromium, whose processor is slowed down (DevTools' own throttling). 20 photos of two
megapixels; then what a clinician does: choose photos, press chips, type a body site and a label, select all, turn the
row into a strip, enlarge, open and close the dialogs. Measured is interaction to next paint (INP): for each press and
key the time until the next frame, as the browser reports it.
"""

import argparse
import asyncio
import sys
from typing import Any

from playwright.async_api import Locator, Page, async_playwright, expect
from rich.console import Console

from browser.conftest import chromium
from browser.walks import Start, launched, small_picture
from demo import running_demo
from running import Sandbox

LIMIT_MS = 100.0
PHOTOS = 20
_PAUSE_MS = 150
_HELD_MS = 80
"""About as long as a finger stays on a key or a button."""

# Every press and key with the element it was for; several events of one interaction count as the longest of them.
_OBSERVE = """() => {
  window.interactions = new Map();
  new PerformanceObserver((list) => {
    for (const { interactionId, duration, name, target } of list.getEntries()) {
      if (!interactionId) continue;
      const label = target?.getAttribute?.("aria-label") || target?.textContent?.trim().slice(0, 30) || target?.nodeName;
      const before = window.interactions.get(interactionId);
      if (!before || before.duration < duration) window.interactions.set(interactionId, { duration, name, label });
    }
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
}"""


def main() -> None:
    """Measure and print; exit 1 if an interaction takes too long."""
    parser = argparse.ArgumentParser(prog="scripts/bench interaction", description=__doc__)
    parser.add_argument(
        "--slower", type=float, default=4.0, help="how much slower the processor is (default 4)"
    )
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    found = asyncio.run(measure(options.slower, options.rounds))
    console = Console(soft_wrap=True, highlight=False)
    for each in found[:12]:
        console.print(f"{each['duration']:.0f} ms  {each['name']}  {each['label']}")
    worst = found[0]["duration"] if found else 0.0
    # As the metric is defined: of each 50 interactions the longest is left out.
    inp = found[len(found) // 50]["duration"] if found else 0.0
    console.print(
        f"{len(found)} interactions over 16 ms: INP {inp:.0f} ms, longest {worst:.0f} ms (limit {LIMIT_MS:.0f})"
    )
    sys.exit(0 if inp < LIMIT_MS else 1)


async def measure(slower: float, rounds: int) -> list[dict[str, Any]]:
    """Return every interaction that took longer than a frame, the longest first."""
    with running_demo() as evolution:
        async with async_playwright() as playwright:
            path = chromium()
            browser = await playwright.chromium.launch(
                executable_path=path, args=["--no-sandbox", "--disable-gpu"]
            )
            context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-NZ")
            sandbox = Sandbox({"MEDTECH_API_BASE_URL": evolution.removesuffix("/evolution") + "/FHIR"})
            page = await launched(Start(context, await context.new_page(), sandbox))
            files = [small_picture(seed, 1600, 1200) for seed in range(PHOTOS)]
            await page.get_by_label("Add photos").first.set_input_files(files)
            await expect(page.locator(".thumbs li[data-id]")).to_have_count(PHOTOS, timeout=60_000)
            await expect(page.get_by_text("Checking")).to_have_count(0, timeout=60_000)
            await page.wait_for_timeout(2000)
            session = await context.new_cdp_session(page)
            await session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
            await page.evaluate(_OBSERVE)
            for number in range(rounds):
                await work(page, number)
            found = await page.evaluate("() => [...window.interactions.values()]")
            await browser.close()
    return sorted(found, key=lambda each: -each["duration"])


async def _press(page: Page, what: Locator) -> None:
    """As a hand does it: the pointer is there before the button goes down. (A locator's own click looks for its target with
    scripts in the page while the event waits, which a hand doesn't.)
    """
    await what.scroll_into_view_if_needed()
    box = await what.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.wait_for_timeout(_PAUSE_MS)
    await page.mouse.down()
    await page.wait_for_timeout(_HELD_MS)
    await page.mouse.up()
    await page.wait_for_timeout(_PAUSE_MS)


async def work(page: Page, number: int) -> None:
    """What a clinician does, each with time to be painted."""
    details = page.get_by_role("region", name="Details")

    async def press(name: str) -> None:
        await _press(page, details.get_by_role("button", name=name, exact=True))

    async def key(keys: str) -> None:
        await page.keyboard.press(keys, delay=_HELD_MS)
        await page.wait_for_timeout(_PAUSE_MS)

    await _press(page, page.locator(".thumb").nth(number))
    for name in ("Forearm", "Left", "Dermoscopy", "Lesion"):
        await press(name)
    await _press(page, page.locator(".thumb").nth(number + 5))
    for keys in ("ArrowRight", "ArrowRight", "ArrowLeft", "Control+a"):
        await key(keys)
    await press("Hand")
    await key("Control+z")
    await _press(page, page.locator(".thumb").nth(number + 2))
    await details.get_by_role("combobox").focus()
    for letter in "r shin derm":
        await key("Space" if letter == " " else letter)
    await key("Enter")
    await details.get_by_label("Label", exact=True).focus()
    for letter in "Mole 2":
        await key("Space" if letter == " " else letter)
    for name in ("Show as a strip", "Show as a grid"):
        await _press(page, page.get_by_role("button", name=name))
    await key("Control+k")
    for letter in "rev":
        await key(letter)
    await key("Escape")
    await _press(page, page.get_by_role("button", name="Keyboard help"))
    await key("Escape")
    await key("Control+Enter")
    await expect(page.get_by_role("dialog", name="Review before filing")).to_be_visible()
    await page.wait_for_timeout(1000)
    await key("Escape")


if __name__ == "__main__":
    main()
