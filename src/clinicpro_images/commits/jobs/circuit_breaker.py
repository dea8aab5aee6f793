"""A circuit breaker per facility, so that a practice that doesn't respond doesn't slow down the others."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from clinicpro_images.commits.jobs.job import JobError
from clinicpro_images.commits.jobs.job_errors import job_error_of
from clinicpro_images.errors import ClinicProError
from clinicpro_images.records.errors import (
    PracticeOffline,
    RecordSystemBadGateway,
    RecordSystemError,
    RecordSystemTimeout,
    RecordSystemUnreachable,
    TokenRefused,
    TokenUnavailable,
)

# The practice did not respond.
_NO_RESPONSE = (PracticeOffline, RecordSystemTimeout, RecordSystemBadGateway, RecordSystemUnreachable)
_NOT_CALLED = (TokenRefused, TokenUnavailable)


@dataclass(frozen=True)
class Pause:
    """How many seconds a facility is still paused, and the failure that paused it."""

    seconds: float
    error: JobError


class CircuitBreaker:
    """Decides which facilities get no job for now, because enough are running or the facility doesn't respond."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        concurrency: int = 4,
        rate: float | None = None,
        trip_after: int = 3,
        first_pause: float = 2.0,
        longest_pause: float = 60.0,
    ) -> None:
        """`clock` is monotonic seconds. After `trip_after` consecutive failures a facility pauses, with growing pauses.

        `rate` is how many jobs may start per second, None for no limit; a second's worth may start together.
        """
        self._clock = clock
        self._concurrency = concurrency
        self._rate = rate
        self._trip_after = trip_after
        self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._working: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._tripped_until: dict[str, float] = {}
        self._reasons: dict[str, JobError] = {}  # the failure that paused each tripped facility
        self._used: dict[str, tuple[float, float]] = {}  # tokens used and not yet refilled, and as of when

    def blocked(self) -> list[str]:
        """Return the facilities that get no job now."""
        return sorted(set(self.tripped()).union(each for each in self._known() if self._free(each) <= 0))

    def tripped(self) -> list[str]:
        """Return the facilities that did not respond and are paused."""
        now = self._clock()
        return [facility for facility, until in self._tripped_until.items() if until > now]

    def pause(self, facility: str) -> Pause | None:
        """Return the facility's pause, or None if it is not paused."""
        seconds = self._tripped_until.get(facility, 0.0) - self._clock()
        return Pause(seconds, self._reasons[facility]) if seconds > 0 else None

    def end_pause(self, facility: str) -> None:
        """End the facility's pause, because a clinician asked for a try now; one job then tests it (half-open)."""
        self._tripped_until.pop(facility, None)

    def has_capacity(self, facility: str) -> bool:
        """Return whether another job may start."""
        return self._free(facility) > 0 and facility not in self.tripped()

    def capacity(self) -> int:
        """Return how many jobs may start together, whichever unblocked facilities they are for."""
        blocked = self.blocked()
        return min(self._free(each) for each in ("", *self._known()) if each not in blocked)

    def _known(self) -> set[str]:
        """Return facilities with jobs, failures or used tokens; every other one has full capacity."""
        # Drop facilities that are refilled, so that this doesn't grow with every practice ever seen.
        self._used = {
            facility: (left, self._clock())
            for facility in self._used
            if (left := self._unrefilled(facility)) > 0
        }
        return self._working.keys() | self._used.keys() | self._failures.keys()

    def _free(self, facility: str) -> int:
        """Return how many more jobs may start, tripped or not."""
        # After a pause, one job tests whether the practice responds (half-open).
        most = 1 if self._failures[facility] >= self._trip_after else self._concurrency
        free = most - self._working[facility]
        if self._rate is None:
            return free
        return min(free, int(max(self._rate, 1.0) - self._unrefilled(facility)))

    def _unrefilled(self, facility: str) -> float:
        used, since = self._used.get(facility, (0.0, 0.0))
        return max(0.0, used - (self._clock() - since) * (self._rate or 0.0))

    def start(self, facility: str) -> None:
        """Count a job that is starting."""
        self._working[facility] += 1
        if self._rate is not None:
            self._used[facility] = (self._unrefilled(facility) + 1.0, self._clock())

    def finish(self, facility: str, error: ClinicProError | None) -> None:
        """Count a job that finished; its error decides whether the facility pauses."""
        self._working[facility] -= 1
        if self._working[facility] <= 0:
            del self._working[facility]
        if isinstance(error, _NO_RESPONSE):
            self._failures[facility] += 1
            beyond = self._failures[facility] - self._trip_after
            if beyond >= 0:
                pause = min(self._longest_pause, self._first_pause * 2.0 ** min(beyond, 10))
                self._tripped_until[facility] = self._clock() + pause
                self._reasons[facility] = job_error_of(error)
        elif error is None or (isinstance(error, RecordSystemError) and not isinstance(error, _NOT_CALLED)):
            # Any response will do. An error before the practice was called says nothing about it.
            self._failures.pop(facility, None)
            self._tripped_until.pop(facility, None)
            self._reasons.pop(facility, None)
