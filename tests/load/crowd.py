"""A number of clinicians at once for a time, and what became of every image."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random

import aiohttp

from image_files import make_jpeg, with_segments
from load.managers import Managers
from load.patients import crowd_patients
from load.stage import Stage
from load.tally import Tally
from load.visit import Failed, Surroundings, Visit
from titles import line_of

_SCENES = 6
_TOLD_EVERY = 15.0


@dataclass
class Outcome:
    """What a crowd leaves behind. Labels name images; CPU is milliseconds per image over all gateways.

    `cores` is how many of the machine's cores each party kept busy on average.
    """

    clinicians: int
    tally: Tally
    seconds: float = 0.0
    cpu: float = 0.0
    cores: dict[str, float] = field(default_factory=dict)
    landed: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong_id: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    # Of the practice's pages that were open: patients named in them or in logs, and looks that were behind.
    leaks: Counter[str] = field(default_factory=Counter)
    late: int = 0
    looks: int = 0

    @property
    def clean(self) -> bool:
        wrong = (self.tally.errors, self.lost, self.twice, self.wrong_id, self.leaks, self.late)
        return not any(wrong) and self.landed > 0


async def run_crowd(
    stage: Stage,
    *,
    clinicians: int,
    seconds: float,
    visit_seconds: float,
    seed: int,
    persistent: bool = False,
    managers: int = 0,
    report: Callable[[str], None] = lambda _line: None,
) -> Outcome:
    """Let `clinicians` work side by side; nobody begins another visit after `seconds`. `report` receives the progress.

    `managers` is how many practice's pages are open all the time.
    """
    tally = Tally()
    outcome = Outcome(clinicians, tally)
    scenes = [make_jpeg(width=1600, height=1200, seed=each, quality=88) for each in range(_SCENES)]
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with http.get(f"{stage.origins[0]}/phone") as reply:
            phone = reply.ok
        around = Surroundings(
            http=http, sandbox=stage.sandbox.origin, origins=stage.origins, public_url=stage.public_url,
            numbers=count(1), tally=tally, phone=phone, persistent=persistent,
            image=lambda number: with_segments(scenes[number % _SCENES], [(0xFE, f"{seed}/{number}".encode())]),
        )  # fmt: skip
        started, before = time.perf_counter(), stage.cpu()

        async def clinician(number: int) -> None:
            random = Random(f"{seed}/{number}")  # noqa: S311 - repeatable on purpose
            # They don't all open a patient in the same second.
            await asyncio.sleep(random.uniform(0, min(visit_seconds, seconds)))
            while time.perf_counter() - started < seconds or tally.visits == 0:
                try:
                    await Visit(around, random, visit_seconds, str(crowd_patients()[number]["id"])).run()
                except (Failed, TimeoutError) as error:
                    if isinstance(error, TimeoutError):
                        tally.errors["a visit was not completed"] += 1
                    return

        pages = Managers(http, stage.origins[-1], stage.admin_token, tally)
        watching = [asyncio.create_task(_watch(stage, outcome, started, report))]
        watching += [asyncio.create_task(pages.watch(number)) for number in range(managers)]
        await asyncio.gather(*(clinician(number) for number in range(clinicians)))
        for each in watching:
            each.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        outcome.seconds = time.perf_counter() - started
        spent = {name: seconds - before.get(name, 0.0) for name, seconds in stage.cpu().items()}
        outcome.cpu = 1000 * (spent["gateways"] + spent.get("decoding", 0.0)) / max(1, len(tally.filed))
        outcome.cores = {name: seconds / outcome.seconds for name, seconds in spent.items()}
    for gateway in stage.gateways if managers else ():
        pages.search("the log", gateway.log.read_text("utf-8"))
    outcome.leaks, outcome.late, outcome.looks = pages.leaks, pages.late, pages.looks
    await asyncio.to_thread(_count, stage, outcome)
    return outcome


async def _watch(stage: Stage, outcome: Outcome, started: float, report: Callable[[str], None]) -> None:
    tally, due = outcome.tally, _TOLD_EVERY
    while True:
        held = await asyncio.to_thread(stage.measure_memory)
        at = time.perf_counter() - started
        outcome.memory.append((at, held))
        if at >= due:
            due += _TOLD_EVERY
            said = f"{at:4.0f} s: {tally.visits} visits, {len(tally.filed)} images filed, "
            report(said + f"{sum(tally.errors.values())} errors, {held:.0f} MB")
        await asyncio.sleep(2)


def _count(stage: Stage, outcome: Outcome) -> None:
    documents = stage.sandbox.resources()
    labels = [line_of(document).rpartition(" – ")[2] for document in documents]
    ids = {label: document["id"] for label, document in zip(labels, documents, strict=True)}
    counted = Counter(labels)
    identifiers = Counter(document["identifier"]["value"] for document in documents)
    outcome.landed = len(documents)
    outcome.lost = sorted(outcome.tally.asked - set(counted))
    outcome.twice = [each for found in (counted, identifiers) for each, number in found.items() if number > 1]
    outcome.wrong_id = [label for label, said in outcome.tally.filed.items() if said != ids.get(label)]
