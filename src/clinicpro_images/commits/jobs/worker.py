"""The worker: takes jobs, looks before it writes twice, and records every step."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog

from clinicpro_images.commits.jobs import retry
from clinicpro_images.commits.jobs.circuit_breaker import CircuitBreaker
from clinicpro_images.commits.jobs.delivery import JobDelivery
from clinicpro_images.commits.jobs.job import (
    Job,
    JobError,
    confirmed_absent,
    needs_review,
    refused,
    start_sending,
    try_later,
)
from clinicpro_images.commits.jobs.retry import Decision, RetryPolicy
from clinicpro_images.commits.jobs.store import LeaseLost, Queue
from clinicpro_images.errors import ClinicProError
from clinicpro_images.images.blob_store.folder import Blobs
from clinicpro_images.records.errors import (
    PracticeOffline,
    RecordSystemDuplicate,
    RecordSystemError,
    RecordSystemTimeout,
)
from clinicpro_images.telemetry.telemetry import Telemetry

_OVERDUE_AT_ONCE = 20

T = TypeVar("T")

log = structlog.get_logger()


class Worker:
    """Works through the queue until it is told to stop; several workers may share one database."""

    def __init__(
        self,
        *,
        queue: Queue,
        delivery: JobDelivery,
        blobs: Blobs,
        gate: CircuitBreaker,
        telemetry: Telemetry,
        policy: RetryPolicy,
        wake: asyncio.Event,
        jitter: Callable[[], float],
        clock: Callable[[], float],
        at_once: int = 16,
        look_every: float = 0.5,
    ) -> None:
        """`clock` is seconds since 1970, `jitter` a random number from 0 to 1."""
        self._queue = queue
        self._delivery = delivery
        self._blobs = blobs
        self.gate = gate
        self._telemetry = telemetry
        self._policy = policy
        self._wake = wake
        self._jitter = jitter
        self._clock = clock
        self._at_once = at_once
        self._look_every = look_every
        self._running: dict[str, tuple[Job, asyncio.Task[None]]] = {}
        self._left_waiting = False
        self._stopping = False

    async def run(self) -> None:
        """Work until stopped, or cancelled: then whoever takes over finishes what is being sent."""
        async with asyncio.TaskGroup() as tasks:
            leases = tasks.create_task(self._keep_leases())
            while not self._stopping:
                try:
                    await self._start_due(tasks)
                except Exception:
                    # The database may be away for a while; the jobs are in it and wait there.
                    log.exception("queue.unreadable", message="The queue could not be read; trying again.")
                await self._rest()

            while self._running:
                await asyncio.wait([task for _, task in self._running.values()])
            leases.cancel()

    def stop(self) -> None:
        """Take nothing more; `run` returns once what was begun is done."""
        self._stopping = True
        self._wake.set()

    async def _rest(self) -> None:
        # Not wait_for: before Python 3.12 it swallows a cancellation that meets the wake.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._look_every):
                await self._wake.wait()
        self._wake.clear()

    async def _start_due(self, tasks: asyncio.TaskGroup) -> None:
        await self._give_up_overdue()
        # Not more than may begin, whoever they belong to: what would have to wait is left to other workers.
        while (room := min(self._at_once - len(self._running), self.gate.room_for_any())) > 0:
            surplus: list[str] = []
            closed = self.gate.closed()
            taken = await self._queue.take(room, excluded=closed, running=self._running)
            self._left_waiting = bool(closed) or len(taken) == room
            for job in taken:
                if not self.gate.room(job.facility_id):
                    surplus.append(job.id)
                    continue
                self.gate.begin(job.facility_id)
                task = tasks.create_task(self._work(job))
                self._running[job.id] = (job, task)
                task.add_done_callback(partial(self._finished, job))
            # Of a practice that fell silent while they were taken.
            await self._queue.release(surplus)
            if len(taken) < room:
                return
            # The oldest jobs were of a practice that may have enough of them now; others stand behind them.

    async def _give_up_overdue(self) -> None:
        """Let go, when their time is over, of jobs that wait for a practice that does not answer.

        While it rests one job in a while is tried, so the others would never hear that their time is over.
        """
        overdue = await self._queue.take_overdue(
            _OVERDUE_AT_ONCE,
            self.gate.resting(),
            queued_before=self._clock() - self._policy.ceiling,
            sent_before=self._clock() - self._policy.reconcile_after,
            running=self._running,
        )
        for job in overdue:
            problem = job.problem or job_error_of(PracticeOffline())
            after = needs_review(job, problem) if job.may_have_landed else refused(job, problem)
            with contextlib.suppress(LeaseLost):
                await self._queue.record(job, after, "overdue")

    def _finished(self, job: Job, _task: asyncio.Task[None]) -> None:
        del self._running[job.id]
        # Another may have waited for room, or for the last of its request: a message, an edited copy.
        if self._left_waiting or all(other.commit_id != job.commit_id for other, _ in self._running.values()):
            self._wake.set()

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._queue.lease / 3)
            try:
                await self._queue.renew(list(self._running))
            except Exception:
                log.exception("queue.lease-not-renewed", message="Leases could not be renewed; trying again.")

    async def _work(self, job: Job) -> None:
        error: ClinicProError | None = None
        log_job = log.bind(correlation_id=job.correlation_id, kind=job.kind, attempt=job.attempt)
        try:
            with self._telemetry.job(job.kind, job.correlation_id, job.attempt):
                error = await self._look_or_send(job)
        except LeaseLost:
            log_job.warning("commit.lease-lost", message="Another worker took this job over.")
        except Exception:
            # A fault of ours must not end the worker. The lease lapses, and the job comes back as it stands.
            log_job.exception("commit.fault", message="Filing met a fault of this program.")
        finally:
            self.gate.end(job.facility_id, error)

    async def _look_or_send(self, job: Job) -> ClinicProError | None:
        if job.may_have_landed:
            return await self._look(job)
        return await self._send(job)

    async def _look(self, job: Job) -> ClinicProError | None:
        # Before the question, not after the answer: a look that takes long has seen how it was when it began.
        asked = self._clock()
        try:
            resource_id = await self._ours(job, self._delivery.find_existing(job))
        except ClinicProError as error:
            now = self._clock()
            decision = retry.after_looking(error, job, self._policy, now=now, jitter=self._jitter())
            await self._record_decision(job, decision, error)
            return error
        if resource_id is not None:
            await self._record_landed(job, resource_id, "found")
            return None
        now, settled = self._clock(), retry.reconcilable_at(job, self._policy)
        if asked < settled:
            waiting = job.problem or JobError("alex-timeout", "Waiting", "Waiting to see whether it arrived.")
            after = try_later(
                job, max(now, min(settled, now + self._policy.longest_wait)), waiting, may_have_landed=True
            )
            await self._queue.record(job, after, "settling")
            return None
        # Of a write that was begun in time, an outage of our own takes away no further try.
        over = retry.is_over(job, self._policy, now if job.sent_at is None else settled)
        problem = job.problem or job_error_of(RecordSystemTimeout())
        if over and problem.slug == RecordSystemDuplicate.slug:
            # ALEX says that it has it and does not find it: only a clinician can tell.
            await self._queue.record(job, needs_review(job, problem), "overdue")
            return None
        free = await self._queue.record(job, confirmed_absent(job), "not-found", release=False)
        if over:
            await self._queue.record(free, refused(free, problem), "overdue")
            return None
        return await self._send(free)

    async def _send(self, job: Job) -> ClinicProError | None:
        try:
            prepared = await self._ours(job, self._delivery.prepare(job))
        except ClinicProError as error:
            await self._record_decision(job, self._decide(error, job), error)
            return error
        started = self._clock()
        sending = await self._queue.record(job, start_sending(job, started), "sending", release=False)
        if self._clock() - started >= self._queue.lease:
            # This process stood still, or the database did, and the lease may be over: sending now could meet the
            # look of whoever took the job over.
            raise LeaseLost(job.id)
        if sending.is_settled:
            return None
        try:
            resource_id = await self._delivery.send(sending, prepared)
        except ClinicProError as error:
            await self._record_decision(sending, self._decide(error, sending), error)
            return error
        await self._record_landed(sending, resource_id, "landed")
        return None

    async def _ours(self, job: Job, doing: Awaitable[T]) -> T:
        """Do what writes nothing. A fault of ours that lasts as long as the job may is told, not met for ever."""
        try:
            return await doing
        except ClinicProError:
            raise
        except Exception as error:
            if not retry.is_over(job, self._policy, self._clock()):
                raise
            log.exception("commit.fault", message="Filing met a fault of this program, and gives up.")
            raise ClinicProError from error

    def _decide(self, error: ClinicProError, job: Job) -> Decision:
        return retry.after_sending(error, job, self._policy, now=self._clock(), jitter=self._jitter())

    async def _record_landed(self, job: Job, resource_id: str, reason: str) -> None:
        done, filed_after = await self._queue.record_landed(job, resource_id, reason)
        log.info(
            "commit.landed", message="Filed.", correlation_id=job.correlation_id, kind=job.kind, how=reason
        )
        self._telemetry.job_result(done.facility_id, "landed")
        self._telemetry.job_landed(done.kind, self._clock() - done.queued_at)
        if done.image_id is not None and filed_after is not None:
            self._telemetry.image_committed(done.facility_id, filed_after)
            await self._blobs.remove(done.image_id)

    async def _record_decision(self, job: Job, decision: Decision, error: ClinicProError) -> None:
        problem = job_error_of(error)
        match decision.what:
            case "retry":
                after = try_later(
                    job,
                    decision.not_before,
                    problem,
                    may_have_landed=decision.may_have_landed,
                    under_way=decision.under_way,
                )
            case "fail":
                after = refused(job, problem)
            case "review":
                after = needs_review(job, problem)
        log.warning(
            f"commit.{decision.what}",
            message="Not filed yet.",
            correlation_id=job.correlation_id,
            kind=job.kind,
            attempt=job.attempt,
            problem=error.slug,
        )
        self._telemetry.job_result(job.facility_id, decision.what)
        await self._queue.record(job, after, error.slug)


def job_error_of(error: ClinicProError) -> JobError:
    """Keep what a clinician and an integrator will want to read."""
    upstream = error if isinstance(error, RecordSystemError) else None
    return JobError(
        slug=error.slug,
        title=error.title,
        detail=error.detail,
        integrator=error.integrator,
        alex_status=upstream.upstream_status if upstream else None,
        alex_code=upstream.upstream_code if upstream else None,
        alex_diagnostics=upstream.diagnostics if upstream else None,
    )
