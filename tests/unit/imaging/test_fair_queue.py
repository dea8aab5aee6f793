"""Sessions take turns at the image workers, and one that uses much of them leaves one to the others."""

import asyncio

import pytest

from clinicpro_images.imaging.worker.fair_queue import HEAVY_SECONDS, FairQueue

pytestmark = pytest.mark.anyio


class Bench:
    def __init__(self, slots: int) -> None:
        self.now = 0.0
        self.queue = FairQueue(slots, lambda: self.now)
        self.served: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, key: str) -> None:
        async def wait() -> None:
            await self.queue.acquire(key)
            self.served.append(key)

        self.tasks.append(asyncio.create_task(wait()))
        await asyncio.sleep(0)

    async def done(self, key: str, seconds: float = 0.1) -> None:
        self.queue.release(key, seconds)
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


async def test_a_session_that_used_much_leaves_the_last_worker_to_others_until_that_fades() -> None:
    here = Bench(2)
    await here.ask("heavy")
    await here.done("heavy", HEAVY_SECONDS + 1)
    await here.ask("heavy")
    await here.ask("heavy")
    assert here.served == ["heavy", "heavy"], "the second has to wait for the first"
    await here.ask("other")
    assert here.served[-1] == "other", "though it came later"
    await here.done("other")
    await here.done("heavy", 0.1)
    assert here.served[-1] == "heavy"
    here.now += 60
    await here.ask("heavy")
    assert here.served.count("heavy") == 4, "after a minute it may use both again"


async def test_light_sessions_and_filing_use_all_workers() -> None:
    here = Bench(2)
    for key in ("light", "light"):
        await here.ask(key)
    assert len(here.served) == 2
    await here.done("light")
    await here.done("light")
    for _ in range(2):
        await here.ask("")
    assert len(here.served) == 4


@pytest.mark.parametrize("served", [False, True])
async def test_a_caller_who_gives_up_loses_no_slot(served: bool) -> None:
    here = Bench(1)
    await here.ask("a")
    await here.ask("b")
    if served:
        here.queue.release("a", 0.1)  # b has its slot, but hasn't run yet
    here.tasks[1].cancel()
    await asyncio.gather(here.tasks[1], return_exceptions=True)
    if not served:
        here.queue.release("a", 0.1)
    await here.ask("c")
    assert here.served[-1] == "c"
    assert here.queue.waiting_of("b") == 0
