"""A queue for what is costly, such as image workers: sessions take turns, and none of them ever holds all the slots."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

ON_BEHALF_OF: ContextVar[str] = ContextVar("ON_BEHALF_OF", default="")
"""The session that what is costly is done for, by a key; empty where nobody has said."""


@contextmanager
def on_behalf_of(key: str) -> Iterator[None]:
    """Do what is costly for this session while the block runs."""
    token = ON_BEHALF_OF.set(key)
    try:
        yield
    finally:
        ON_BEHALF_OF.reset(token)


class FairQueue:
    """`slots` callers at once; those who wait are served by session, in turns.

    A session that has a slot never gets the last free one, whatever it did before: how long a file takes is known only
    once it has taken it. With one slot it waits for its turn like the others.
    """

    def __init__(self, slots: int) -> None:
        """Have so many slots, all of them free."""
        self._slots = slots
        self._free = slots
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._busy: dict[str, int] = {}

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
                self.release(key)  # it got its slot and can't use it
            else:
                self._forget(key, turn)
            raise

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Have a slot while the block runs."""
        await self.acquire(key)
        try:
            yield
        finally:
            self.release(key)

    def release(self, key: str) -> None:
        """Give a slot back."""
        self._free += 1
        self._busy[key] -= 1
        if not self._busy[key]:
            del self._busy[key]
        self._serve()

    def _serve(self) -> None:
        for key in list(self._waiting):
            turns = self._waiting[key]
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
        return not (is_last and key in self._busy)

    def _start(self, key: str) -> None:
        self._free -= 1
        self._busy[key] = self._busy.get(key, 0) + 1

    def _forget(self, key: str, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(key)
        if turns is not None and turn in turns:
            turns.remove(turn)
            if not turns:
                del self._waiting[key]
