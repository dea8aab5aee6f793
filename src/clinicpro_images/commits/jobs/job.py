"""A job: one resource to be written to ALEX exactly once. This is its state machine, as pure functions.

    queued ──start sending──▶ sending ──landed──▶ committed
      ▲  │                     │ │ └──rejected──▶ failed ──send again──▶ queued
      │  └──rejected───────────┼─┼──▶ failed
      └───retry later──────────┘ └──needs review──▶ unverified ──in inbox──▶ committed
                                                         └──────send again──▶ queued

`may_have_landed` prevents filing an image twice: it is set whenever the outcome of a write is unknown, and while it is
set the worker does not send; it searches the record first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

JobState = Literal["queued", "sending", "committed", "failed", "unverified"]
FiledState = Literal["queued", "sending", "partly", "committed", "failed", "unverified"]
"""An image's state once it is handed over. `partly`: one of its targets has it, and another doesn't."""
JobKind = Literal["document-reference", "media", "communication", "task"]
BeforeRestore = Literal["staged", "queued", "failed"]
"""What a job was in the backup: an image that was never handed over, under way, or failed."""

WAITING: frozenset[JobState] = frozenset({"queued", "sending"})

# The state of several jobs is the first of these that any of them is in.
_WORST_FIRST: tuple[JobState, ...] = ("unverified", "failed", "sending", "queued", "committed")


class WrongState(Exception):
    """A transition that is not possible from this state."""


@dataclass(frozen=True)
class JobError:
    """Why a job is not committed: `title` and `detail` for clinicians, the rest for integrators."""

    slug: str
    title: str
    detail: str
    integrator: str = ""
    alex_status: int | None = None
    alex_code: str | None = None
    alex_diagnostics: str | None = None


@dataclass(frozen=True)
class Job:
    """One resource to be written. Times are seconds since 1970 by the database's clock."""

    id: str
    kind: JobKind
    commit_id: str
    image_id: str | None
    session_id: str
    facility_id: str
    identifier: str
    correlation_id: str
    queued_at: float
    state: JobState = "queued"
    attempt: int = 0
    may_have_landed: bool = False
    answered: bool = False
    """Whether ALEX has answered the last attempt: what may have landed then has, and is not still under way."""
    sent_at: float | None = None
    not_before: float = 0.0
    resource_id: str | None = None
    original_job_id: str | None = None
    """The job that files this edited copy's original."""
    before_restore: BeforeRestore | None = None
    """Set by a restore, until it is known whether it was filed after the backup."""
    error: JobError | None = None

    @property
    def is_settled(self) -> bool:
        """Whether the worker has nothing more to do."""
        return self.state not in WAITING


def start_sending(job: Job, now: float) -> Job:
    """Start an attempt; from here on, a crash leaves the outcome unknown."""
    _expect(job, "queued")
    if job.may_have_landed:
        raise WrongState(f"Job {job.id} may have landed: search before sending again.")
    return replace(job, state="sending", attempt=job.attempt + 1, sent_at=now, answered=False)


def landed(job: Job, resource_id: str) -> Job:
    """Record that ALEX has the resource; possible in every state."""
    if job.state == "committed":
        return job
    return replace(
        job,
        state="committed",
        resource_id=resource_id,
        may_have_landed=False,
        before_restore=None,
        error=None,
    )


def worker_lost(job: Job) -> Job:
    """Record that the process that was sending is gone, so that the outcome is unknown."""
    _expect(job, "sending")
    return replace(job, state="queued", may_have_landed=True)


def retry_later(
    job: Job,
    not_before: float,
    error: JobError,
    *,
    may_have_landed: bool,
    answered: bool = False,
) -> Job:
    """Wait until `not_before`. `may_have_landed` stays set until the record has been searched, `answered` until it is sent."""
    _expect(job, "queued", "sending")
    return replace(
        job,
        state="queued",
        not_before=not_before,
        error=error,
        may_have_landed=job.may_have_landed or may_have_landed,
        answered=job.answered or answered,
    )


def confirmed_absent(job: Job) -> Job:
    """Record that a search after `reconcile_after` did not find it, so that it may be written again."""
    _expect(job, "queued")
    error = None if job.before_restore else job.error
    return replace(job, may_have_landed=False, before_restore=None, error=error)


def restored(job: Job, now: float, error: JobError) -> Job:
    """Look for it first: after the backup, up to now, it may have been sent. The time for retries starts again."""
    _expect(job, "queued", "sending", "failed")
    before: BeforeRestore = "failed" if job.state == "failed" else "queued"
    return replace(
        job,
        state="queued",
        may_have_landed=True,
        answered=False,
        sent_at=now,
        queued_at=now,
        not_before=now,
        before_restore=job.before_restore or before,
        error=error,
    )


def not_filed_since(job: Job, error: JobError) -> Job:
    """Record that what had failed, or was never handed over, was not filed after the backup either: nothing is sent."""
    _expect(job, "queued")
    return replace(job, state="failed", may_have_landed=False, error=error)


def rejected(job: Job, error: JobError) -> Job:
    """Record that ALEX rejected it, or that the time for retries is over; unverified if it may have landed."""
    _expect(job, "queued", "sending")
    if job.may_have_landed:
        return replace(job, state="unverified", error=error)
    return replace(job, state="failed", error=error)


def needs_review(job: Job, error: JobError) -> Job:
    """Record that it may have landed and can't be searched for: a clinician has to check."""
    _expect(job, "queued", "sending")
    return replace(job, state="unverified", may_have_landed=True, error=error)


def confirmed_in_inbox(job: Job) -> Job:
    """Record that the clinician found it in the inbox; its id stays unknown."""
    _expect(job, "unverified")
    return replace(job, state="committed", may_have_landed=False, before_restore=None, error=None)


def send_again(job: Job, now: float, correlation_id: str) -> Job:
    """Queue it again, because the clinician decided so.

    What was unverified is written: the clinician has looked. A failed job that was restored from a backup may have
    landed since, and is searched for first. Where a search is proven able to see, every job that was sent before is.
    """
    _expect(job, "failed", "unverified")
    return replace(
        job,
        state="queued",
        may_have_landed=job.may_have_landed and job.state == "failed",
        queued_at=now,
        not_before=now,
        before_restore=None,
        error=None,
        correlation_id=correlation_id,
        attempt=0,
    )


def try_now(job: Job, now: float) -> Job:
    """Try a waiting job again at once, because the clinician decided so; the time for retries isn't extended."""
    _expect(job, "queued")
    return replace(job, not_before=min(job.not_before, now))


def moved_by(job: Job, seconds: float) -> Job:
    """Move all its times, because the clock was set and those that are stored have been moved."""
    if not seconds:
        return job
    return replace(
        job,
        queued_at=job.queued_at + seconds,
        not_before=job.not_before + seconds,
        sent_at=None if job.sent_at is None else job.sent_at + seconds,
    )


def overall_state(states: Iterable[JobState]) -> JobState:
    """Return the state of at least one job: the one that most needs attention."""
    present = set(states)
    return next(state for state in _WORST_FIRST if state in present)


def image_state(states: Iterable[JobState]) -> FiledState:
    """Return an image's state, from those of its jobs, one per kind of resource.

    A waiting job takes precedence over a failed one, because the details of a failed image can be changed. Those of an
    image that one target has already can't.
    """
    present = set(states)
    state = overall_state(present & WAITING or present)
    return "partly" if state == "failed" and "committed" in present else state


def _expect(job: Job, *states: JobState) -> None:
    if job.state not in states:
        raise WrongState(f"Job {job.id} is {job.state}, not {' or '.join(states)}.")
