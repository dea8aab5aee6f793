"""What is written can outlive the process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from unit.alex_sandbox.resources import TIFF, document, media
from unit.alex_sandbox.running import Clock, Sandbox

pytestmark = pytest.mark.anyio


async def test_a_folder_keeps_everything_over_a_restart_in_order(
    start: Callable[..., Any], clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    with start(folder=folder) as address:
        async with httpx2.AsyncClient(base_url=address) as client:
            first = Sandbox(address, clock, client)
            await first.post(document(first.address, "one"))
            await first.post(media("two"))
            before = await first.written()
    # A write that was cut short: bytes without a record.
    (folder / "0123.bin").write_bytes(b"half")
    (folder / "4567.part").write_bytes(b"half")
    with start(folder=folder) as address:
        async with httpx2.AsyncClient(base_url=address) as client:
            second = Sandbox(address, clock, client)
            assert await second.written() == before
            content = await client.get(f"/sandbox/resources/DocumentReference/{before[0]['id']}/content")
            assert content.content == TIFF
            await second.post(document(second.address, "three"))
            assert [each["serial"] for each in await second.written()] == [1, 2, 3]
            await client.delete("/sandbox/resources")
    assert not list(folder.iterdir())
