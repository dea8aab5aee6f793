"""Turns: one key's crowd waits behind itself, and nobody else does."""

import asyncio

import pytest

from clinicpro_images.web.turns import NoTurn, Turns

pytestmark = pytest.mark.anyio


async def test_a_crowd_waits_behind_itself_only() -> None:
    turns, served = Turns(2), []

    async def call(key: str, number: int) -> None:
        async with turns.take(key):
            await asyncio.sleep(0)
            served.append((key, number))

    crowd = [asyncio.create_task(call("crowd", number)) for number in range(50)]
    await asyncio.sleep(0)
    await call("other", 0)
    assert served.index(("other", 0)) <= 4
    await asyncio.gather(*crowd)
    assert [number for key, number in served if key == "crowd"] == list(range(50))


async def test_a_line_that_is_too_long_or_too_slow_is_left() -> None:
    turns = Turns(1, most_waiting=1)
    async with turns.take("key"):
        waiting = asyncio.create_task(_wait(turns))
        await asyncio.sleep(0)
        with pytest.raises(NoTurn):
            async with turns.take("key"):
                pass
        with pytest.raises(NoTurn):
            await waiting
    async with turns.take("key", seconds=1.0):
        pass


async def _wait(turns: Turns) -> None:
    async with turns.take("key", seconds=0.01):
        pass
