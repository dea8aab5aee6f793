"""One trial: images are filed while answers get lost, against one manner of showing what was filed, or a change of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from clinicpro_images.commits.jobs.circuit_breaker import CircuitBreaker
from clinicpro_images.commits.jobs.job import Job, confirmed_in_inbox, send_again
from clinicpro_images.commits.jobs.lookup import store_decision
from clinicpro_images.commits.jobs.poll_intervals import PollIntervals
from clinicpro_images.commits.jobs.reconciliation import Reconciliation, sought_of
from clinicpro_images.commits.jobs.retry import RetryPolicy
from clinicpro_images.commits.jobs.store import LeasedJob
from clinicpro_images.commits.jobs.worker import Worker
from clinicpro_images.commits.sight import SearchOutcome
from clinicpro_images.commits.sight_probe import ProbeTimes, SightProbes
from clinicpro_images.commits.sight_store import SightStore
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.records.protocol import PreparedWrite
from clinicpro_images.telemetry.telemetry import Telemetry
from lost.record import Answer, Manner, MannerlyRecord
from unit.commits.job_world import JobWorld, open_job_world

_POLICY = RetryPolicy(first_wait=1.0, longest_wait=60.0, ceiling=600.0, reconcile_after=60.0)
_OFTEN = PollIntervals(busy=0.002, idle=0.002)


@dataclass(frozen=True)
class Terms:
    """What is filed against what. `then` is how the record shows things after half of the images."""

    manner: Manner
    then: Manner
    seed: int
    allowed: bool = True
    images: int = 6


@dataclass
class Verdict:
    """What came of it. `asked` are images that the clinician had to look for; the others list what must not happen."""

    terms: Terms
    lost_answers: int = 0
    asked: int = 0
    twice: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether every image is in the record once, and none was called committed that isn't there."""
        return not self.twice and not self.missing


@dataclass
class _Delivery:
    """Writes to the record of the trial; everything else is the product's."""

    record: MannerlyRecord
    reconciliation: Reconciliation

    async def prepare(self, leased: LeasedJob) -> PreparedWrite:
        return PreparedWrite("scan", leased.job.facility_id, "c", resource=sought_of(leased))

    async def send(self, leased: LeasedJob, prepared: PreparedWrite) -> str:  # noqa: ARG002 - the protocol's
        return await self.record.write(prepared)

    async def look(self, leased: LeasedJob) -> SearchOutcome:
        return await self.reconciliation.look(leased)

    async def seen(self, leased: LeasedJob) -> SearchOutcome:
        return await self.reconciliation.seen(leased)


async def run_trial(terms: Terms, folder: Path, url: str) -> Verdict:
    """File `terms.images` one after the other; each answer is given, or lost before or after the write."""
    random = Random(terms.seed)  # noqa: S311 - repeats a trial, protects nothing
    async with open_job_world(folder, url) as world:
        world.clock.now = 1_000_000.0
        record = MannerlyRecord(
            terms.manner, world.clock, random, late=random.choice([5.0, 90.0, 200.0, 5000.0])
        )
        record.refused = random.choice([frozenset(), frozenset({"typed"}), frozenset({"plain"})])
        record.refused_all = not terms.allowed
        verdict = Verdict(terms)
        async with _working(world, record, random):
            for number in range(terms.images):
                if number == terms.images // 2:
                    record.manner = terms.then
                await _file_one(world, record, random, verdict)
                world.clock.now += random.choice([0.0, 10.0, 400.0])
                await asyncio.sleep(0.01)
        verdict.lost_answers = record.lost
        for job in await world.jobs():
            copies = len(record.of(job.identifier))
            if copies > 1:
                verdict.twice.append(job.id)
            if copies == 0:
                verdict.missing.append(job.id)
    return verdict


async def _file_one(world: JobWorld, record: MannerlyRecord, random: Random, verdict: Verdict) -> None:
    answers: list[Answer] = ["given", "lost-before", "lost-after"]
    record.answers = random.choices(answers, weights=[2, 2, 3], k=random.choice([1, 1, 2]))
    job = await _committed(world, random)
    while True:
        now = await _settled(world, job)
        if now.state == "committed":
            if not record.of(job.identifier):
                verdict.missing.append(job.id)
            return
        verdict.asked += now.state == "unverified"
        await _answer(world, now, in_inbox=bool(record.of(job.identifier)))


async def _committed(world: JobWorld, random: Random) -> Job:
    """A job of an image whose title and time others may have too."""
    image_id = await world.image()
    image = await world.image_now(image_id)
    label, taken_at = f"Mole {random.randrange(6)}", image.details.taken_at + random.randrange(2)
    described = image.described(replace(image.details, label=label, taken_at=taken_at))
    await world.database.write(lambda work: world.images.set_details(work.connection, described))
    return await world.job(await world.commit(image_id), image_id)


async def _settled(world: JobWorld, job: Job) -> Job:
    """The job, once the worker has nothing more to do with it; the clock moves only while it waits."""
    while not (now := await world.now(job)).is_settled:
        owner, _ = await world.lease_of(job)
        if owner is None and now.not_before > world.clock.now:
            world.clock.now = now.not_before
        await asyncio.sleep(0.003)
    # The probes have some time too, and sometimes enough for a record that shows late.
    world.clock.now += 1.0
    return now


async def _answer(world: JobWorld, job: Job, *, in_inbox: bool) -> None:
    """Answer as a clinician who has looked in Evolution."""

    def store(work: UnitOfWork) -> None:
        after = confirmed_in_inbox(job) if in_inbox else send_again(job, work.now, "c0ffee")
        store_decision(work, world.images, job, after, "clinician")

    await world.database.write(store)


@asynccontextmanager
async def _working(world: JobWorld, record: MannerlyRecord, random: Random) -> AsyncIterator[None]:
    async def sleep(seconds: float) -> None:
        until = world.clock.now + seconds
        while world.clock.now < until:  # noqa: ASYNC110 - the clock of the trial notifies nobody
            await asyncio.sleep(0.002)

    sights = SightStore(world.keyring)
    probes = SightProbes(
        records=record, database=world.database, sights=sights, monotonic=world.clock,
        times=ProbeTimes(fresh=random.choice([0.0, 600.0])), sleep=sleep,
    )  # fmt: skip
    reconciliation = Reconciliation(
        records=record, database=world.database, sights=sights, sessions=world.sessions, images=world.images
    )
    worker = Worker(
        database=world.database, store=world.store(), delivery=_Delivery(record, reconciliation),
        blobs=world.blobs, breaker=CircuitBreaker(world.clock, trip_after=1000), policy=_POLICY,
        wake=asyncio.Event(), jitter=random.random, clock=world.clock, poll=_OFTEN, telemetry=Telemetry(),
        on_landed=probes.start,
    )  # fmt: skip
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await task
        await probes.end()
