"""A job is one resource to be written to ALEX, once. This file is its whole life; it touches nothing.

    queued ──sending──▶ sending ──landed──▶ committed
      ▲  │                │ │ └──refused / given up──▶ failed ──send again──▶ queued
      │  └──refused───────┼─┼──▶ failed
      └───try later───────┘ └──can't look / can't tell──▶ unverified ──in inbox──▶ committed
                                                              └──────send again──▶ queued

`may_have_landed` is the memory that keeps a picture from being filed twice: it is set by anything that
leaves the outcome of a write open, and while it is set nothing is sent; the worker looks first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

JobState = Literal["queued", "sending", "committed", "failed", "unverified"]
JobKind = Literal["document-reference", "media", "communication", "task"]

TERMINAL: frozenset[JobState] = frozenset({"committed"})
WAITING: frozenset[JobState] = frozenset({"queued", "sending"})

# The first of these that any of several jobs is in, is what needs attention most.
_WORST_FIRST: tuple[JobState, ...] = ("unverified", "failed", "sending", "queued", "committed")


class WrongState(Exception):
    """An event that can't happen in this state."""


@dataclass(frozen=True)
class JobError:
    """Why it is not committed, in a clinician's words, and what ALEX said."""

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
    sent_at: float | None = None
    not_before: float = 0.0
    resource_id: str | None = None
    original_job_id: str | None = None
    """Of an edited copy: the job that files its original."""
    error: JobError | None = None

    @property
    def is_settled(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.state not in WAITING


def start_sending(job: Job, now: float) -> Job:
    """Record that the next instruction may write: from here on a crash leaves the outcome open."""
    _expect(job, "queued")
    if job.may_have_landed:
        raise WrongState(f"Job {job.id} may have landed: look before sending again.")
    return replace(job, state="sending", attempt=job.attempt + 1, sent_at=now)


def landed(job: Job, resource_id: str) -> Job:
    """ALEX has it. True whoever learns it and whenever, so every state but committed takes it."""
    if job.state == "committed":
        return job
    return replace(job, state="committed", resource_id=resource_id, may_have_landed=False, error=None)


def worker_lost(job: Job) -> Job:
    """The process that was sending is gone: nobody knows what became of it."""
    _expect(job, "sending")
    return replace(job, state="queued", may_have_landed=True)


def try_later(
    job: Job, not_before: float, error: JobError, *, may_have_landed: bool, under_way: bool = True
) -> Job:
    """Not now: wait until `not_before`. What once may have landed stays so until someone looked.

    Without `under_way` ALEX has answered, so there is no settling to wait for: the next look decides.
    """
    _expect(job, "queued", "sending")
    return replace(
        job,
        state="queued",
        not_before=not_before,
        error=error,
        may_have_landed=job.may_have_landed or may_have_landed,
        sent_at=job.sent_at if under_way else None,
    )


def confirmed_absent(job: Job) -> Job:
    """Someone looked after the settling time and it is not in ALEX: it may be written again."""
    _expect(job, "queued")
    return replace(job, may_have_landed=False)


def rejected(job: Job, error: JobError) -> Job:
    """ALEX will not take it, or time is up and it certainly did not land."""
    _expect(job, "queued", "sending")
    if job.may_have_landed:
        return replace(job, state="unverified", error=error)
    return replace(job, state="failed", error=error)


def needs_review(job: Job, error: JobError) -> Job:
    """It may have landed and nobody can look: a clinician has to."""
    _expect(job, "queued", "sending")
    return replace(job, state="unverified", may_have_landed=True, error=error)


def confirmed_in_inbox(job: Job) -> Job:
    """The clinician saw it in the inbox; its id stays unknown."""
    _expect(job, "unverified")
    return replace(job, state="committed", may_have_landed=False, error=None)


def send_again(job: Job, now: float, correlation_id: str) -> Job:
    """The clinician wants another try, having looked where that was necessary."""
    _expect(job, "failed", "unverified")
    return replace(
        job,
        state="queued",
        may_have_landed=False,
        queued_at=now,
        not_before=now,
        error=None,
        correlation_id=correlation_id,
        attempt=0,
    )


def overall(states: Iterable[JobState]) -> JobState:
    """Return what several jobs amount to; there is at least one."""
    found = set(states)
    return next(state for state in _WORST_FIRST if state in found)


def image_state(states: Iterable[JobState]) -> JobState:
    """Return what an image's state is by its jobs, one per kind of resource.

    As long as one of them is under way it is under way: "failed" opens the image's details to be changed.
    """
    found = set(states)
    return overall(found & WAITING or found)


def _expect(job: Job, *states: JobState) -> None:
    if job.state not in states:
        raise WrongState(f"Job {job.id} is {job.state}, not {' or '.join(states)}.")
