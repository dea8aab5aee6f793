"""One trial: the clock is set while images are staged, waiting, lost and being sent; nothing is lost, stuck or in the future."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import httpx2
from sqlalchemy import select, text

from clinicpro_images.commits.jobs.retry import RetryPolicy
from clinicpro_images.db.clock import DatabaseClock
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.tables import jobs
from clinicpro_images.db.unit_of_work import UnitOfWork
from clocks.server import ServerClock
from databases import place_migrated, sqlite_url
from image_files import make_jpeg
from running import FOREARM, BrowserSession, Sandbox, running

How = Literal["running", "restarted", "rebooted", "apart"]
POLICY = RetryPolicy(first_wait=0.3, longest_wait=1.0, ceiling=20.0, reconcile_after=1.0)
UNDER_WAY = {"queued", "sending"}
LONGEST_SECONDS = 15.0


@dataclass(frozen=True)
class Terms:
    """By how many hours the clock is set, and what the gateway does at the time; `apart`: it is wrong from the start.

    The clock is that of a PostgreSQL server if there is one, and this machine's otherwise.
    """

    hours: float
    how: How


@dataclass
class Verdict:
    """What became of the images; `seconds` is how long it took until none was under way."""

    terms: Terms
    seconds: float = 0.0
    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    in_the_future: list[str] = field(default_factory=list)
    asked: int = 0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.stuck or self.twice or self.in_the_future)


@dataclass
class SetClock:
    """The machine's clock, which is set by `ahead` seconds."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


async def run_trial(sandbox: Sandbox, folder: Path, terms: Terms, postgresql: str | None = None) -> Verdict:
    """Set the clock of a gateway with images in every state; `postgresql` is the URL of a migrated database."""
    machine, verdict = SetClock(), Verdict(terms)
    server = None if postgresql is None else ServerClock(postgresql)
    sandbox.call("PUT", "/sandbox/faults", {"faults": []})
    before = {resource["id"] for resource in sandbox.resources()}
    url = postgresql or sqlite_url(folder / "clinicpro.db")
    place_migrated(url)

    def set_clock() -> None:
        if server is None:
            machine.ahead = terms.hours * 3600.0
        else:
            server.set(terms.hours * 3600.0)

    if terms.how == "apart":
        set_clock()
    async with _gateway(sandbox, folder, url, machine) as browser:
        await browser.launch()
        await browser.prove_sight(make_jpeg(width=64, height=48, seed=9))
        ids = await _in_every_state(browser, sandbox)
        set_clock()
        if terms.how in {"running", "apart"}:
            await _finish(browser, sandbox, ids, verdict)
    if terms.how in {"restarted", "rebooted"}:
        if terms.how == "rebooted":
            await _forget_machine(url)
        async with _gateway(sandbox, folder, url, machine) as browser:
            await browser.launch()
            await browser.client.post("/api/session/leftovers/resume")
            await _finish(browser, sandbox, ids, verdict)
    _judge(sandbox, before, len(ids) + 1, verdict)
    return verdict


@asynccontextmanager
async def _gateway(
    sandbox: Sandbox, folder: Path, url: str, machine: SetClock
) -> AsyncIterator[BrowserSession]:
    """A gateway by this clock; a gateway closes only a database that it opened itself."""
    clock = DatabaseClock(is_local=url.startswith("sqlite"), local=machine)
    environ = {"CLINICPRO_DATABASE_URL": url}
    database = open_database(url, clock=clock)
    try:
        async with running(sandbox, folder, environ, policy=POLICY, database=database) as browser:
            yield browser
    finally:
        await database.close()


async def _in_every_state(browser: BrowserSession, sandbox: Sandbox) -> dict[str, str]:
    """Return the ids of images that are staged, waiting for a retry, lost, and being sent."""
    staged = await _described(browser, 1)
    faults: list[dict[str, Any]] = [
        {"kind": "503", "method": "POST", "resource": "DocumentReference", "times": 1},
        {"kind": "close", "method": "POST", "resource": "DocumentReference", "afterWrite": True, "times": 1},
        {"kind": "latency", "method": "POST", "resource": "DocumentReference", "seconds": 1.5},
    ]
    sandbox.call("PUT", "/sandbox/faults", {"faults": faults})
    ids = {"staged": staged}
    for name, seed in (("waiting", 2), ("lost", 3), ("sending", 4)):
        ids[name] = await _described(browser, seed)
        await _commit(browser, ids[name])
        await asyncio.sleep(0.2)
    return ids


async def _job_states(browser: BrowserSession) -> dict[str, str]:
    query = select(jobs.c.image_id, jobs.c.state)
    rows = await browser.gateway.database.read(lambda connection: connection.execute(query).all())
    return {row.image_id: row.state for row in rows}


async def _described(browser: BrowserSession, seed: int) -> str:
    added = await browser.add(make_jpeg(width=64, height=48, seed=seed))
    await browser.describe(added["id"], bodySite=FOREARM)
    return str(added["id"])


async def _commit(browser: BrowserSession, image_id: str) -> httpx2.Response:
    return await browser.client.post(
        "/api/commits", json={"imageIds": [image_id]}, headers={"Idempotency-Key": f"of-{image_id}"}
    )


async def _finish(browser: BrowserSession, sandbox: Sandbox, ids: dict[str, str], verdict: Verdict) -> None:
    """File the rest, with the clock as it is now."""
    began = time.monotonic()
    await asyncio.sleep(1.5)  # until the gateway has noticed
    waits = (await browser.gateway.retention.purge()).waits
    if abs(verdict.terms.hours) > 1 and verdict.terms.how != "apart" and not waits:
        verdict.lost.append("a purge did not wait")
    listed = (await browser.client.get("/api/images")).json().get("images", [])
    if ids["staged"] not in {image["id"] for image in listed}:
        verdict.lost.append("staged")
    await _commit(browser, ids["staged"])
    sandbox.call("PUT", "/sandbox/faults", {"faults": []})
    states = await _job_states(browser)
    while UNDER_WAY.intersection(states.values()) and time.monotonic() - began < LONGEST_SECONDS:
        await asyncio.sleep(0.1)
        states = await _job_states(browser)
    # Nothing was wrong but the clock, so a job that failed counts too.
    verdict.stuck += [
        name for name, image_id in ids.items() if states.get(image_id) in {*UNDER_WAY, "failed"}
    ]
    verdict.asked = sum(state == "unverified" for state in states.values())
    # A day's work goes on: what is taken now is filed too.
    ids["after"] = await _described(browser, 5)
    await browser.file(ids["after"], key="after")
    verdict.seconds = time.monotonic() - began


def _judge(sandbox: Sandbox, before: set[str], expected: int, verdict: Verdict) -> None:
    filed = [each for each in sandbox.resources() if each["id"] not in before]
    identifiers = [each["resource"]["identifier"][0]["value"] for each in filed]
    verdict.twice += sorted({each for each in identifiers if identifiers.count(each) > 1})
    if len(set(identifiers)) < expected:
        verdict.lost.append(f"{len(set(identifiers))} of {expected} in the record")
    now = time.time()
    verdict.in_the_future += [
        each["id"]
        for each in filed
        if datetime.fromisoformat(each["resource"]["date"]).timestamp() > now + 61
    ]


async def _forget_machine(url: str) -> None:
    """As after a start of the machine, when its steady clock starts again."""

    def forget(work: UnitOfWork) -> None:
        work.connection.execute(text("DELETE FROM clock WHERE machine <> ''"))

    database: Database = open_database(url)
    try:
        await database.write(forget)
    finally:
        await database.close()
