"""`scripts/bench offline`: one practice asleep for an hour with 50 jobs waiting; how soon another practice's filing begins.

A real gateway and the sandbox on loopback. 50 images of a practice that answers 503 wait, and its breaker is brought
to where an hour of silence leaves it. Then another practice files one image at a time. Measured is the time from
the clinician's click (the request leaves the client) to the job being marked as sending, which is the last thing
before the first byte goes to ALEX; the same is measured before, with nothing waiting, and for three phone photos of
12 megapixels that are filed at once, until the last of them is sent.
"""

import argparse
import asyncio
import logging
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import func, select

from clinicpro_images.commits.jobs.retry import RetryPolicy
from clinicpro_images.db.tables import job_transitions, jobs
from clinicpro_images.logs import configure_logs
from clinicpro_images.records.errors import PracticeOffline
from image_files import make_jpeg
from running import FOREARM, BrowserSession, Sandbox, running, running_sandbox
from statements import scalar

ASLEEP, ASLEEP_PATIENT = "F99669-C", "2c546162ac33f848d48d786c7469b56c"
LIMIT_MS = 100.0
_WAITING = 50
_PER_SESSION, _PER_COMMIT = 20, 10
# The waiting jobs must outlast the run; after an hour they would have failed, which is easier.
_POLICY = RetryPolicy(ceiling=7200.0)
_AN_HOUR_OF_FAILURES = 60


def main() -> None:
    """Measure and print; exit 1 if the median is over the limit."""
    parser = argparse.ArgumentParser(prog="scripts/bench offline", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    configure_logs(readable=True, level=logging.CRITICAL)
    with running_sandbox() as sandbox, tempfile.TemporaryDirectory(prefix="clinicpro-offline-") as folder:
        found = asyncio.run(_measure(sandbox, Path(folder), options.rounds))
    console = Console(soft_wrap=True, highlight=False)
    if options.json:
        console.print_json(data=found)
    else:
        for name in ("nothingWaiting", "threePhotos", "fiftyWaiting"):
            figures = found[name]
            console.print(
                f"{name}: median {figures['median']} ms, p95 {figures['p95']} ms, longest {figures['longest']} ms, n {figures['n']}"
            )
        console.print(f"waiting throughout: {found['waiting']} jobs of the practice asleep")
    sys.exit(0 if found["fiftyWaiting"]["median"] <= LIMIT_MS else 1)


async def _measure(sandbox: Sandbox, folder: Path, rounds: int) -> dict[str, Any]:
    async with running(sandbox, folder, policy=_POLICY) as browser:
        before = [await _one(browser, number) for number in range(rounds)]
        three = [await _three(browser) for _ in range(max(1, rounds // 10))]
        await _put_to_sleep(browser)
        await browser.launch()
        after = [await _one(browser, rounds + number) for number in range(rounds)]
        waiting = await _waiting(browser)
    return {
        "nothingWaiting": _figures_of(before),
        "threePhotos": _figures_of(three),
        "fiftyWaiting": _figures_of(after),
        "waiting": waiting,
    }


async def _put_to_sleep(browser: BrowserSession) -> None:
    fault = {"kind": "503", "facility": ASLEEP, "method": "POST"}
    browser.sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    for start in range(0, _WAITING, _PER_COMMIT):
        if start % _PER_SESSION == 0:
            await browser.launch(ASLEEP_PATIENT, facility=ASLEEP)
        await _ask(browser, [await _staged(browser, start + number) for number in range(_PER_COMMIT)])
    breaker = browser.gateway.worker.breaker
    sending = select(func.count()).where(jobs.c.facility_id == ASLEEP, jobs.c.state == "sending")
    while True:
        if not await scalar(browser.gateway.database, sending):
            break
        await asyncio.sleep(0.05)
    for _ in range(_AN_HOUR_OF_FAILURES):
        breaker.start(ASLEEP)
        breaker.finish(ASLEEP, PracticeOffline())


async def _one(browser: BrowserSession, number: int) -> float:
    """Milliseconds from the click to the moment before the first byte."""
    if number % _PER_SESSION == 0 or (number and not browser.client.cookies):
        await browser.launch()
    return await _until_sent(browser, [await _staged(browser, number)])


async def _three(browser: BrowserSession) -> float:
    """The same for the last of three photos of 12 megapixels, taken upright with a phone."""
    await browser.launch()
    staged = []
    for seed in range(3):
        photo = make_jpeg(width=3024, height=4032, orientation=6, gps=True, seed=seed)
        added = await browser.add(photo)
        await browser.describe(added["id"], bodySite=FOREARM)
        staged.append(str(added["id"]))
    return await _until_sent(browser, staged)


async def _until_sent(browser: BrowserSession, image_ids: list[str]) -> float:
    pressed = time.time()
    commit = await _ask(browser, image_ids)
    await browser.settled(commit["id"])
    query = (
        select(func.max(job_transitions.c.at))
        .join(jobs, jobs.c.id == job_transitions.c.job_id)
        .where(jobs.c.image_id.in_(image_ids), job_transitions.c.to_state == "sending")
    )
    begun = await scalar(browser.gateway.database, query)
    assert begun is not None
    return float(begun - pressed) * 1000


async def _staged(browser: BrowserSession, number: int) -> str:
    added = await browser.add(make_jpeg(width=640, height=480, seed=number))
    await browser.describe(added["id"], bodySite=FOREARM)
    return str(added["id"])


async def _ask(browser: BrowserSession, image_ids: list[str]) -> dict[str, Any]:
    reply = await browser.client.post(
        "/api/commits", json={"imageIds": image_ids}, headers={"Idempotency-Key": image_ids[0]}
    )
    assert reply.status_code == 202, reply.text
    commit: dict[str, Any] = reply.json()
    return commit


async def _waiting(browser: BrowserSession) -> int:
    query = select(func.count()).where(jobs.c.facility_id == ASLEEP, jobs.c.state == "queued")
    return (await scalar(browser.gateway.database, query)) or 0


def _figures_of(milliseconds: list[float]) -> dict[str, float]:
    ordered = sorted(milliseconds)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(len(ordered) * 0.95)], 1),
        "longest": round(ordered[-1], 1),
        "n": len(ordered),
    }


if __name__ == "__main__":
    main()
