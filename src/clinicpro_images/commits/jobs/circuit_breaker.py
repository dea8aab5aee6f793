"""A breaker per facility: one sleeping practice neither fills the queue nor slows the others."""

from collections import Counter
from collections.abc import Callable

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

# Nobody is home, or nobody comes to the door: a practice may be noticed by its silence only.
_SILENCE = (PracticeOffline, RecordSystemTimeout, RecordSystemBadGateway, RecordSystemUnreachable)
_NOT_ASKED = (TokenRefused, TokenUnavailable)


class CircuitBreaker:
    """Knows which facilities to leave alone for now: busy with enough of our jobs, or not answering."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        at_once: int = 4,
        rate: float | None = None,
        trip_after: int = 3,
        first_rest: float = 2.0,
        longest_rest: float = 60.0,
    ) -> None:
        """`clock` is monotonic seconds; after `trip_after` failures in a row the facility rests, ever longer.

        `rate` is how many jobs may begin in a second, None for any number; a second's worth may begin together.
        """
        self._clock = clock
        self._at_once = at_once
        self._rate = rate
        self._trip_after = trip_after
        self._first_rest = first_rest
        self._longest_rest = longest_rest
        self._working: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._resting_until: dict[str, float] = {}
        self._spent: dict[str, tuple[float, float]] = {}  # jobs begun and not yet earned back, and as of when

    def closed(self) -> list[str]:
        """Return the facilities that get no job now."""
        return sorted(set(self.resting()).union(each for each in self._known() if self._free(each) <= 0))

    def resting(self) -> list[str]:
        """Return the facilities that did not answer and are left alone for now."""
        now = self._clock()
        return [facility for facility, until in self._resting_until.items() if until > now]

    def room(self, facility: str) -> bool:
        """Say whether one more job may begin."""
        return self._free(facility) > 0 and facility not in self.resting()

    def room_for_any(self) -> int:
        """Return how many jobs may begin together whosever they are, but for the facilities that are closed."""
        closed = self.closed()
        return min(self._free(each) for each in ("", *self._known()) if each not in closed)

    def _known(self) -> set[str]:
        """Whatever was not earned back or answered for; every other facility has all the room there is."""
        # What is earned back is forgotten, so that this does not grow with every practice ever seen.
        self._spent = {
            facility: (left, self._clock())
            for facility in self._spent
            if (left := self._still_spent(facility)) > 0
        }
        return self._working.keys() | self._spent.keys() | self._failures.keys()

    def _free(self, facility: str) -> int:
        """How many more may begin, rest or not."""
        # After a rest one job goes ahead to see whether anybody is home.
        most = 1 if self._failures[facility] >= self._trip_after else self._at_once
        free = most - self._working[facility]
        if self._rate is None:
            return free
        return min(free, int(max(self._rate, 1.0) - self._still_spent(facility)))

    def _still_spent(self, facility: str) -> float:
        spent, since = self._spent.get(facility, (0.0, 0.0))
        return max(0.0, spent - (self._clock() - since) * (self._rate or 0.0))

    def begin(self, facility: str) -> None:
        """Count a job in."""
        self._working[facility] += 1
        if self._rate is not None:
            self._spent[facility] = (self._still_spent(facility) + 1.0, self._clock())

    def end(self, facility: str, error: ClinicProError | None) -> None:
        """Count a job out; what its error says about the practice decides whether it rests."""
        self._working[facility] -= 1
        if self._working[facility] <= 0:
            del self._working[facility]
        if isinstance(error, _SILENCE):
            self._failures[facility] += 1
            beyond = self._failures[facility] - self._trip_after
            if beyond >= 0:
                rest = min(self._longest_rest, self._first_rest * 2.0 ** min(beyond, 10))
                self._resting_until[facility] = self._clock() + rest
        elif error is None or (isinstance(error, RecordSystemError) and not isinstance(error, _NOT_ASKED)):
            # Any answer will do. What went wrong before ALEX was asked says nothing about the practice.
            self._failures.pop(facility, None)
            self._resting_until.pop(facility, None)
