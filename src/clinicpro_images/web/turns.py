"""Turns: so many at once for each key, the others of that key in line behind them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class NoTurn(Exception):
    """The line was too long, or the wait."""


class Turns:
    """Keys are forgotten once nobody uses them."""

    def __init__(self, at_once: int, *, most_waiting: int | None = None) -> None:
        """Beyond `most_waiting` of one key, another one isn't let into the line."""
        self._at_once = at_once
        self._most = None if most_waiting is None else at_once + most_waiting
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()

    @asynccontextmanager
    async def take(self, key: str, *, seconds: float | None = None) -> AsyncIterator[None]:
        """Wait for a turn, at most so many seconds; raises NoTurn."""
        if self._most is not None and self._users[key] >= self._most:
            raise NoTurn
        slots = self._slots.setdefault(key, asyncio.Semaphore(self._at_once))
        self._users[key] += 1
        try:
            try:
                async with asyncio.timeout(seconds):
                    await slots.acquire()
            except TimeoutError as error:
                raise NoTurn from error
            try:
                yield
            finally:
                slots.release()
        finally:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key], self._slots[key]
