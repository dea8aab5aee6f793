"""The log's lines about refused requests: anyone can cause one, so of a flood there are some lines and then a sum."""

import asyncio
import time
from collections.abc import Callable
from contextvars import Context

import structlog

from clinicpro_images.logs import LineSums

SUM_SECONDS = 60.0

log = structlog.get_logger()


class ProblemLog:
    """Logs refusals; a flood of one kind of problem never hides the lines of another."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, sum_seconds: float = SUM_SECONDS
    ) -> None:
        """`clock` is monotonic seconds; what has no line of its own is summed up after `sum_seconds`."""
        self._lines = LineSums(clock)
        self._sum_seconds = sum_seconds
        self._due: asyncio.TimerHandle | None = None

    def refused(self, problem: str, status: int) -> None:
        """Log that a request was refused with this kind of problem, or count it; within an event loop."""
        if self._lines.take(problem):
            log.info("http.problem", message="Request refused.", problem=problem, status=status)
        elif self._due is None:
            # Without the context of this request: the sum is about many.
            loop = asyncio.get_running_loop()
            self._due = loop.call_later(self._sum_seconds, self._sum_up, context=Context())

    def _sum_up(self) -> None:
        self._due = None
        for problem, times in self._lines.counted().items():
            log.warning(
                "http.problems-summed",
                message="More requests were refused than have a line of their own.",
                problem=problem,
                times=times,
            )
