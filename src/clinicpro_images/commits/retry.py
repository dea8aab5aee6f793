"""What to do after an error: a decision from the error and the clock, nothing else."""

from dataclasses import dataclass
from typing import Literal

from clinicpro_images.commits.job import Job
from clinicpro_images.errors import AlexError, ClinicProError


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential waits with full jitter, up to a ceiling in time. All in seconds."""

    first_wait: float = 1.0
    longest_wait: float = 60.0
    ceiling: float = 600.0
    settling: float = 75.0


@dataclass(frozen=True)
class Decision:
    """`again` at `not_before`; `give-up`; or `ask` the clinician."""

    what: Literal["again", "give-up", "ask"]
    not_before: float = 0.0
    may_have_landed: bool = False


def after_sending(
    error: ClinicProError, job: Job, policy: RetryPolicy, *, now: float, jitter: float
) -> Decision:
    """Decide after a write failed. `jitter` is a random number from 0 to 1."""
    open_outcome = isinstance(error, AlexError) and error.may_have_landed
    if not error.retryable:
        return Decision("give-up")
    if now - job.queued_at >= policy.ceiling:
        return (
            Decision("ask", may_have_landed=True)
            if open_outcome or job.may_have_landed
            else Decision("give-up")
        )
    return Decision("again", now + wait(error, job, policy, jitter), may_have_landed=open_outcome)


def after_looking(
    error: ClinicProError, job: Job, policy: RetryPolicy, *, now: float, jitter: float
) -> Decision:
    """Decide after looking for an earlier write failed: the outcome stays open in any case."""
    if not error.retryable or now - job.queued_at >= policy.ceiling:
        return Decision("ask", may_have_landed=True)
    return Decision("again", now + wait(error, job, policy, jitter), may_have_landed=True)


def settled_at(job: Job, policy: RetryPolicy) -> float:
    """From when on "not found" means that it did not land: a slow practice may still be writing before."""
    return (job.sent_at or 0.0) + policy.settling


def wait(error: ClinicProError, job: Job, policy: RetryPolicy, jitter: float) -> float:
    """Return the seconds to wait: what ALEX asked for, or full jitter under a doubling bound."""
    if error.retry_after is not None:
        return max(error.retry_after, 0.0)
    bound = min(policy.longest_wait, policy.first_wait * 2.0 ** min(max(job.attempt - 1, 0), 30))
    return bound * jitter
