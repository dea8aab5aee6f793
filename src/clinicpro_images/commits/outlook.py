"""What a clinician is told about a job that waits: why, when it is tried next, and until when."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from clinicpro_images.commits.jobs.circuit_breaker import Pause
from clinicpro_images.commits.jobs.job import Job, JobError
from clinicpro_images.commits.jobs.retry import RetryPolicy, reconcilable_at


@dataclass(frozen=True)
class Outlook:
    """Times are seconds since 1970. `next_attempt_at` is None while an attempt runs, or if nothing has failed yet."""

    next_attempt_at: float | None = None
    gives_up_at: float | None = None
    error: JobError | None = None


OutlookOf = Callable[[Job], Outlook]


@dataclass(frozen=True)
class Outlooks:
    """Looks ahead for jobs. `pause_of` returns a facility's pause if it is not tried at the moment."""

    clock: Callable[[], float]
    policy: RetryPolicy
    pause_of: Callable[[str], Pause | None]

    def of(self, job: Job) -> Outlook:
        """Return a job's outlook. While its practice is paused, a job that was never tried shares the reason."""
        if job.is_settled:
            return Outlook(error=job.error)
        gives_up_at = job.queued_at + self.policy.ceiling
        if job.may_have_landed:
            gives_up_at = max(gives_up_at, reconcilable_at(job, self.policy))
        if job.state == "sending":
            return Outlook(None, gives_up_at, job.error)
        pause = self.pause_of(job.facility_id)
        error = job.error or (pause.error if pause else None)
        if error is None:
            return Outlook(None, gives_up_at)
        opens_at = 0.0 if pause is None else self.clock() + pause.seconds
        # Where the record shows what was sent only late, the next attempt may wait longer than the time for retries.
        return Outlook(max(job.not_before, opens_at), max(gives_up_at, job.not_before), error)


def earliest(outlooks: Iterable[Outlook]) -> Outlook:
    """Combine the outlooks of several jobs of one image: the next attempt, the last end, the first reason."""
    several = list(outlooks)
    attempts = [each.next_attempt_at for each in several if each.next_attempt_at is not None]
    ends = [each.gives_up_at for each in several if each.gives_up_at is not None]
    return Outlook(
        min(attempts, default=None),
        max(ends, default=None),
        next((each.error for each in several if each.error is not None), None),
    )
