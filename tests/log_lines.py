"""The lines that the code under test logs, without anybody else's."""

from collections.abc import Iterator
from contextlib import contextmanager

from structlog import DropEvent
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from structlog.typing import EventDict


@contextmanager
def logged(*prefixes: str) -> Iterator[list[EventDict]]:
    """Capture the events whose names begin with one of these, such as "image."; all with "".

    A library may warn at any time, as asyncio does of an earlier test's process that ended late.
    """

    def only_these(_logger: object, _method: str, line: EventDict) -> EventDict:
        if not line["event"].startswith(prefixes):
            raise DropEvent
        return line

    with capture_logs(processors=[merge_contextvars, only_these]) as lines:
        yield lines
