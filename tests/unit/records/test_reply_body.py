"""Reading a response within a bound: photos inside a search are dropped as they arrive, and nothing else is changed."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.records.alex.reply_body import SMALL_BYTES, Bound, TooLarge, bounded_body

pytestmark = pytest.mark.anyio

DROPPING = Bound(without_data=True)


async def divided(text: bytes, *sizes: int) -> AsyncIterator[bytes]:
    """The text in chunks of these sizes, over and over."""
    at, number = 0, 0
    while at < len(text):
        size = sizes[number % len(sizes)]
        yield text[at : at + size]
        at, number = at + size, number + 1


async def body(text: bytes, *sizes: int, bound: Bound = DROPPING) -> bytes:
    return await bounded_body(divided(text, *(sizes or (64 * 1024,))), bound, asyncio.Semaphore())


def emptied(value: Any) -> Any:
    """The same without the text of every member `data`."""
    if isinstance(value, list):
        return [emptied(each) for each in value]
    if isinstance(value, dict):
        return {
            name: "" if name == "data" and isinstance(each, str) else emptied(each)
            for name, each in value.items()
        }
    return value


texts = st.one_of(
    st.text(),
    st.sampled_from(["data", '"data":"', 'x"data": "y', "\\", "\\u002b/+=", "\\data", '"', "+/" * 50]),
)
resources = st.recursive(
    st.one_of(texts, st.integers(), st.none(), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.just("data"), texts), inner, max_size=4),
    ),
    max_leaves=20,
)


@given(
    resources,
    st.lists(st.integers(1, 70), min_size=1, max_size=5),
    st.sampled_from([None, 1, "\t"]),
    st.booleans(),
)
async def test_only_the_text_of_data_is_gone_however_it_arrives(
    resource: Any, sizes: list[int], indent: Any, ascii_only: bool
) -> None:
    text = json.dumps(resource, indent=indent, ensure_ascii=ascii_only).encode()
    assert json.loads(await body(text, *sizes)) == emptied(resource)


async def test_without_dropping_every_byte_stays() -> None:
    text = random.Random(1).randbytes(300_000)  # noqa: S311 - repeatable, not secret
    assert await body(text, 7, 4096, bound=Bound()) == text


async def test_base64_whose_signs_are_escaped_is_dropped_too() -> None:
    data = rb"AA\/BB\u002bCC\r\n\"" * 50_000
    text = b'{"entry":[{"data" : "' + data + b'"},{"data":"","title":"Mole"}]}'
    kept = await body(text, 4093)
    assert json.loads(kept) == {"entry": [{"data": ""}, {"data": "", "title": "Mole"}]}
    assert len(kept) < 200


async def endless(chunk: bytes, arrived: list[int]) -> AsyncIterator[bytes]:
    while True:
        arrived.append(len(chunk))
        yield chunk


@pytest.mark.parametrize("opening", [b"", b'{"data":"'], ids=["kept", "dropped"])
async def test_an_endless_body_is_refused(opening: bytes) -> None:
    arrived: list[int] = []
    chunk = b"A" * 65536

    async def chunks() -> AsyncIterator[bytes]:
        yield opening
        async for each in endless(chunk, arrived):
            yield each

    with pytest.raises(TooLarge) as refused:
        await bounded_body(chunks(), DROPPING, asyncio.Semaphore())
    assert refused.value.megabytes == (64 if opening else 4)
    assert sum(arrived) <= 65 * 1024 * 1024


async def test_large_bodies_arrive_only_so_many_at_once() -> None:
    """The others wait for the bytes that they have not read yet, and a small one waits for none of them."""
    large, going, most = asyncio.Semaphore(2), 0, 0
    two, held = asyncio.Event(), asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal going, most
        yield b"A" * SMALL_BYTES
        yield b"A"
        going += 1
        most = max(most, going)
        if going == 2:
            two.set()
        await held.wait()
        yield b"A"
        going -= 1

    reading = [
        asyncio.create_task(bounded_body(chunks(), Bound(most=2 * SMALL_BYTES), large)) for _ in range(6)
    ]
    await two.wait()
    assert await bounded_body(divided(b"small", 2), Bound(), large) == b"small"
    held.set()
    assert [len(each) for each in await asyncio.gather(*reading)] == [SMALL_BYTES + 2] * 6
    assert most == 2
