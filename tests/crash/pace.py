"""Keeps filing and killing in step."""

import asyncio
import time
from random import Random

from crash.clinician import Tally


class Pace:
    """Keeps filing and killing in step: so many images for each kill, so that there is work to kill."""

    def __init__(self, images: int, kills: int, seed: int, tally: Tally) -> None:
        """`images` and `kills` are how many there will be; `seed` repeats the random numbers."""
        self._images = images
        self._kills = kills
        self._seed = seed
        self._tally = tally
        self.kills = 0
        self.kills_while_filing = 0
        self._kills_since_first = 0
        self._asked = 0
        self._changed = asyncio.Condition()

    @property
    def progress(self) -> float:
        """How much of the killing is done, from 0 to 1."""
        return self._kills_since_first / self._kills

    @property
    def over(self) -> bool:
        return self._kills_since_first >= self._kills

    def random(self, *what: object) -> Random:
        """Random numbers of one actor, the same in every trial with this seed."""
        return Random(f"{self._seed}/{'/'.join(map(str, what))}")  # noqa: S311 - repeatable on purpose

    async def may_file(self, images: int) -> None:
        """Wait until there were enough kills for more images."""
        async with self._changed:
            share = self._images / (self._kills + 1)
            # Once there are no more kills to wait for, the rest is filed without one.
            await self._changed.wait_for(lambda: self.over or self._asked <= self._kills_since_first * share)
            self._asked += images

    async def filing(self, *, at_most: float) -> None:
        """Wait until images are being filed, so that most kills meet some; `at_most` seconds, so that all come."""
        until = time.monotonic() + at_most
        # The tally is a plain count of what clinicians saw: there is no event to wait on.
        while not self._is_filing() and not self.over and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    def _is_filing(self) -> bool:
        return self._asked > len(self._tally.filed)

    async def count_kill(self) -> None:
        async with self._changed:
            self.kills += 1
            self._kills_since_first += self._asked > 0
            self.kills_while_filing += self._is_filing()
            self._changed.notify_all()
