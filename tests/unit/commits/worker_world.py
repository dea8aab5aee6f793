"""A worker on a real database, with a delivery whose answers a test sets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from clinicpro_images.commits.jobs.circuit_breaker import CircuitBreaker
from clinicpro_images.commits.jobs.job import Job, JobState
from clinicpro_images.commits.jobs.poll_intervals import PollIntervals
from clinicpro_images.commits.jobs.retry import RetryPolicy
from clinicpro_images.commits.jobs.store import JobStore, LeasedJob
from clinicpro_images.commits.jobs.worker import Worker
from clinicpro_images.commits.sight import SearchOutcome
from clinicpro_images.errors import ClinicProError
from clinicpro_images.records.errors import (
    PracticeOffline,
)
from clinicpro_images.records.protocol import PreparedWrite
from clinicpro_images.telemetry.telemetry import Telemetry
from unit.commits.job_world import HERE, Clock, JobWorld

POLICY = RetryPolicy(first_wait=1.0, longest_wait=60.0, ceiling=600.0, reconcile_after=60.0)
OFTEN = PollIntervals(busy=0.01, idle=0.01)
NEVER = PollIntervals(busy=600.0, idle=600.0)  # as far as a test can tell

NOTHING = PreparedWrite("scan", HERE, "c0ffee", resource={})


@dataclass
class FakeDelivery:
    """A JobDelivery whose answers are set by the test, and that records the calls."""

    offline: set[str] = field(default_factory=set)
    answers: list[Callable[[Job], Awaitable[str]]] = field(default_factory=list)
    found: str | ClinicProError | None = None
    sees: bool = True  # whether not finding it proves that it isn't there
    lag: float = 0.0
    clock: Clock = field(default_factory=Clock)
    search_seconds: float = 0.0  # how long a search takes by the clock set by hand
    unpreparable: dict[str, Exception] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    visible: str | ClinicProError | None = None  # what a look before a repeat shows
    can_see: bool = False  # whether a search is proven able to see before a repeat
    glanced: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)

    async def prepare(self, leased: LeasedJob) -> PreparedWrite:
        if leased.job.id in self.unpreparable:
            raise self.unpreparable[leased.job.id]
        return NOTHING

    async def send(self, leased: LeasedJob, prepared: PreparedWrite) -> str:
        assert prepared == NOTHING
        job = leased.job
        self.started.append(job.id)
        if job.facility_id in self.offline:
            raise PracticeOffline
        answer = await self.answers.pop(0)(job) if self.answers else f"resource-{job.id[-4:]}"
        self.sent.append(job.id)
        return answer

    async def look(self, leased: LeasedJob) -> SearchOutcome:
        self.searched.append(leased.job.id)
        self.clock.now += self.search_seconds
        if isinstance(self.found, ClinicProError):
            raise self.found
        return SearchOutcome(resource_id=self.found, absent=self.sees and self.found is None, lag=self.lag)

    async def seen(self, leased: LeasedJob) -> SearchOutcome:
        self.glanced.append(leased.job.id)
        if isinstance(self.visible, ClinicProError):
            raise self.visible
        return SearchOutcome(resource_id=self.visible, absent=self.can_see, lag=self.lag)


def raising(error: ClinicProError) -> Callable[[Job], Awaitable[str]]:
    async def answer(_job: Job) -> str:
        raise error

    return answer


@dataclass
class Fixture:
    """A worker, what it works on, and a way to wait for what it does."""

    world: JobWorld
    alex: FakeDelivery = field(default_factory=FakeDelivery)
    monotonic: float = 0.0
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    telemetry: Telemetry = field(default_factory=Telemetry)

    def __post_init__(self) -> None:
        self.alex.clock = self.world.clock
        self.breaker = CircuitBreaker(
            lambda: self.monotonic, concurrency=4, first_pause=2.0, longest_pause=60.0
        )

    def worker(
        self,
        store: JobStore | None = None,
        *,
        concurrency: int = 16,
        policy: RetryPolicy = POLICY,
        poll: PollIntervals = OFTEN,
        jitter: float = 0.0,
    ) -> Worker:
        return Worker(
            database=self.world.database,
            store=store or self.world.store(),
            delivery=self.alex,
            blobs=self.world.blobs,
            breaker=self.breaker,
            policy=policy,
            wake=self.wake,
            jitter=lambda: jitter,
            clock=self.world.clock,
            concurrency=concurrency,
            poll=poll,
            telemetry=self.telemetry,
        )

    def trip(self, facility_id: str) -> None:
        """Let a practice not answer three times, as far as the breaker can tell."""
        for _ in range(3):
            self.breaker.start(facility_id)
            self.breaker.finish(facility_id, PracticeOffline())

    async def image_destroyed(self) -> None:
        """Wait until no image's content is left, without using the database."""
        async with asyncio.timeout(20):  # the file is removed after the transaction
            while self.world.content_files():  # noqa: ASYNC110 - nothing is notified of a file's removal
                await asyncio.sleep(0.005)

    async def until(self, job: Job, state: JobState, *, uncertain: bool | None = None) -> Job:
        """The job, once it is in this state."""
        async with asyncio.timeout(20):
            while True:
                now = await self.world.now(job)
                if now.state == state and uncertain in {None, now.may_have_landed}:
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
