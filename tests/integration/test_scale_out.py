"""Three gateway programs on one PostgreSQL and one S3 bucket, and each request goes to another one than the last."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from crash.programs import GatewayProgram, free_port
from image_files import make_jpeg
from object_store import ObjectStore
from postgres import Cluster
from running import FOREARM, Sandbox

pytestmark = pytest.mark.anyio


@pytest.fixture
async def gateways(
    sandbox: Sandbox, cluster: Cluster, object_store: ObjectStore, tmp_path: Path
) -> AsyncIterator[list[GatewayProgram]]:
    ports = [free_port() for _ in range(3)]
    environ = sandbox.environ | object_store.environ
    environ["CLINICPRO_PUBLIC_URL"] = f"http://127.0.0.1:{ports[0]}"
    environ["CLINICPRO_SECRET_KEY"] = "the same secret for all three"
    environ["CLINICPRO_DATABASE_URL"] = cluster.empty_database()
    environ["CLINICPRO_STORAGE_URL"] = object_store.new_bucket(f"scale-{ports[0]}")
    running = []
    try:
        for number, port in enumerate(ports):
            # Each has its own data folder: only database and bucket are shared.
            folder = tmp_path / str(number)
            folder.mkdir()
            gateway = GatewayProgram(environ | {"CLINICPRO_DATA_DIR": str(folder)}, folder, port)
            gateway.start()
            running.append(gateway)
        for gateway in running:
            await gateway.ready()
        yield running
    finally:
        for gateway in running:
            gateway.kill()


async def test_launch_phone_and_events_may_be_at_different_gateways_and_any_of_them_files(
    gateways: list[GatewayProgram], sandbox: Sandbox
) -> None:
    first, second, third = (gateway.origin for gateway in gateways)
    own = {"Origin": first}
    async with (
        httpx2.AsyncClient(headers=own, timeout=20) as browser,
        httpx2.AsyncClient(headers=own, timeout=20) as phone,
    ):
        query = (await asyncio.to_thread(sandbox.launch_url)).partition("?")[2]
        assert (await browser.get(f"{first}/launch?{query}")).status_code == 303
        async with _events(browser, third) as next_event:
            handoff = (await browser.post(f"{first}/api/handoff")).json()
            token = handoff["url"].partition("#")[2].rpartition("=")[2]
            claimed = await phone.post(f"{second}/api/handoff/claim", json={"token": token})
            assert claimed.status_code == 200, claimed.text
            added = await phone.post(f"{second}/api/images", content=make_jpeg(width=640, height=480))
            assert added.status_code == 201, added.text
            image_id = added.json()["id"]
            assert await next_event("image.added") == image_id
            described = await browser.patch(f"{first}/api/images/{image_id}", json={"bodySite": FOREARM})
            assert described.status_code == 200
            assert await next_event("image.updated") == image_id
            shown = await browser.get(f"{third}/api/images/{image_id}/content?size=thumb")
            assert shown.headers["content-type"] == "image/jpeg"
            asked = await browser.post(
                f"{second}/api/commits", json={"imageIds": [image_id]}, headers={"Idempotency-Key": "once"}
            )
            assert asked.status_code == 202, asked.text
            again = await browser.post(
                f"{first}/api/commits", json={"imageIds": [image_id]}, headers={"Idempotency-Key": "once"}
            )
            assert again.json()["id"] == asked.json()["id"]
            commit_id = asked.json()["id"]
            while await _state(browser, third, commit_id) != "committed":
                assert await next_event("commit.updated") == commit_id
    assert len(await asyncio.to_thread(sandbox.resources)) == 1


async def test_a_launch_used_on_one_gateway_is_used_on_all(
    gateways: list[GatewayProgram], sandbox: Sandbox
) -> None:
    query = (await asyncio.to_thread(sandbox.launch_url)).partition("?")[2]
    async with httpx2.AsyncClient(timeout=20) as one, httpx2.AsyncClient(timeout=20) as other:
        replies = await asyncio.gather(
            one.get(f"{gateways[0].origin}/launch?{query}"), other.get(f"{gateways[1].origin}/launch?{query}")
        )
    assert sorted(reply.status_code for reply in replies) == [303, 410]


async def _state(browser: httpx2.AsyncClient, origin: str, commit_id: str) -> str:
    commit = (await browser.get(f"{origin}/api/commits/{commit_id}")).json()
    return str(commit["images"][0]["state"])


class _events:  # noqa: N801 - used like a function
    """An open event stream: call it to wait for the next event of a name; returns its subject's id."""

    def __init__(self, browser: httpx2.AsyncClient, origin: str) -> None:
        self._stream = browser.stream("GET", f"{origin}/api/events")

    async def __aenter__(self) -> Any:
        self._lines = (await self._stream.__aenter__()).aiter_lines()
        assert (await anext(self._lines)).startswith("retry:")  # from here on nothing is missed
        return self._next

    async def __aexit__(self, *what: object) -> None:
        await self._stream.__aexit__(*what)  # type: ignore[arg-type]

    async def _next(self, name: str) -> str:
        async with asyncio.timeout(20):
            while True:
                if await anext(self._lines) == f"event: {name}":
                    await anext(self._lines)
                    return str(json.loads((await anext(self._lines)).removeprefix("data: "))["id"])
