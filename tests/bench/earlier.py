"""`scripts/bench earlier`: launches side by side against an ALEX that mixes other patients' documents into every list.

Prints how many photos were shown and whose, and exits 1 if one was another patient's or one of the patient's own was missing.
With --slow, prints instead how long launch, list and first photo take where every call to ALEX takes so many seconds.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx2

from alex_sandbox.behaviour import DEFAULT_ROLES
from hostile_scans import HostileScans
from running import BrowserSession, running, running_sandbox
from side_by_side import Tally, look_side_by_side

PATIENT = "94497821d8aa4ba5fbbbef7e68f1f66b"


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench earlier", description=__doc__)
    parser.add_argument("--launches", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=8, help="clinicians who look at the same time")
    parser.add_argument("--seed", type=int, default=19)
    parser.add_argument("--slow", type=float, help="seconds that every call to ALEX takes")
    options = parser.parse_args()
    if options.slow is not None:
        sys.exit(0 if asyncio.run(_timed(options.slow)) else 1)
    started = time.monotonic()
    tally, traps = asyncio.run(_run(options.launches, options.at_once, options.seed))
    sys.stdout.write(
        f"{tally.launches} launches with {traps} kinds of trap in {time.monotonic() - started:.0f} s\n"
        f"shown: {tally.shown}, refused when opened: {tally.refused}, left out of lists: {tally.unproven}\n"
        f"sessions that ended while loading: {tally.ended}\n"
        f"of another patient: {len(tally.foreign)} {sorted(set(tally.foreign))}\n"
        f"own ones not shown: {len(tally.missing)} {sorted(set(tally.missing))}\n"
        f"problems: {len(tally.problems)} {sorted(set(tally.problems))[:5]}\n"
    )
    sys.exit(1 if tally.foreign or tally.missing or tally.problems else 0)


_UNLIMITED = {"CLINICPRO_LAUNCHES_PER_MINUTE": "0"}  # all of them come from one address


async def _run(launches: int, at_once: int, seed: int) -> tuple[Tally, int]:
    with running_sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        front = HostileScans(sandbox, seed=seed)
        async with front.serving() as hostile, running(hostile, Path(folder), _UNLIMITED) as browser:
            tally = await look_side_by_side(browser, front, launches=launches, at_once=at_once, seed=seed)
        return tally, len(front.traps)


async def _timed(seconds: float) -> bool:
    """Print the medians of five launches each; whether list and first photo were there in twice the time of a call."""
    measured: dict[str, list[float]] = {}
    without_reading = [each for each in DEFAULT_ROLES if "binary" not in each]
    with running_sandbox("--earlier-photos") as sandbox, tempfile.TemporaryDirectory() as folder:
        sandbox.call("PUT", "/sandbox/settings", {"roles": without_reading})
        async with running(sandbox, Path(folder) / "without") as browser:
            await _launches(browser, seconds, measured, "launch without earlier photos", look=False)
        sandbox.call("PUT", "/sandbox/settings", {"roles": list(DEFAULT_ROLES)})
        async with running(sandbox, Path(folder) / "with") as browser:
            await _launches(browser, seconds, measured, "launch", look=True)
    medians = {name: statistics.median(each) for name, each in measured.items()}
    for name, each in measured.items():
        sys.stdout.write(f"{name:32} {medians[name]:.2f} s (most {max(each):.2f})\n")
    return medians["list"] <= 2 * seconds and medians["first photo"] <= 2 * seconds


async def _launches(
    browser: BrowserSession, seconds: float, measured: dict[str, list[float]], name: str, *, look: bool
) -> None:
    """Launch, and then list and open a photo, as the page does: the list in the background, after the launch."""
    fault = {"seed": 1, "faults": [{"kind": "latency", "seconds": seconds}]}
    await browser.launch(PATIENT)  # a token, and decoders that have started
    await browser.client.get("/api/earlier-images")
    browser.sandbox.call("PUT", "/sandbox/faults", fault)
    for _ in range(5):
        client = browser.other_browser()
        url = browser.sandbox.launch_url(PATIENT)

        async def timed(what: str, path: str, client: httpx2.AsyncClient = client) -> httpx2.Response:
            started = time.monotonic()
            reply = await client.get(path)
            measured.setdefault(what, []).append(time.monotonic() - started)
            return reply

        await timed(name, f"/launch?{url.partition('?')[2]}")
        if look:
            [first, *_] = (await timed("list", "/api/earlier-images")).json()["images"]
            path = f"/api/earlier-images/{first['id']}/content"
            await timed("first photo", f"{path}?size=thumb")
            await timed("the same, large", f"{path}?size=view")
    browser.sandbox.call("DELETE", "/sandbox/faults")


if __name__ == "__main__":
    main()
