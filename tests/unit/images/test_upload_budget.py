"""The upload budget: bodies up to the limit, as many at once as a session has memory for, and what others hold is theirs."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext

import pytest

from clinicpro_images.errors import AccessError, Busy
from clinicpro_images.images.upload_budget import UploadBudget
from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.limits import MAX_BYTES

pytestmark = pytest.mark.anyio

MEGABYTE = 1024 * 1024


async def chunks(count: int, size: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(size)


class Unread:
    """A body of which nothing may be read."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        raise AssertionError("Nothing of this body may be read.")

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


class Trickle:
    """A body that has begun and then brings nothing until it is told to end."""

    def __init__(self, first: bytes = b"xx") -> None:
        self.first = first
        self.reading = asyncio.Event()
        self.end = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.first
        self.reading.set()
        await self.end.wait()


async def take(
    budget: UploadBudget, body: AsyncIterator[bytes], announced: str | None, session_id: str = "ours"
) -> int:
    """Receive one upload, and return its length."""
    async with budget.body(body, announced, session_id=session_id, allowed=nullcontext()) as content:
        return len(content)


@pytest.mark.parametrize("announced", [None, str(MAX_BYTES), "many", "-1"])
async def test_a_body_is_collected_up_to_the_limit(announced: str | None) -> None:
    body = chunks(25, MEGABYTE)
    async with UploadBudget().body(body, announced, session_id="ours", allowed=nullcontext()) as content:
        assert content == bytes(MAX_BYTES)


async def test_a_body_over_the_limit_is_refused_whatever_was_announced() -> None:
    for announced in (None, "1", str(MAX_BYTES)):
        with pytest.raises(ImageTooLarge):
            await take(UploadBudget(), chunks(10_000, MEGABYTE), announced)


async def test_a_body_announced_too_large_is_not_read() -> None:
    with pytest.raises(ImageTooLarge):
        await take(UploadBudget(), Unread(), str(MAX_BYTES + 1))


async def started(
    budget: UploadBudget, bodies: Iterable[Trickle], session_id: str
) -> list[asyncio.Task[int]]:
    """Uploads of one session that announced the largest size, once each has brought its first bytes."""
    tasks = []
    for body in bodies:
        tasks.append(asyncio.create_task(take(budget, aiter(body), str(MAX_BYTES), session_id)))
        await body.reading.wait()
    return tasks


async def test_what_sessions_announce_takes_no_memory_from_another() -> None:
    budget, bodies = UploadBudget(4 * MAX_BYTES), [Trickle() for _ in range(24)]
    tasks = []
    for number in range(12):
        tasks += await started(budget, bodies[2 * number : 2 * number + 2], f"hostile {number}")
    assert await take(budget, chunks(25, MEGABYTE), None) == MAX_BYTES
    for body in bodies:
        body.end.set()
    assert await asyncio.gather(*tasks) == [2] * 24


async def test_however_many_hold_all_they_can_there_is_room_for_a_phones_photo() -> None:
    budget = UploadBudget(4 * MAX_BYTES)
    async with AsyncExitStack() as held:
        refused = 0
        for number in range(16):
            body = chunks(25, MEGABYTE)
            upload = budget.body(body, None, session_id=f"hostile {number}", allowed=nullcontext())
            try:
                await held.enter_async_context(upload)
            except Busy:
                refused += 1
        assert refused > 0
        assert await take(budget, chunks(3, MEGABYTE), None) == 3 * MEGABYTE


async def test_a_session_waits_for_its_own_share_until_what_it_sent_is_stored() -> None:
    budget, first, second = UploadBudget(), Trickle(bytes(MEGABYTE)), Trickle(bytes(MEGABYTE))
    [receiving] = await started(budget, [first], "ours")
    stored = asyncio.Event()

    async def received_and_decoding() -> None:
        body = budget.body(aiter(second), None, session_id="ours", allowed=nullcontext())
        async with body as content:
            assert len(content) == MEGABYTE
            await stored.wait()

    decoding = asyncio.create_task(received_and_decoding())
    await second.reading.wait()
    third = Trickle()
    waiting = asyncio.create_task(take(budget, aiter(third), str(MAX_BYTES), "ours"))
    assert await take(budget, chunks(1, 3), "3") == 3  # a small one still fits
    assert await take(budget, chunks(1, 2), str(MAX_BYTES), "other") == 2
    assert not third.reading.is_set()
    second.end.set()  # of what it announced, only what it brought counts from now on
    await third.reading.wait()
    stored.set()
    for body in (first, third):
        body.end.set()
    await asyncio.gather(receiving, decoding, waiting)


async def test_who_waits_too_long_gets_a_retry_time_and_nothing_is_read() -> None:
    budget = UploadBudget(session_bytes=MAX_BYTES, wait_seconds=0.01)
    body = Trickle()
    [receiving] = await started(budget, [body], "ours")
    with pytest.raises(Busy) as raised:
        await take(budget, Unread(), None)
    assert raised.value.retry_after is not None
    body.end.set()
    await receiving
    assert await take(budget, chunks(1, 3), None) == 3


async def test_an_aborted_upload_releases_its_share() -> None:
    budget = UploadBudget(2 * MAX_BYTES, session_bytes=MAX_BYTES, wait_seconds=0.01)

    async def broken() -> AsyncIterator[bytes]:
        yield bytes(20 * MEGABYTE)
        raise ConnectionResetError

    @asynccontextmanager
    async def lost() -> AsyncIterator[None]:
        yield
        raise AccessError

    for _ in range(5):
        with pytest.raises(ConnectionResetError):
            await take(budget, broken(), None)
        with pytest.raises(AccessError):
            async with budget.body(chunks(20, MEGABYTE), None, session_id="ours", allowed=lost()):
                pass
    assert await take(budget, chunks(25, MEGABYTE), None) == MAX_BYTES
