"""The upload budget: bodies up to the limit, and only as many at once as fit into it."""

from collections.abc import AsyncIterator

import pytest

from clinicpro_images.errors import Busy
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


@pytest.mark.parametrize("announced", [None, str(MAX_BYTES), "many", "-1"])
async def test_a_body_is_collected_up_to_the_limit(announced: str | None) -> None:
    async with UploadBudget().body(chunks(25, MEGABYTE), announced) as content:
        assert content == bytes(MAX_BYTES)


async def test_a_body_over_the_limit_is_refused_whatever_was_announced() -> None:
    for announced in (None, "1", str(MAX_BYTES)):
        with pytest.raises(ImageTooLarge):
            async with UploadBudget().body(chunks(10_000, MEGABYTE), announced):
                pass


async def test_a_body_announced_too_large_is_not_read() -> None:
    with pytest.raises(ImageTooLarge):
        async with UploadBudget().body(Unread(), str(MAX_BYTES + 1)):
            pass


async def test_without_budget_nothing_is_read_and_the_caller_gets_a_retry_time() -> None:
    budget = UploadBudget(MAX_BYTES)
    async with budget.body(chunks(1, MEGABYTE), str(MEGABYTE)):
        with pytest.raises(Busy) as raised:
            async with budget.body(Unread(), None):
                pass
        assert raised.value.retry_after is not None
        async with budget.body(chunks(1, 3), "3") as small:
            assert small == bytes(3)
    async with budget.body(chunks(1, 3), None) as content:
        assert content == bytes(3)


async def test_an_aborted_upload_releases_its_budget() -> None:
    budget = UploadBudget(MAX_BYTES)

    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        async with budget.body(broken(), None):
            pass
    async with budget.body(chunks(1, 3), None) as content:
        assert content == bytes(3)
