"""The worker's loop on a real SQLite file: what it begins, looks for, gives up and survives. A fake delivers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clinicpro_images.commits.jobs.circuit_breaker import CircuitBreaker
from clinicpro_images.commits.jobs.job import Job, JobState
from clinicpro_images.commits.jobs.retry import RetryPolicy
from clinicpro_images.commits.jobs.store import Queue
from clinicpro_images.commits.jobs.worker import Worker
from clinicpro_images.errors import ClinicProError
from clinicpro_images.images.errors import ImageGone
from clinicpro_images.records.errors import (
    PracticeOffline,
    RecordSystemConnectionLost,
    RecordSystemForbidden,
    RecordSystemTimeout,
)
from clinicpro_images.records.protocol import PreparedWrite
from clinicpro_images.telemetry.telemetry import Telemetry
from unit.commits.surgery import HERE, THERE, Clock, Surgery, open_surgery

pytestmark = pytest.mark.anyio

POLICY = RetryPolicy(first_wait=1.0, longest_wait=60.0, ceiling=600.0, reconcile_after=60.0)


NOTHING = PreparedWrite("scan", HERE, "c0ffee", resource={})


@dataclass
class FakeDelivery:
    """A JobDelivery that answers as it is told, and records the calls."""

    offline: set[str] = field(default_factory=set)
    sending: list[Callable[[Job], Awaitable[str]]] = field(default_factory=list)
    found: str | ClinicProError | None = None
    clock: Clock = field(default_factory=Clock)
    looking: float = 0.0  # seconds that a look takes by the clock set by hand
    unpreparable: dict[str, Exception] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)

    async def prepare(self, job: Job) -> PreparedWrite:
        if job.id in self.unpreparable:
            raise self.unpreparable[job.id]
        return NOTHING

    async def send(self, job: Job, prepared: PreparedWrite) -> str:
        assert prepared == NOTHING
        self.begun.append(job.id)
        if job.facility_id in self.offline:
            raise PracticeOffline
        if self.sending:
            answer = await self.sending.pop(0)(job)
        else:
            answer = f"resource-{job.id[-4:]}"
        self.sent.append(job.id)
        return answer

    async def find_existing(self, job: Job) -> str | None:
        self.looked.append(job.id)
        self.clock.now += self.looking
        if isinstance(self.found, ClinicProError):
            raise self.found
        return self.found


def raising(error: ClinicProError) -> Callable[[Job], Awaitable[str]]:
    async def answer(_job: Job) -> str:
        raise error

    return answer


@dataclass
class Works:
    """A worker, what it works on, and a way to wait for what it does."""

    surgery: Surgery
    alex: FakeDelivery = field(default_factory=FakeDelivery)
    monotonic: float = 0.0
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.alex.clock = self.surgery.clock
        self.gate = CircuitBreaker(lambda: self.monotonic, at_once=4, first_rest=2.0, longest_rest=60.0)

    def worker(self, queue: Queue | None = None, *, at_once: int = 16) -> Worker:
        return Worker(
            queue=queue or self.surgery.queue(),
            delivery=self.alex,
            blobs=self.surgery.blobs,
            gate=self.gate,
            policy=POLICY,
            wake=self.wake,
            jitter=lambda: 0.0,
            clock=self.surgery.clock,
            at_once=at_once,
            look_every=0.01,
            telemetry=Telemetry(),
        )

    async def until(self, job: Job, state: JobState, *, in_doubt: bool | None = None) -> Job:
        """The job, once it is in this state."""
        async with asyncio.timeout(20):
            while True:
                now = await self.surgery.now(job)
                if now.state == state and in_doubt in {None, now.may_have_landed}:
                    return now
                await asyncio.sleep(0.005)


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:
        worker.stop()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def works(tmp_path: Path) -> AsyncIterator[Works]:
    async with open_surgery(tmp_path) as surgery:
        yield Works(surgery)


async def test_a_job_is_sent_once_and_its_picture_destroyed(works: Works) -> None:
    job = await works.surgery.one()
    async with working(works.worker()):
        done = await works.until(job, "committed")
        async with asyncio.timeout(20):  # the file goes after the row says so
            while works.surgery.picture_files():  # noqa: ASYNC110 - a file that goes tells nobody
                await asyncio.sleep(0.005)
    assert done.resource_id == f"resource-{job.id[-4:]}"
    assert works.alex.sent == [job.id]


async def test_fifty_jobs_of_a_practice_that_sleeps_do_not_hold_up_another_practices_one(
    works: Works,
) -> None:
    """The rule behind `scripts/bench offline`: what rests is not even looked at, however old and many its jobs are."""
    works.alex.offline = {THERE}
    asleep = [await works.surgery.one(facility_id=THERE) for _ in range(50)]
    for _ in range(3):  # an hour of silence, as far as the breaker can tell
        works.gate.begin(THERE)
        works.gate.end(THERE, PracticeOffline())
    other = await works.surgery.one(facility_id=HERE)
    async with working(works.worker(at_once=2)):
        await works.until(other, "committed")
        assert works.alex.begun == [other.id]

        # Its rest over, one job goes ahead; it fails, and the other 49 still stand in nobody's way.
        works.monotonic += 1000.0
        one_more = await works.surgery.one(facility_id=HERE)
        await works.until(one_more, "committed")
    begun_there = [job for job in works.alex.begun if job not in {other.id, one_more.id}]
    assert len(begun_there) <= 1
    waiting = [job for job in await works.surgery.everything() if job.facility_id == THERE]
    assert {job.state for job in waiting} == {"queued"}
    assert len(waiting) == len(asleep)


async def test_what_has_to_wait_is_not_leased_so_that_any_worker_may_begin_it(works: Works) -> None:
    there, go_on = [await works.surgery.one(facility_id=THERE) for _ in range(9)], asyncio.Event()

    async def answer(job: Job) -> str:
        await go_on.wait()
        return f"resource-{job.id[-4:]}"

    works.alex.sending = [answer] * 10
    async with working(works.worker()):
        here = await works.surgery.one(facility_id=HERE)
        async with asyncio.timeout(20):
            while len(works.alex.begun) < 5:  # noqa: ASYNC110 - a job that begins tells nobody
                await asyncio.sleep(0.005)
        assert set(works.alex.begun) == {*(job.id for job in there[:4]), here.id}
        owners = [(await works.surgery.lease(job))[0] for job in there]
        assert owners == ["first"] * 4 + [None] * 5
        go_on.set()
        for job in there:
            await works.until(job, "committed")


async def test_when_their_time_is_over_the_jobs_of_a_sleeping_practice_are_let_go(works: Works) -> None:
    works.alex.offline = {THERE}
    asleep = [await works.surgery.one(facility_id=THERE) for _ in range(5)]
    for _ in range(3):
        works.gate.begin(THERE)
        works.gate.end(THERE, PracticeOffline())
    works.surgery.clock.now += POLICY.ceiling
    async with working(works.worker()):
        for job in asleep:
            failed = await works.until(job, "failed")
            assert failed.problem is not None
            assert failed.problem.slug == PracticeOffline.slug
    assert works.alex.begun == []


async def test_after_a_lost_answer_it_looks_and_what_is_there_is_not_sent_again(works: Works) -> None:
    works.alex.sending = [raising(RecordSystemConnectionLost())]
    works.alex.found = "found-there"
    job = await works.surgery.one()
    async with working(works.worker()):
        done = await works.until(job, "committed")
    assert done.resource_id == "found-there"
    assert works.alex.begun == [job.id]
    assert works.alex.sent == []


async def test_what_is_not_found_is_sent_again_only_after_the_settling_time(works: Works) -> None:
    works.alex.sending = [raising(RecordSystemTimeout())]
    job = await works.surgery.one()
    async with working(works.worker()):
        await works.until(job, "queued", in_doubt=True)
        async with asyncio.timeout(20):
            while True:
                if len(works.alex.looked) >= 3:
                    break
                works.wake.set()
                await asyncio.sleep(0.005)
        assert works.alex.begun == [job.id]
        works.surgery.clock.now += POLICY.reconcile_after
        await works.until(job, "committed")
    assert works.alex.begun == [job.id, job.id]
    assert "not-found" in await works.surgery.history(job)


async def test_a_look_that_began_before_the_settling_time_does_not_count_however_late_its_answer_comes(
    works: Works,
) -> None:
    works.alex.sending = [raising(RecordSystemTimeout())]
    works.alex.looking = POLICY.reconcile_after
    job = await works.surgery.one()
    async with working(works.worker()):
        await works.until(job, "committed")
    # The first look ended after the settling time and found nothing; only the second one, begun after it, counted.
    assert works.alex.looked == [job.id, job.id]
    assert (await works.surgery.history(job)).count("settling") == 1


async def test_where_it_may_not_look_the_clinician_is_asked(works: Works) -> None:
    works.alex.sending = [raising(RecordSystemTimeout())]
    works.alex.found = RecordSystemForbidden()
    job = await works.surgery.one()
    async with working(works.worker()):
        # "Send again" must not meet a write that is still under way.
        await works.until(job, "queued", in_doubt=True)
        async with asyncio.timeout(20):
            while len(works.alex.looked) < 2:  # noqa: ASYNC110 - a look tells nobody
                await asyncio.sleep(0.005)
        assert (await works.surgery.now(job)).state == "queued"
        works.surgery.clock.now += POLICY.reconcile_after
        asked = await works.until(job, "unverified")
    assert asked.may_have_landed
    assert works.alex.begun == [job.id]


async def test_a_job_whose_worker_died_while_sending_is_looked_for_before_anything_is_sent(
    works: Works,
) -> None:
    job = await works.surgery.puts(await works.surgery.one(), "sending")
    works.alex.found = "landed-before-the-death"
    async with working(works.worker()):
        await works.until(job, "committed")
    assert works.alex.begun == []
    assert "worker-lost" in await works.surgery.history(job)


async def test_a_fault_of_our_own_ends_neither_the_worker_nor_the_other_jobs(works: Works) -> None:
    broken, gone, good = [await works.surgery.one() for _ in range(3)]
    works.alex.unpreparable = {broken.id: ZeroDivisionError("ours"), gone.id: ImageGone()}
    async with working(works.worker()) as task:
        await works.until(good, "committed")
        failed = await works.until(gone, "failed")
        assert not task.done()
    assert failed.problem is not None
    assert failed.problem.slug == ImageGone.slug
    assert (await works.surgery.now(broken)).state == "queued"
    assert works.alex.begun == [good.id]


async def test_a_database_that_can_not_be_read_for_a_while_ends_nothing(works: Works) -> None:
    class Shaky(Queue):
        async def take(
            self, limit: int, *, excluded: Collection[str] = (), running: Collection[str] = ()
        ) -> list[Job]:
            if failures:
                raise failures.pop()
            return await super().take(limit, excluded=excluded, running=running)

    failures = [ConnectionError("gone"), ConnectionError("still gone")]
    job = await works.surgery.one()
    steady = works.surgery.queue()
    shaky = Shaky(steady.database, steady.write, steady.images, steady.owner, steady.lease)
    async with working(works.worker(shaky)):
        await works.until(job, "committed")
    assert failures == []


async def test_told_to_stop_it_finishes_what_was_begun_and_begins_nothing_more(works: Works) -> None:
    let_go = asyncio.Event()

    async def slow(_job: Job) -> str:
        await let_go.wait()
        return "landed"

    works.alex.sending = [slow]
    begun = await works.surgery.one()
    worker = works.worker(at_once=1)
    async with working(worker) as task:
        await works.until(begun, "sending")
        later = await works.surgery.one()
        worker.stop()
        let_go.set()
        async with asyncio.timeout(20):
            await task
    assert (await works.surgery.now(begun)).state == "committed"
    assert (await works.surgery.now(later)).state == "queued"


async def test_what_another_worker_took_over_meanwhile_is_not_recorded_by_this_one(works: Works) -> None:
    async def taken_away(job: Job) -> str:
        await works.surgery.is_taken_by(job, "second")
        raise PracticeOffline

    works.alex.sending = [taken_away]
    job = await works.surgery.one()
    other = await works.surgery.one()
    async with working(works.worker()):
        await works.until(other, "committed")
        await works.until(job, "sending")
    assert (await works.surgery.lease(job))[0] == "second"
    assert (await works.surgery.history(job))[-1] == "sending"


async def test_that_it_landed_is_recorded_whoever_holds_the_job(works: Works) -> None:
    async def taken_away(job: Job) -> str:
        await works.surgery.is_taken_by(job, "second")
        return "landed-late"

    works.alex.sending = [taken_away]
    job = await works.surgery.one()
    async with working(works.worker()):
        done = await works.until(job, "committed")
    assert done.resource_id == "landed-late"
