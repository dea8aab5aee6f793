"""SIGTERM while an image is being sent: the gateway finishes it, exits cleanly, and nothing is sent twice."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from crash.programs import GatewayProgram, free_port
from image_files import make_jpeg
from running import FOREARM, Sandbox

pytestmark = pytest.mark.anyio


async def test_an_event_stream_ends_cleanly_and_does_not_delay_the_shutdown(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    port = free_port()
    own = {"CLINICPRO_PUBLIC_URL": f"http://127.0.0.1:{port}", "CLINICPRO_DATA_DIR": str(tmp_path / "data")}
    gateway = GatewayProgram(sandbox.environ | own, tmp_path, port)
    gateway.start()
    try:
        await gateway.ready()
        async with httpx2.AsyncClient(base_url=gateway.origin, headers={"Origin": gateway.origin}) as browser:
            query = (await asyncio.to_thread(sandbox.launch_url)).partition("?")[2]
            assert (await browser.get(f"/launch?{query}")).status_code == 303
            async with browser.stream("GET", "/api/events", timeout=30) as events:
                lines = events.aiter_lines()
                assert (await anext(lines)).startswith("retry:")
                stopping = asyncio.create_task(asyncio.to_thread(gateway.stop))
                # A broken stream raises instead.
                assert [line async for line in lines if line.startswith("event:")] == []
            assert await stopping == 0
    finally:
        gateway.kill()
    assert gateway.logged("library.warning") == 0


async def test_a_job_being_sent_is_finished_before_the_gateway_exits(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    port = free_port()
    own = {"CLINICPRO_PUBLIC_URL": f"http://127.0.0.1:{port}", "CLINICPRO_DATA_DIR": str(tmp_path / "data")}
    gateway = GatewayProgram(sandbox.environ | own, tmp_path, port)
    gateway.start()
    try:
        await gateway.ready()
        async with httpx2.AsyncClient(
            base_url=gateway.origin, headers={"Origin": gateway.origin}, timeout=20
        ) as browser:
            query = (await asyncio.to_thread(sandbox.launch_url)).partition("?")[2]
            assert (await browser.get(f"/launch?{query}")).status_code == 303
            image = make_jpeg(width=320, height=240)
            image_id = (await browser.post("/api/images", content=image)).json()["id"]
            await browser.patch(f"/api/images/{image_id}", json={"bodySite": FOREARM})
            slow = {"kind": "latency", "seconds": 2, "method": "POST", "resource": "DocumentReference"}
            await asyncio.to_thread(sandbox.call, "PUT", "/sandbox/faults", {"faults": [slow]})
            asked = {"imageIds": [image_id]}
            commit = (
                await browser.post("/api/commits", json=asked, headers={"Idempotency-Key": "once"})
            ).json()
            while commit["images"][0]["state"] != "sending":
                commit = (await browser.get(f"/api/commits/{commit['id']}")).json()
            code = await asyncio.to_thread(gateway.stop)
            assert code == 0
            assert gateway.logged("commit.landed") == 1
            assert len(await asyncio.to_thread(sandbox.resources)) == 1

            gateway.start()
            await gateway.ready()
            commit = (await browser.get(f"/api/commits/{commit['id']}")).json()
            assert commit["images"][0]["state"] == "committed"
    finally:
        gateway.kill()
    assert len(await asyncio.to_thread(sandbox.resources)) == 1
