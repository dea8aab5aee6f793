"""The queue for image workers: sessions take turns, and one that uses much of them leaves one to the others."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

DECODING_FOR: ContextVar[str] = ContextVar("DECODING_FOR", default="")
"""Whose image is decoded: a key for the session; empty for filing, which belongs to nobody's request."""

HEAVY_SECONDS: Final = 4.0
"""A session that has used this many seconds of workers lately doesn't get the last free one."""

FADES_PER_SECOND: Final = 0.1
"""How many of these seconds are forgotten for each one that passes."""

_MOST_KEYS: Final = 10_000


class FairQueue:
    """`slots` callers at once; those who wait are served by session, in turns."""

    def __init__(self, slots: int, timer: Callable[[], float]) -> None:
        """`timer` is monotonic seconds."""
        self._slots = slots
        self._timer = timer
        self._free = slots
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._busy: dict[str, int] = {}
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def waiting_of(self, key: str) -> int:
        """Return how many calls of this session wait."""
        return len(self._waiting.get(key, ()))

    async def acquire(self, key: str) -> None:
        """Wait for a slot."""
        if not self._waiting.get(key) and self._may_start(key):
            self._start(key)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release(key, 0.0)  # it got its slot and can't use it
            else:
                self._forget(key, turn)
            raise

    def release(self, key: str, seconds: float) -> None:
        """Give a slot back after so many seconds of use."""
        self._free += 1
        self._busy[key] -= 1
        if not self._busy[key]:
            del self._busy[key]
        if key:
            self._used[key] = (self._used_lately(key) + seconds, self._timer())
            self._used.move_to_end(key)
            while len(self._used) > _MOST_KEYS:
                self._used.popitem(last=False)
        self._serve()

    def _serve(self) -> None:
        for key in list(self._waiting):
            turns = self._waiting[key]
            if not self._free:
                return
            if turns and self._may_start(key):
                turn = turns.popleft()
                self._start(key)
                turn.set_result(None)
                self._waiting.move_to_end(key)  # the next slot is another session's
            if not turns:
                del self._waiting[key]

    def _may_start(self, key: str) -> bool:
        if not self._free:
            return False
        is_last = self._free == 1 and self._slots > 1
        return not (is_last and key and self._busy.get(key) and self._used_lately(key) > HEAVY_SECONDS)

    def _start(self, key: str) -> None:
        self._free -= 1
        self._busy[key] = self._busy.get(key, 0) + 1

    def _used_lately(self, key: str) -> float:
        seconds, since = self._used.get(key, (0.0, 0.0))
        return max(0.0, seconds - (self._timer() - since) * FADES_PER_SECOND)

    def _forget(self, key: str, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(key)
        if turns is not None and turn in turns:
            turns.remove(turn)
            if not turns:
                del self._waiting[key]
