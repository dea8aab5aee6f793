"""The log: one JSON line per event on standard error, or readable lines on a terminal."""

import logging
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, TextIO

import structlog

LINES_PER_MINUTE: Final = 30
"""Of one kind, of what anyone can cause."""
_MINUTE: Final = 60.0


def configure_logs(*, readable: bool, level: int = logging.INFO) -> None:
    """Set structlog up: lines for people if `readable`, otherwise JSON; nothing below `level` is shown."""
    renderer = (
        structlog.dev.ConsoleRenderer(colors=False) if readable else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _replace_exception,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=partial(_Output, sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Without our own handler, Python prints the log messages of libraries unchanged, with their exceptions.
    logging.basicConfig(handlers=[_LibraryHandler()], level=max(level, logging.WARNING), force=True)


class _Output:
    """Prints to a file. If that is on a full disk, or a pipe that nobody reads, only the line is lost."""

    def __init__(self, file: TextIO, *_arguments: object) -> None:
        self._file = file

    def msg(self, line: str) -> None:
        """Print a line, or lose it: what is logged must not fail because of its log."""
        with suppress(OSError, ValueError):
            print(line, file=self._file, flush=True)

    debug = info = warning = error = critical = msg


class LineSums:
    """Lets LINES_PER_MINUTE of each kind through, and counts the others. The kinds must be few."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` is monotonic seconds."""
        self._clock = clock
        self._minutes: dict[str, tuple[float, int]] = {}
        self._counted: Counter[str] = Counter()

    def take(self, kind: str) -> bool:
        """Return whether to log this one; otherwise it is counted."""
        now = self._clock()
        since, lines = self._minutes.get(kind, (now, 0))
        if now - since >= _MINUTE:
            since, lines = now, 0
        if lines >= LINES_PER_MINUTE:
            self._counted[kind] += 1
            return False
        self._minutes[kind] = (since, lines + 1)
        return True

    def counted(self) -> dict[str, int]:
        """Return how many of each kind were counted, and begin again."""
        found = dict(sorted(self._counted.items()))
        self._counted.clear()
        return found


class _LibraryHandler(logging.Handler):
    """Logs that a library logged a warning: its name, the place and the type of an exception, never its text.

    A stranger can cause some of them, such as that of a request that isn't HTTP: of many there is a sum, with the next line.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines = LineSums(time.monotonic)

    def emit(self, record: logging.LogRecord) -> None:
        """Log one line, with the same keys as all others; `left_out` has what was not logged since the last."""
        place = f"{record.module}:{record.lineno}"
        if not self._lines.take(f"{record.name} {place}"):
            return
        left_out = sum(self._lines.counted().values())
        structlog.get_logger().log(
            record.levelno,
            "library.warning",
            message=f"Warning from {record.name}; its text may name a patient and is left out.",
            library=record.name,
            logged_at=place,
            **({"left_out": left_out} if left_out else {}),
            **({"exc_info": record.exc_info[1]} if record.exc_info else {}),
        )


def _replace_exception(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Replace an exception with its type and place: its message and variables may identify the patient."""
    caught = event.pop("exc_info", None)
    error = sys.exception() if caught is True else caught if isinstance(caught, BaseException) else None
    if error is not None:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        event["fault"] = type(error).__name__
        event["where"] = (
            "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        )
    return event
