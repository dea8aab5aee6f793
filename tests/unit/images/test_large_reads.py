"""Large stored photos are read in their sessions' turns; small ones wait for nobody."""

import asyncio
from typing import Any, cast

import pytest

from clinicpro_images.fair_queue import on_behalf_of
from clinicpro_images.images.blob_store.protocol import OwnedBlobStore
from clinicpro_images.images.image_files import LARGE_BYTES, ImageFiles, PackedBlobs, pack

pytestmark = pytest.mark.anyio


class SlowStore:
    """A store whose reads end when the test says so."""

    def __init__(self) -> None:
        self.ends = asyncio.Event()
        self.reading: list[str] = []

    async def read(self, name: str, _key: bytes) -> bytes:
        self.reading.append(name)
        await self.ends.wait()
        return pack(ImageFiles(b"original", thumb=b"thumb"))


async def test_one_session_reads_one_large_photo_at_a_time_and_leaves_the_other_turn_to_others() -> None:
    store = SlowStore()
    blobs = PackedBlobs(cast("OwnedBlobStore", cast("Any", store)))

    async def read(whose: str, name: str, size: int) -> ImageFiles:
        with on_behalf_of(whose):
            return await blobs.read_files(name, b"", size=size)

    asked = [
        *(asyncio.create_task(read("hostile", f"hostile {number}", LARGE_BYTES)) for number in range(4)),
        asyncio.create_task(read("other", "other", 10 * LARGE_BYTES)),
        *(asyncio.create_task(read("hostile", f"small {number}", LARGE_BYTES - 1)) for number in range(3)),
    ]
    for _ in range(10):
        await asyncio.sleep(0)
    assert store.reading == ["hostile 0", "other", "small 0", "small 1", "small 2"]
    store.ends.set()
    assert {files.thumb for files in await asyncio.gather(*asked)} == {b"thumb"}
