"""The figures of a practice: what isn't filed, what was filed each day, and the open sessions. Nothing about patients.

Times are seconds since 1970; days are New Zealand's.
"""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

DAYS = 30


@dataclass(frozen=True)
class UnfiledGroup:
    """Photos of one session in one state, with the reason if they failed; `oldest` is the oldest one's upload."""

    session_id: str
    facility_id: str
    provider: str
    state: str
    reason: str
    count: int
    oldest: float


@dataclass(frozen=True)
class OpenSession:
    """A session that can still change something, and whether a phone is connected to it."""

    id: str
    facility_id: str
    provider: str
    started_at: float
    active_at: float
    unfiled: int
    phone: bool


@dataclass(frozen=True)
class FiledPhoto:
    """One photo in the record; `seconds` from the launch until it was filed, None if the launch isn't known."""

    at: float
    provider: str
    seconds: float | None
    facility_id: str = ""


@dataclass(frozen=True)
class Day:
    """What was filed on one day."""

    date: date
    photos: Sequence[FiledPhoto]

    @property
    def seconds(self) -> list[float]:
        """From launch to filed, of each photo of which it is known."""
        return [photo.seconds for photo in self.photos if photo.seconds is not None]


@dataclass(frozen=True)
class PracticeFigures:
    """Everything that the practice's page shows, at `now`."""

    now: float
    facility_id: str | None
    practice: str
    facilities: Sequence[str]
    unfiled: Sequence[UnfiledGroup]
    sessions: Sequence[OpenSession]
    days: Sequence[Day]

    def count(self, *states: str) -> int:
        """Return how many photos are in one of these states; without any, in whichever state that isn't filed."""
        return sum(group.count for group in self.unfiled if not states or group.state in states)

    def oldest(self, *states: str) -> float | None:
        """Return the age in seconds of the oldest of these."""
        times = [group.oldest for group in self.unfiled if not states or group.state in states]
        return max(0.0, self.now - min(times)) if times else None

    @property
    def today(self) -> Day:
        """The day that isn't over."""
        return self.days[-1]

    @property
    def by_provider(self) -> Mapping[str, int]:
        """How many photos each provider filed in the days shown, most first."""
        counted = Counter(photo.provider for day in self.days for photo in day.photos)
        return dict(counted.most_common())


def median(seconds: Sequence[float]) -> float | None:
    """Return the median, or None of nothing."""
    return statistics.median(seconds) if seconds else None


def p95(seconds: Sequence[float]) -> float | None:
    """Return the 95th percentile (nearest rank), or None of nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]
