"""Decides what to do after an error, from the error, the job and the time."""

from dataclasses import dataclass
from typing import Literal

from clinicpro_images.commits.jobs import job_errors
from clinicpro_images.commits.jobs.job import Job, JobError, needs_review, rejected, retry_later
from clinicpro_images.commits.sight import SearchOutcome
from clinicpro_images.errors import ClinicProError
from clinicpro_images.records.errors import (
    PracticeOffline,
    RecordSystemError,
    RecordSystemOtherPatient,
    RecordSystemThrottled,
    RecordSystemTokenRenewed,
    RecordSystemUnauthorized,
    RecordSystemUnreachable,
    TokenUnavailable,
)

_SERVER_ERROR = 500


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with full jitter, until `ceiling`. All in seconds."""

    first_wait: float = 1.0
    longest_wait: float = 60.0
    ceiling: float = 600.0
    reconcile_after: float = 60.0


@dataclass(frozen=True)
class Decision:
    """`retry` at `not_before`; `fail`; or `review` by the clinician."""

    action: Literal["retry", "fail", "review"]
    not_before: float = 0.0
    may_have_landed: bool = False
    answered: bool = False


def decided(job: Job, decision: Decision, error: JobError) -> Job:
    """Return the job as the decision makes it."""
    match decision.action:
        case "retry":
            return retry_later(
                job,
                decision.not_before,
                job_errors.while_waiting(job, error),
                may_have_landed=decision.may_have_landed,
                answered=decision.answered,
            )
        case "fail":
            return rejected(job, job_errors.landing_unknown(job, error) if job.may_have_landed else error)
        case "review":
            return needs_review(job, job_errors.landing_unknown(job, error))


def after_sending(
    error: ClinicProError, job: Job, policy: RetryPolicy, *, now: float, jitter: float
) -> Decision:
    """Decide what to do after a failed write. `jitter` is a random number from 0 to 1."""
    bound = min(policy.longest_wait, policy.first_wait * 2.0 ** min(max(job.attempt - 1, 0), 30))
    not_before = now + _wait(error, bound, jitter)
    if isinstance(error, RecordSystemOtherPatient):
        return Decision("review", may_have_landed=True)
    if isinstance(error, RecordSystemError) and error.may_have_landed:
        # However late it is, the record is searched before a clinician has to check. A search doesn't wait for a long
        # Retry-After, but it does wait until it is conclusive.
        if _wait(error, 0.0, 0.0) > policy.longest_wait and _too_late(error, job, policy, now):
            not_before = reconcilable_at(job, policy)
        return Decision("retry", not_before, may_have_landed=True, answered=not error.under_way)
    # If a token that has just been renewed is refused too, another one will be.
    again = (
        isinstance(error, RecordSystemTokenRenewed) and job.error is not None and job.error.slug == error.slug
    )
    if again or not error.retryable or _too_late(error, job, policy, now):
        return Decision("fail")
    if isinstance(error, RecordSystemTokenRenewed):
        not_before = now + _wait(error, 0.0, jitter)
    return Decision("retry", not_before)


def repeatable_at(job: Job, finding: SearchOutcome, policy: RetryPolicy) -> float:
    """Return when a write that is said not to have been carried out may be repeated, after a search did not show it.

    Where the search can see, as long after it was sent as images take at most to be shown, and as much again; at least a
    sixth of the settling time, because a record may have become slower since. A server error without a word of the record
    system's own may come from a gateway that gave up on it: then it settles first.
    """
    if not finding.absent or job.sent_at is None:
        return 0.0
    error = job.error
    explained = error is None or error.alex_code is not None or (error.alex_status or 0) < _SERVER_ERROR
    shown = max(2 * finding.lag, policy.reconcile_after / 6)
    return job.sent_at + shown + (0.0 if explained else policy.reconcile_after)


def before_repeating(
    error: ClinicProError, job: Job, policy: RetryPolicy, *, now: float, jitter: float
) -> Decision | None:
    """Decide what to do after a failed search that comes before a repeat; None if the repeat needn't wait for it.

    What was sent before is said not to have been carried out. Where the record system can't be reached now, the write
    couldn't reach it either; any other failure is the search's own, and must not keep an image from being filed.
    """
    if isinstance(error, RecordSystemOtherPatient):
        return Decision("review", may_have_landed=True)
    if not isinstance(error, _OUT_OF_REACH):
        return None
    if _too_late(error, job, policy, now):
        return Decision("fail")
    bound = min(policy.longest_wait, max(policy.first_wait, now - job.queued_at))
    return Decision("retry", now + _wait(error, bound, jitter))


_OUT_OF_REACH = (
    RecordSystemUnreachable,
    RecordSystemThrottled,
    RecordSystemTokenRenewed,
    PracticeOffline,
    TokenUnavailable,
)


def after_reconciling(
    error: ClinicProError, job: Job, policy: RetryPolicy, *, now: float, jitter: float
) -> Decision:
    """Decide what to do after a failed search for an earlier write, whose outcome is still unknown."""
    if isinstance(error, RecordSystemOtherPatient):
        return Decision("review", may_have_landed=True)
    # A search writes nothing, so a token that is refused twice, while tokens change, can be retried; a search that is
    # not permitted (403) can't.
    temporary = error.retryable or isinstance(error, RecordSystemUnauthorized)
    if not temporary or _too_late(error, job, policy, now):
        # A clinician may press "Send again" at once, while the write may still be in progress.
        if not job.answered and now < (reconcilable := reconcilable_at(job, policy)):
            return Decision("retry", reconcilable, may_have_landed=True)
        return Decision("review", may_have_landed=True)
    # Searches don't count as attempts, so the bound grows with the job's age instead.
    bound = min(policy.longest_wait, max(policy.first_wait, now - job.queued_at))
    return Decision("retry", now + _wait(error, bound, jitter), may_have_landed=True)


def is_over(job: Job, policy: RetryPolicy, now: float) -> bool:
    """Return whether the time for retries is over."""
    return now - job.queued_at >= policy.ceiling


def reconcilable_at(job: Job, policy: RetryPolicy, lag: float = 0.0) -> float:
    """Return when a search becomes conclusive: until then, a slow practice may still be writing.

    Also after an answer: it may have come from a gateway that no longer waits, and what was written may be shown later
    than it was at other times. `lag` is how many seconds the record took at most, until a search showed an image.
    """
    return (job.sent_at or 0.0) + policy.reconcile_after + lag


def look_again_at(job: Job, policy: RetryPolicy, now: float, conclusive: float) -> float:
    """Return when to search next: ever more rarely, and as soon as that is conclusive."""
    waited = max(policy.first_wait, 2 * (now - (job.sent_at or now)))
    return max(now, min(conclusive, now + min(waited, policy.longest_wait)))


def _too_late(error: ClinicProError, job: Job, policy: RetryPolicy, now: float) -> bool:
    # A Retry-After past the ceiling counts as too late now, so that nobody waits without knowing.
    return is_over(job, policy, now + _wait(error, 0.0, 0.0))


def _wait(error: ClinicProError, bound: float, jitter: float) -> float:
    """Return the seconds to wait: full jitter up to `bound`, and at least the record system's Retry-After."""
    return max(error.retry_after or 0.0, bound * jitter)
