"""Another machine on another day: a Python started with this folder on PYTHONPATH runs as if there.

`test_collection.py` collects the tests there and here; a test whose id differs depends on what it must not depend on.
The clock runs fourteen months ahead, folders list their files the other way round, and there are other processors.
Random numbers differ in any case; hash seed, time zone, home and path are given by the test.
"""

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

AHEAD = 430 * 86400.0 + 12345.0
PROCESSORS = 13


def _later(read: Callable[[], float]) -> Callable[[], float]:
    return lambda: read() + AHEAD


def _later_ns(read: Callable[[], int]) -> Callable[[], int]:
    return lambda: read() + int(AHEAD * 1e9)


def _by_default_now(convert: Callable[..., Any]) -> Callable[..., Any]:
    """Read the shifted clock where a function of `time` takes the present unless it is given a moment."""
    return lambda moment=None: convert(time.time() if moment is None else moment)


class _Real(type):
    """A class of moments to which the real ones belong too: C code makes those."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])


class _Date(dt.date, metaclass=_Real):
    __slots__ = ()

    @classmethod
    def today(cls) -> Any:
        return cls.fromtimestamp(time.time())


class _Datetime(dt.datetime, metaclass=_Real):
    __slots__ = ()

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return cls.fromtimestamp(time.time(), dt.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        return cls.now()


class _Backwards:
    """What os.scandir gives, from its end."""

    def __init__(self, listed: Any) -> None:
        with listed:
            self._left = list(listed)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if not self._left:
            raise StopIteration
        return self._left.pop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        self._left.clear()


def _move() -> None:
    for name in ("time", "monotonic", "perf_counter"):
        setattr(time, name, _later(getattr(time, name)))
        setattr(time, f"{name}_ns", _later_ns(getattr(time, f"{name}_ns")))
    for name in ("gmtime", "localtime", "ctime"):
        setattr(time, name, _by_default_now(getattr(time, name)))
    dt.date, dt.datetime = _Date, _Datetime  # type: ignore[misc]
    listdir, scandir = os.listdir, os.scandir
    os.listdir = lambda path=".": listdir(path)[::-1]  # type: ignore[assignment]
    os.scandir = lambda path=".": _Backwards(scandir(path))  # type: ignore[assignment]
    os.cpu_count = lambda: PROCESSORS
    os.sched_getaffinity = lambda _process: set(range(PROCESSORS))


_move()
