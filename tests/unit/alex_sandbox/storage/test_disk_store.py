"""Written resources survive a restart with `--data`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from unit.alex_sandbox.resources import TIFF, document, media
from unit.alex_sandbox.running import Clock, Sandbox

pytestmark = pytest.mark.anyio


async def test_everything_survives_a_restart_in_order(
    start: Callable[..., Any], clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    with start(data_folder=folder) as url:
        async with httpx2.AsyncClient(base_url=url) as client:
            first = Sandbox(url, clock, client)
            await first.post(document(first.url, "one"))
            await first.post(media("two"))
            before = await first.stored()
    # An interrupted write: an attachment without a resource.
    (folder / "0123.bin").write_bytes(b"partial")
    (folder / "4567.part").write_bytes(b"partial")
    with start(data_folder=folder) as url:
        async with httpx2.AsyncClient(base_url=url) as client:
            second = Sandbox(url, clock, client)
            assert await second.stored() == before
            content = await client.get(f"/sandbox/resources/DocumentReference/{before[0]['id']}/content")
            assert content.content == TIFF
            await second.post(document(second.url, "three"))
            assert [each["serial"] for each in await second.stored()] == [1, 2, 3]
            await client.delete("/sandbox/resources")
    assert not list(folder.iterdir())
