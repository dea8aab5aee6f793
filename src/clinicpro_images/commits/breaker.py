"""A breaker per facility: one sleeping practice neither fills the queue nor slows the others."""

from collections import Counter
from collections.abc import Callable

from clinicpro_images.errors import AlexUnreachable, ClinicProError, PracticeOffline, PracticeTimeout


class FacilityGate:
    """Knows which facilities to leave alone for now: busy with enough of our jobs, or not answering."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        at_once: int = 4,
        trip_after: int = 3,
        first_rest: float = 2.0,
        longest_rest: float = 60.0,
    ) -> None:
        """`clock` is monotonic seconds; after `trip_after` failures in a row the facility rests, ever longer."""
        self._clock = clock
        self._at_once = at_once
        self._trip_after = trip_after
        self._first_rest = first_rest
        self._longest_rest = longest_rest
        self._working: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._resting_until: dict[str, float] = {}

    def closed(self) -> list[str]:
        """Return the facilities that get no job now."""
        now = self._clock()
        busy = [facility for facility, count in self._working.items() if count >= self._room(facility)]
        return busy + [facility for facility, until in self._resting_until.items() if until > now]

    def room(self, facility: str) -> bool:
        """Say whether one more job may begin."""
        return facility not in self.closed()

    def _room(self, facility: str) -> int:
        # After a rest one job goes ahead to see whether anybody is home.
        return 1 if self._failures[facility] >= self._trip_after else self._at_once

    def begin(self, facility: str) -> None:
        """Count a job in."""
        self._working[facility] += 1

    def end(self, facility: str, error: ClinicProError | None) -> None:
        """Count a job out; what its error says about the practice decides whether it rests."""
        self._working[facility] -= 1
        if self._working[facility] <= 0:
            del self._working[facility]
        if isinstance(error, PracticeOffline | PracticeTimeout | AlexUnreachable):
            self._failures[facility] += 1
            beyond = self._failures[facility] - self._trip_after
            if beyond >= 0:
                rest = min(self._longest_rest, self._first_rest * 2.0 ** min(beyond, 10))
                self._resting_until[facility] = self._clock() + rest
        else:
            self._failures.pop(facility, None)
            self._resting_until.pop(facility, None)
