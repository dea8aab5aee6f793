"""`scripts/bench phone_faults`: ten faults at each of ten steps from the scan to the desktop, in a real browser.

Kills tabs, cuts the network, loses, slows, refuses and fills the browser's database, moves the clock, renews the code and
scans another patient's. Fails if a photo is lost without a word, arrives twice, or arrives under another patient.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from playwright.async_api import async_playwright

from bench.phone import open_surgery
from browser.conftest import chromium
from browser.phone_faults import FAULTS, STEPS, Outcome, trial

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


async def _run(steps: Sequence[str], faults: Sequence[str]) -> list[Outcome]:
    found = []
    async with open_surgery() as surgery, async_playwright() as playwright:
        desktops = await playwright.chromium.launch(executable_path=chromium(), args=_FLAGS)
        phones = await playwright.chromium.launch(executable_path=chromium(), args=_FLAGS)
        async with trial(surgery, desktops, phones) as tried:
            for fault in faults:
                sys.stdout.write(f"{fault:10}")
                for step in steps:
                    outcome = await tried.run(step, fault)
                    found.append(outcome)
                    here = "here" if outcome.here else "told" if outcome.told else "none"
                    sys.stdout.write(f"  {step}: {outcome.wrong or here}")
                    sys.stdout.flush()
                    if outcome.wrong:
                        sys.stdout.write(f"\n  {outcome.told}\n{outcome.shown}\n")
                sys.stdout.write("\n")
        await phones.close()
        await desktops.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench phone_faults", description=__doc__)
    parser.add_argument("--steps", nargs="*", default=STEPS, choices=STEPS)
    parser.add_argument("--faults", nargs="*", default=FAULTS, choices=FAULTS)
    options = parser.parse_args()
    found = asyncio.run(_run(options.steps, options.faults))
    wrong = [outcome for outcome in found if outcome.wrong]
    sys.stdout.write(
        f"{len(found)} photos, {sum(each.here for each in found)} on the desktop, {len(wrong)} wrong\n"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
