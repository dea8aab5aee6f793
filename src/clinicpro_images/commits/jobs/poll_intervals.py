"""How often the worker asks the database for jobs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PollIntervals:
    """Seconds between two polls, while jobs are waiting for capacity, and while there is nothing to do."""

    busy: float = 0.5
    idle: float = 2.0
