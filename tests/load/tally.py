"""What clinicians went through: how long each call took, what failed, what was filed."""

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figures:
    """One kind of call. Times are milliseconds."""

    call: str
    count: int
    p50: float
    p95: float
    longest: float


@dataclass
class Tally:
    """Filled by every clinician of a run."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    waits: Counter[str] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    asked: set[str] = field(default_factory=set)
    filed: dict[str, str] = field(default_factory=dict)
    visits: int = 0

    def took(self, call: str, seconds: float) -> None:
        self.times[call].append(1000 * seconds)

    def figures(self) -> list[Figures]:
        return [
            Figures(
                call,
                len(times),
                round(statistics.median(times), 1),
                round(percentile(times, 95), 1),
                round(max(times), 1),
            )
            for call, times in self.times.items()
        ]


def percentile(values: list[float], percent: int) -> float:
    """The smallest value that `percent` of 100 don't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * percent // 100) - 1))]
