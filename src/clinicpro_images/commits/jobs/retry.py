"""What to do after an error: a decision from the error and the clock, nothing else."""

from dataclasses import dataclass
from typing import Literal

from clinicpro_images.commits.jobs.job import Job
from clinicpro_images.errors import ClinicProError
from clinicpro_images.records.errors import RecordSystemError, RecordSystemUnauthorized


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential waits with full jitter, up to a ceiling in time. All in seconds."""

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
    under_way: bool = True


def after_sending(
    error: ClinicProError, job: Job, policy: RetryPolicy, *, now: float, jitter: float
) -> Decision:
    """Decide after a write failed. `jitter` is a random number from 0 to 1."""
    bound = min(policy.longest_wait, policy.first_wait * 2.0 ** min(max(job.attempt - 1, 0), 30))
    not_before = now + _wait(error, bound, jitter)
    if isinstance(error, RecordSystemError) and error.may_have_landed:
        # However late, a search comes before a clinician is asked; it writes nothing. It does not wait out a long
        # Retry-After, but it waits while the write may still be under way.
        if _wait(error, 0.0, 0.0) > policy.longest_wait and _too_late(error, job, policy, now):
            if not error.under_way:
                return Decision("review", may_have_landed=True)
            not_before = reconcilable_at(job, policy)
        return Decision("retry", not_before, may_have_landed=True, under_way=error.under_way)
    if not error.retryable or _too_late(error, job, policy, now):
        return Decision("fail")
    return Decision("retry", not_before, under_way=False)


def after_reconciling(
    error: ClinicProError, job: Job, policy: RetryPolicy, *, now: float, jitter: float
) -> Decision:
    """Decide after the search for an earlier write failed: the outcome stays open in any case."""
    # A search writes nothing, so a token that is refused twice, in the minute when tokens change, is no reason to trouble
    # a clinician; a search that is not permitted (403) never will be.
    passing = error.retryable or isinstance(error, RecordSystemUnauthorized)
    if not passing or _too_late(error, job, policy, now):
        # A clinician who is asked may press "Send again" at once, and until then the write may still be under way.
        if now < (reconcilable := reconcilable_at(job, policy)):
            return Decision("retry", reconcilable, may_have_landed=True)
        return Decision("review", may_have_landed=True)
    # Searches are not counted as attempts; a bound as long as the job is old doubles as well.
    bound = min(policy.longest_wait, max(policy.first_wait, now - job.queued_at))
    return Decision("retry", now + _wait(error, bound, jitter), may_have_landed=True)


def is_over(job: Job, policy: RetryPolicy, now: float) -> bool:
    """Say whether the time for retries is over."""
    return now - job.queued_at >= policy.ceiling


def reconcilable_at(job: Job, policy: RetryPolicy) -> float:
    """From when on "not found" means that it did not land: before, a slow practice may still be writing."""
    return (job.sent_at or 0.0) + policy.reconcile_after


def _too_late(error: ClinicProError, job: Job, policy: RetryPolicy, now: float) -> bool:
    # A Retry-After that reaches past the ceiling fails now: nobody waits for it in silence.
    return is_over(job, policy, now + _wait(error, 0.0, 0.0))


def _wait(error: ClinicProError, bound: float, jitter: float) -> float:
    """Return the seconds to wait: full jitter under a doubling bound, and never less than the record system asked for."""
    return max(error.retry_after or 0.0, bound * jitter)
