"""`scripts/bench outages`: what the screen says during each fault of the sandbox, and how soon.

The demo on loopback and real Chromium. For every fault that ends a call, one photo is filed while it lasts. Within three
seconds of the first failed attempt the page has to say what is wrong and until when it is tried, or what to do; and so has
the tray on the next patient's page. The fault then lasts for two minutes, and the page must not fall silent.
"""

import argparse
import asyncio
import sys
import time

from playwright.async_api import Page, async_playwright
from rich.console import Console

from alex_sandbox.faults.fault_plan import ENDING_KINDS
from browser.conftest import chromium
from browser.outages import Said, said_during
from browser.walks import Start
from demo import running_demo
from running import Sandbox

LOOK_SECONDS = 2.0
# Each with what else makes it one: a lost answer is one after the write.
FAULTS: tuple[tuple[str, dict[str, object]], ...] = (
    *((kind, {}) for kind in ENDING_KINDS),
    ("500", {"afterWrite": True}),
    ("504", {"afterWrite": True}),
    ("close", {"afterWrite": True}),
    ("429", {"retryAfter": 30}),
)


def main() -> None:
    """Try each fault and print what was said; exit 1 if anything was said too late, or nothing."""
    parser = argparse.ArgumentParser(prog="scripts/bench outages", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="how long each fault lasts (default 120)"
    )
    parser.add_argument("--only", nargs="*", default=None, help="kinds of faults")
    options = parser.parse_args()
    said = asyncio.run(try_all(options.seconds, options.only))
    console = Console(soft_wrap=True, highlight=False)
    for each in said:
        console.print(f"{each.kind}: here {each.here:.1f} s, next patient {each.there:.1f} s")
        console.print(f"  {each.words}\n  {each.tray}", style="dim")
        for fault in each.faults:
            console.print(f"  {fault}", style="bold")
    sys.exit(1 if any(each.faults for each in said) else 0)


async def try_all(seconds: float, only: list[str] | None) -> list[Said]:
    """One demo for each fault: a practice that is paused by one would colour the next."""
    found = []
    async with async_playwright() as playwright:
        path = chromium()
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        for kind, more in FAULTS:
            if only and kind not in only:
                continue
            with running_demo() as evolution:
                sandbox = Sandbox({"MEDTECH_API_BASE_URL": evolution.removesuffix("/evolution") + "/FHIR"})
                context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-NZ")
                page = await context.new_page()
                said = await said_during(Start(context, page, sandbox), kind, **more)
                said.kind = f"{kind} {more}" if more else kind
                said.faults += await silences(context.pages[-1], seconds)
                found.append(said)
                await context.close()
        await browser.close()
    return found


async def silences(page: Page, seconds: float) -> list[str]:
    """Moments at which the tray of the next patient's page said nothing of it, while the fault lasts."""
    until, found = time.monotonic() + seconds, []
    tray = page.get_by_role("dialog")
    while time.monotonic() < until:
        text = await tray.inner_text()
        if not any(word in text for word in ("until", "not filed", "check the inbox", "filed at")):
            found.append(f"silent {until - time.monotonic():.0f} s before the end: {text[:120]}")
        await asyncio.sleep(LOOK_SECONDS)
    return found


if __name__ == "__main__":
    main()
