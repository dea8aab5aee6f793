"""The worker: leases jobs, reconciles earlier attempts before it writes again, and stores every transition."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog

from clinicpro_images.commits.jobs import job_errors, retry
from clinicpro_images.commits.jobs.circuit_breaker import CircuitBreaker
from clinicpro_images.commits.jobs.delivery import JobDelivery
from clinicpro_images.commits.jobs.job import (
    Job,
    JobError,
    confirmed_absent,
    not_filed_since,
    retry_later,
    start_sending,
)
from clinicpro_images.commits.jobs.poll_intervals import PollIntervals
from clinicpro_images.commits.jobs.retry import Decision, RetryPolicy
from clinicpro_images.commits.jobs.store import JobStore, LeasedJob, LeaseLost
from clinicpro_images.commits.sight import SearchOutcome
from clinicpro_images.db.database import Database
from clinicpro_images.errors import ClinicProError
from clinicpro_images.images.blob_store.protocol import BlobStore
from clinicpro_images.records.errors import (
    PracticeOffline,
    RecordSystemDuplicate,
    RecordSystemError,
    RecordSystemOtherPatient,
    RecordSystemTimeout,
)
from clinicpro_images.telemetry.telemetry import Telemetry

_OVERDUE_BATCH = 20
_SHORTEST_WAIT = 0.02
_CLOCK_DIFFERENCE = 0.02  # seconds by which the database's clock may be behind the worker's

T = TypeVar("T")

log = structlog.get_logger()


class Worker:
    """Processes the job queue until it is stopped; several workers may share one database."""

    def __init__(
        self,
        *,
        database: Database,
        store: JobStore,
        delivery: JobDelivery,
        blobs: BlobStore,
        breaker: CircuitBreaker,
        telemetry: Telemetry,
        policy: RetryPolicy,
        wake: asyncio.Event,
        jitter: Callable[[], float],
        clock: Callable[[], float],
        on_landed: Callable[[LeasedJob, str, float], None] = lambda _leased, _resource_id, _seconds: None,
        concurrency: int = 16,
        poll: PollIntervals | None = None,
    ) -> None:
        """`clock` is seconds since 1970, `jitter` a random number from 0 to 1; setting `wake` polls at once.

        `on_landed` is called with every job that ALEX has confirmed, the id of its resource, and how long that took.
        """
        self._on_landed = on_landed
        self._database = database
        self._store = store
        self._delivery = delivery
        self._blobs = blobs
        self.breaker = breaker
        self._telemetry = telemetry
        self._policy = policy
        self._wake = wake
        self._jitter = jitter
        self._clock = clock
        self._concurrency = concurrency
        self._poll = poll or PollIntervals()
        self._running: dict[str, tuple[Job, asyncio.Task[None]]] = {}
        self._delayed: dict[str, float] = {}
        self._more_waiting = False
        self._stopping = False

    async def run(self) -> None:
        """Process jobs until stopped; if cancelled, another worker takes over the jobs that are being sent."""
        async with asyncio.TaskGroup() as tasks:
            leases = tasks.create_task(self._renew_leases())
            while not self._stopping:
                try:
                    await self._start_due(tasks)
                except Exception:
                    # The database may be unavailable for a while; its jobs stay in the queue.
                    log.exception("queue.unreadable", message="The queue could not be read; trying again.")
                await self._wait_for_poll()

            while self._running:
                await asyncio.wait([task for _, task in self._running.values()])
            leases.cancel()

    def stop(self) -> None:
        """Lease no more jobs; `run` returns once the running jobs are done."""
        self._stopping = True
        self._wake.set()

    async def _wait_for_poll(self) -> None:
        seconds = self._poll.busy if self._more_waiting else self._poll.idle
        if self._delayed:
            due_in = min(self._delayed.values()) - self._clock()
            seconds = min(seconds, max(due_in, _SHORTEST_WAIT))
        # Not wait_for: before Python 3.12 it swallows a cancellation that coincides with the wake.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    async def _start_due(self, tasks: asyncio.TaskGroup) -> None:
        await self._end_overdue()
        now = self._clock()
        self._delayed = {job_id: due for job_id, due in self._delayed.items() if due > now}
        # Lease no more than can start, whatever their facility, so that other workers can take the rest.
        while (capacity := min(self._concurrency - len(self._running), self.breaker.capacity())) > 0:
            surplus: list[str] = []
            blocked = self.breaker.blocked()
            leased = await self._database.write(
                self._store.lease, capacity, excluded=blocked, running=list(self._running)
            )
            self._more_waiting = bool(blocked) or len(leased) == capacity
            for each in leased:
                job = each.job
                if not self.breaker.has_capacity(job.facility_id):
                    surplus.append(job.id)
                    continue
                self.breaker.start(job.facility_id)
                task = tasks.create_task(self._work(each))
                self._running[job.id] = (job, task)
                task.add_done_callback(partial(self._finished, job))
            if surplus:
                # Their practice stopped responding while they were being leased.
                await self._database.write(self._store.release, surplus)
            if len(leased) < capacity:
                return
            # Lease again: the oldest jobs may have filled one practice's capacity, and other practices' jobs follow.

    async def _end_overdue(self) -> None:
        """End jobs whose time for retries is over while their practice doesn't respond.

        While its circuit is open only one job at a time is tried, so the others would never end.
        """
        tripped = self.breaker.tripped()
        if not tripped:
            return
        overdue = await self._database.write(
            self._store.lease_overdue,
            _OVERDUE_BATCH,
            tripped,
            queued_before=self._clock() - self._policy.ceiling,
            sent_before=self._clock() - self._policy.reconcile_after,
            running=list(self._running),
        )
        for leased in overdue:
            job = leased.job
            error = job.error or job_errors.job_error_of(PracticeOffline())
            after = retry.decided(job, Decision("fail"), error)
            with contextlib.suppress(LeaseLost):
                await self._apply(leased, job, after, "overdue")

    def _finished(self, job: Job, _task: asyncio.Task[None]) -> None:
        del self._running[job.id]
        # Another job may have waited for capacity, or, as a message or an edited copy, for the rest of its commit.
        if self._more_waiting or all(other.commit_id != job.commit_id for other, _ in self._running.values()):
            self._wake.set()

    async def _renew_leases(self) -> None:
        while True:
            await asyncio.sleep(self._store.lease_seconds / 3)
            if not self._running:
                continue
            try:
                await self._database.write(self._store.renew, list(self._running))
            except Exception:
                log.exception("queue.lease-not-renewed", message="Leases could not be renewed; trying again.")

    async def _work(self, leased: LeasedJob) -> None:
        job, error = leased.job, None
        log_job = log.bind(correlation_id=job.correlation_id, kind=job.kind, attempt=job.attempt)
        try:
            with self._telemetry.job(job.kind, job.correlation_id, job.attempt):
                error = await self._deliver(leased)
        except LeaseLost:
            log_job.warning("commit.lease-lost", message="Another worker took over this job.")
        except Exception:
            # Neither a bug nor a lost database may end the worker. The lease expires, and the job is leased again.
            log_job.exception(
                "commit.fault", message="Filing stopped at an unexpected error; trying again after the lease."
            )
        finally:
            self.breaker.finish(job.facility_id, error)

    async def _deliver(self, leased: LeasedJob) -> ClinicProError | None:
        job: Job | None = leased.job
        if leased.job.state == "sending":
            # Its worker died. A separate transaction: if this worker dies too, the job is still "sending".
            job = await self._database.write(self._store.take_over, leased)
        if job is None:
            return None
        if job.may_have_landed:
            return await self._reconcile(leased, job)
        if job.sent_at is not None:
            return await self._send_unless_seen(leased, job)
        return await self._send(leased, job)

    async def _send_unless_seen(self, leased: LeasedJob, job: Job) -> ClinicProError | None:
        """Repeat a write that is said not to have been carried out, unless the record shows that it was."""
        searched_at, finding = self._now(leased), SearchOutcome()
        try:
            finding = await self._retryable(leased, job, self._delivery.seen(leased))
        except ClinicProError as error:
            now = self._now(leased)
            decision = retry.before_repeating(error, job, self._policy, now=now, jitter=self._jitter())
            if decision is not None:
                await self._apply_decision(leased, job, decision, error)
                return error
        if finding.resource_id is not None:
            await self._land(leased, job, finding.resource_id, "found")
            return None
        repeatable = retry.repeatable_at(job, finding, self._policy)
        if searched_at < repeatable:
            waiting = retry_later(job, repeatable, job.error or job_errors.WAITING, may_have_landed=False)
            await self._apply(leased, job, waiting, "settling")
            return None
        return await self._send(leased, job)

    async def _reconcile(self, leased: LeasedJob, job: Job) -> ClinicProError | None:
        """Search for an earlier write, and write again only if it certainly did not land."""
        # The time before the search: a slow search's result may be as old as its start.
        searched_at = self._now(leased)
        try:
            finding = await self._retryable(leased, job, self._delivery.look(leased))
        except ClinicProError as error:
            now = self._now(leased)
            decision = retry.after_reconciling(error, job, self._policy, now=now, jitter=self._jitter())
            await self._apply_decision(leased, job, decision, error)
            return error
        if finding.resource_id is not None:
            how = "recognised" if finding.by_likeness else "found"
            await self._land(leased, job, finding.resource_id, how)
            return None
        return await self._conclude(leased, job, finding, searched_at)

    async def _conclude(
        self, leased: LeasedJob, job: Job, finding: SearchOutcome, searched_at: float
    ) -> ClinicProError | None:
        """Decide about a job that the search did not show."""
        now, conclusive = self._now(leased), retry.reconcilable_at(job, self._policy, finding.lag)
        if searched_at < conclusive and not (finding.blind and job.answered):
            not_before = retry.look_again_at(job, self._policy, now, conclusive)
            after = retry_later(job, not_before, job.error or job_errors.WAITING, may_have_landed=True)
            await self._apply(leased, job, after, "settling")
            return None
        error_then = job.error or job_errors.job_error_of(RecordSystemTimeout())
        if not finding.absent:
            cause = error_then if finding.cause is None else job_errors.job_error_of(finding.cause)
            await self._decided(leased, job, Decision("review"), cause, "not-visible")
            return None
        if job.before_restore is not None:
            return await self._not_filed_since(leased, job, error_then)
        # A write that started in time gets another attempt even if this program was down in the meantime.
        over = retry.is_over(job, self._policy, now if job.sent_at is None else conclusive)
        if over and error_then.slug == RecordSystemDuplicate.slug:
            # The record system reports a duplicate but doesn't find it: only a clinician can check.
            await self._decided(leased, job, Decision("review"), error_then, "overdue")
            return None
        absent = await self._apply(leased, job, confirmed_absent(job), "not-found", release=False)
        if over:
            await self._decided(leased, absent, Decision("fail"), error_then, "overdue")
            return None
        return await self._send(leased, absent)

    async def _not_filed_since(
        self, leased: LeasedJob, job: Job, looked_for: JobError
    ) -> ClinicProError | None:
        """Send what was under way at the time of the backup; leave everything else to the clinician."""
        if job.before_restore == "queued":
            absent = await self._apply(leased, job, confirmed_absent(job), "not-found", release=False)
            return await self._send(leased, absent)
        after = not_filed_since(job, job_errors.not_filed_since_backup(looked_for))
        await self._apply(leased, job, after, "not-found")
        return None

    async def _send(self, leased: LeasedJob, job: Job) -> ClinicProError | None:
        try:
            prepared = await self._retryable(leased, job, self._delivery.prepare(leased))
        except ClinicProError as error:
            return await self._after_error(leased, job, error)
        started = self._clock()
        sending = start_sending(job, self._now(leased))
        await self._database.write(self._store.start_sending, leased, sending)
        if abs(self._clock() - started) >= self._store.lease_seconds:
            # This process or the database was paused, and the lease may have expired: another worker may have taken the
            # job over, and its search would miss a write that starts now.
            log.warning(
                "commit.slow-database",
                message="Storing an attempt took longer than the lease: the database is slow, or this process was suspended.",
                correlation_id=job.correlation_id,
                lease=self._store.lease_seconds,
            )
            raise LeaseLost(job.id)
        try:
            resource_id = await self._delivery.send(leased, prepared)
        except ClinicProError as error:
            return await self._after_error(leased, sending, error)
        await self._land(leased, sending, resource_id, "landed")
        self._on_landed(leased, resource_id, self._clock() - started)
        return None

    async def _after_error(self, leased: LeasedJob, job: Job, error: ClinicProError) -> ClinicProError | None:
        """Store what comes of an error. A refusal is final only if no search that can see shows the opposite."""
        now, jitter = self._now(leased), self._jitter()
        decision = retry.after_sending(error, job, self._policy, now=now, jitter=jitter)
        if decision.action == "fail" and job.sent_at is not None:
            try:
                finding = await self._delivery.seen(leased)
            except RecordSystemOtherPatient as other:
                return await self._after_error(leased, job, other)
            except RecordSystemError:
                finding = SearchOutcome()  # Retry looks again
            if finding.resource_id is not None:
                await self._land(leased, job, finding.resource_id, "found")
                return None
        await self._apply_decision(leased, job, decision, error)
        return error

    async def _retryable(self, leased: LeasedJob, job: Job, doing: Awaitable[T]) -> T:
        """Await something that writes nothing. A bug that persists until the ceiling becomes the job's error."""
        try:
            return await doing
        except ClinicProError:
            raise
        except Exception as error:
            if not retry.is_over(job, self._policy, self._now(leased)):
                raise
            log.exception("commit.fault", message="Filing gave up after an unexpected error.")
            raise ClinicProError from error

    def _now(self, leased: LeasedJob) -> float:
        """Return the time by the clock as it was when the job was leased, to compare with the job's times."""
        return self._clock() - self._store.moved_since(leased)

    async def _apply(
        self, leased: LeasedJob, before: Job, after: Job, reason: str, *, release: bool = True
    ) -> Job:
        stored, _ = await self._database.write(
            self._store.apply, leased, before, after, reason, release=release
        )
        if stored.state == "queued" and release:
            self._delayed[stored.id] = stored.not_before + _CLOCK_DIFFERENCE
        return stored

    async def _land(self, leased: LeasedJob, job: Job, resource_id: str, reason: str) -> None:
        landed, seconds = await self._database.write(self._store.land, leased, job, resource_id, reason)
        log.info(
            "commit.landed", message="Filed.", correlation_id=job.correlation_id, kind=job.kind, how=reason
        )
        self._telemetry.job_result(landed.facility_id, "landed")
        self._telemetry.job_landed(landed.kind, self._clock() - landed.queued_at)
        if landed.image_id is not None and seconds is not None:
            self._telemetry.image_committed(landed.facility_id, seconds)
            if leased.image is not None and not self._store.images.keeps_copies:
                await self._blobs.remove(leased.image.content_name)

    async def _apply_decision(
        self, leased: LeasedJob, job: Job, decision: Decision, error: ClinicProError
    ) -> None:
        await self._decided(leased, job, decision, job_errors.job_error_of(error), error.slug)

    async def _decided(
        self, leased: LeasedJob, job: Job, decision: Decision, error: JobError, reason: str
    ) -> None:
        """Store what comes of an attempt that filed nothing, as far as is known; log and count it."""
        log.warning(
            f"commit.{decision.action}",
            message="Not filed yet.",
            correlation_id=job.correlation_id,
            kind=job.kind,
            attempt=job.attempt,
            problem=error.slug,
        )
        wrong = error.slug == RecordSystemOtherPatient.slug
        self._telemetry.job_result(job.facility_id, "other-patient" if wrong else decision.action)
        await self._apply(leased, job, retry.decided(job, decision, error), reason)
