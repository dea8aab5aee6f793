"""Sessions take turns at the image workers, and none of them ever holds all of them."""

import asyncio

import pytest

from clinicpro_images.fair_queue import FairQueue

pytestmark = pytest.mark.anyio


class Bench:
    def __init__(self, slots: int) -> None:
        self.queue = FairQueue(slots)
        self.served: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, key: str) -> None:
        async def wait() -> None:
            await self.queue.acquire(key)
            self.served.append(key)

        self.tasks.append(asyncio.create_task(wait()))
        await asyncio.sleep(0)

    async def done(self, key: str) -> None:
        self.queue.release(key)
        for _ in range(3):
            await asyncio.sleep(0)


async def test_sessions_take_turns_however_many_images_one_of_them_brings() -> None:
    here = Bench(1)
    for key in ["a", "a", "a", "a", "b", "c"]:
        await here.ask(key)
    assert here.served == ["a"]
    for expected in ["a", "b", "c", "a", "a"]:
        await here.done(here.served[-1])
        assert here.served[-1] == expected
    await here.done("a")


@pytest.mark.parametrize("key", ["new here", ""])
@pytest.mark.parametrize("slots", [2, 3, 5])
async def test_nobody_takes_the_last_worker_while_they_have_another(slots: int, key: str) -> None:
    here = Bench(slots)
    for _ in range(slots + 2):
        await here.ask(key)
    assert here.served == [key] * (slots - 1), "though it is free, and nobody else asks"
    await here.ask("other")
    assert here.served[-1] == "other", "at once, though it came later"
    await here.done("other")
    assert here.served[slots:] == [], "nor is it theirs when the other is done"
    await here.done(key)
    assert here.served[slots:] == [key], "but when one of their own is"


async def test_two_sessions_use_all_workers() -> None:
    here = Bench(2)
    for key in ("a", "a", "b", "b"):
        await here.ask(key)
    assert here.served == ["a", "b"]
    await here.done("b")
    await here.done("a")
    assert here.served == ["a", "b", "b", "a"]


@pytest.mark.parametrize("served", [False, True])
async def test_a_caller_who_gives_up_loses_no_slot(served: bool) -> None:
    here = Bench(1)
    await here.ask("a")
    await here.ask("b")
    if served:
        here.queue.release("a")  # b has its slot, but hasn't run yet
    here.tasks[1].cancel()
    await asyncio.gather(here.tasks[1], return_exceptions=True)
    if not served:
        here.queue.release("a")
    await here.ask("c")
    assert here.served[-1] == "c"
    assert here.queue.waiting_of("b") == 0
