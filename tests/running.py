"""A running sandbox and a running gateway, both real, on loopback, for integration tests."""

import asyncio
import shlex
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Unpack
from zoneinfo import ZoneInfo

import httpx2
import uvicorn

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.app.gateway import Gateway, Parts
from clinicpro_images.app.http import build_gateway_app
from clinicpro_images.commands.serve import listen
from clinicpro_images.commits.jobs.retry import RetryPolicy
from clinicpro_images.settings.settings import Settings
from clinicpro_images.web.http_protocol import HEAD_SECONDS, UNREAD_SECONDS, server_config
from databases import place_migrated
from loopback import NO_CERTIFICATES

TESTING = "14e52e16edb7a435bfa05e307afd008b"
FOREARM = {"code": "14975008"}
SOON = f"{datetime.now(ZoneInfo('Pacific/Auckland')) + timedelta(days=7):%Y-%m-%d}"
"""A day on which a task can still be due, whenever the tests run."""
PATIENCE = 60.0  # seconds that a busy machine may take for anything
QUICK = RetryPolicy(first_wait=0.05, longest_wait=0.2, ceiling=20.0, reconcile_after=0.5)


@dataclass
class Sandbox:
    """A running sandbox: the environment it printed, and its address."""

    environ: dict[str, str]
    pid: int = 0

    @property
    def origin(self) -> str:
        return self.environ["MEDTECH_API_BASE_URL"].removesuffix("/FHIR")

    def call(self, method: str, path: str, body: object = None) -> Any:
        reply = httpx2.request(
            method, f"{self.origin}{path}", json=body, timeout=PATIENCE, verify=NO_CERTIFICATES
        )
        assert reply.status_code < 300, reply.text
        return reply.json() if reply.content else None

    def launch_url(self, patient: str | None = TESTING, **options: object) -> str:
        minted: dict[str, str] = self.call("POST", "/sandbox/launches", {"patient": patient, **options})
        return minted["url"]

    def resources(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.call("GET", "/sandbox/resources")["resources"]
        return listed

    def content(self, resource: dict[str, Any]) -> bytes:
        path = f"/sandbox/resources/{resource['resourceType']}/{resource['id']}/content"
        return httpx2.get(f"{self.origin}{path}", timeout=PATIENCE, verify=NO_CERTIFICATES).content

    def calls(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.call("GET", "/sandbox/calls")["calls"]
        return listed

    async def called(self, resource: str) -> None:
        """Wait until a call about such a resource has arrived; its answer may take longer."""
        async with asyncio.timeout(PATIENCE):
            while all(each["resource"] != resource for each in await asyncio.to_thread(self.calls)):  # noqa: ASYNC110 - the sandbox sends no event
                await asyncio.sleep(0.01)


@contextmanager
def running_sandbox(*arguments: str) -> Iterator[Sandbox]:
    """Start a sandbox as a program of its own, on a free port."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "alex_sandbox",
            "--port",
            "0",
            "--launch-url",
            "http://gateway.invalid/launch",
            *arguments,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        environ: dict[str, str] = {}
        for line in process.stdout:
            words = shlex.split(line, comments=True)
            if words[:1] == ["export"]:
                name, _, value = words[1].partition("=")
                environ[name] = value
            elif "/evolution" in line:
                break
        yield Sandbox(environ, process.pid)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@dataclass
class BrowserSession:
    """A clinician's browser at a running gateway."""

    gateway: Gateway
    client: httpx2.AsyncClient
    origin: str
    sandbox: Sandbox
    other_clients: list[httpx2.AsyncClient] = field(default_factory=list)

    def other_browser(self) -> httpx2.AsyncClient:
        """Another browser, with cookies of its own."""
        client = _client(self.origin)
        self.other_clients.append(client)
        return client

    async def operator(self, path: str) -> httpx2.Response:
        """What monitoring gets, with the operators' token."""
        headers = {"Authorization": f"Bearer {self.gateway.settings.admin_token}"}
        return await self.client.get(path, headers=headers)

    async def launch(self, patient: str | None = TESTING, **options: object) -> httpx2.Response:
        url = self.sandbox.launch_url(patient, **options)
        return await self.client.get(f"/launch?{url.partition('?')[2]}")

    async def add(self, image: bytes, kind: str = "image/jpeg") -> dict[str, Any]:
        reply = await self.client.post("/api/images", content=image, headers={"Content-Type": kind})
        assert reply.status_code == 201, reply.text
        added: dict[str, Any] = reply.json()
        return added

    async def describe(self, image_id: str, **details: object) -> dict[str, Any]:
        reply = await self.client.patch(f"/api/images/{image_id}", json=details or {"bodySite": FOREARM})
        assert reply.status_code == 200, reply.text
        described: dict[str, Any] = reply.json()
        return described

    async def file(self, *image_ids: str, key: str = "key-1", **more: object) -> dict[str, Any]:
        body = {"imageIds": list(image_ids), **more}
        reply = await self.client.post("/api/commits", json=body, headers={"Idempotency-Key": key})
        assert reply.status_code == 202, reply.text
        return await self.settled(reply.json()["id"])

    async def images_settled(self, commit_id: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The commit, once none of its images is under way."""
        async with asyncio.timeout(seconds):
            while True:
                commit: dict[str, Any] = (await self.client.get(f"/api/commits/{commit_id}")).json()
                if all(each["state"] not in {"queued", "sending"} for each in commit["images"]):
                    return commit
                await asyncio.sleep(0.05)

    async def prove_sight(self, image: bytes) -> None:
        """File an image and wait until a search has been seen to find it: from then on, "not there" is believed."""
        added = await self.add(image)
        await self.describe(added["id"])
        await self.file(added["id"], key="proves-sight")
        async with asyncio.timeout(PATIENCE):
            while True:
                capabilities = (await self.client.get("/api/capabilities")).json()
                if capabilities["sight"]["scan"]["state"] == "proven":
                    return
                await asyncio.sleep(0.02)

    async def settled(self, commit_id: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The commit, once none of its jobs is under way."""
        async with asyncio.timeout(seconds):
            while True:
                commit: dict[str, Any] = (await self.client.get(f"/api/commits/{commit_id}")).json()
                steps = [step for step in (commit["inbox"], commit["task"]) if step]
                if all(each["state"] not in {"queued", "sending"} for each in [*commit["images"], *steps]):
                    return commit
                await asyncio.sleep(0.05)


class _PromptServer(uvicorn.Server):
    """uvicorn's server without what it sleeps while it stops: up to 0.1 s until it looks, and 0.1 s in any case."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ended = asyncio.Event()

    def end(self) -> None:
        self._ended.set()

    async def main_loop(self) -> None:
        ticking = asyncio.create_task(super().main_loop())
        await self._ended.wait()
        ticking.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # The clients are gone, of which the connections may not have heard yet.
        for _ in range(20):
            if not (self.server_state.connections or self.server_state.tasks):
                break
            await asyncio.sleep(0.001)
        else:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        await self.lifespan.shutdown()


@asynccontextmanager
async def running(
    sandbox: Sandbox,
    folder: Path,
    environ: Mapping[str, str] = {},
    port: int = 0,
    *,
    head_seconds: float = HEAD_SECONDS,
    unread_seconds: float = UNREAD_SECONDS,
    **parts: Unpack[Parts],
) -> AsyncIterator[BrowserSession]:
    """Run a gateway with data in `folder` and, in place of its own, these parts; port 0 is any free one."""
    listener = listen("127.0.0.1", port)
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = Settings.read(
        sandbox.environ
        | {
            "CLINICPRO_PUBLIC_URL": origin,
            "CLINICPRO_DATA_DIR": str(folder),
            "CLINICPRO_ALEX_READ_TIMEOUT": "2",
        }
        | dict(environ),
        require=("credentials", "secret_key"),
    )
    # A cheap stretching, because nobody guesses a test's secret.
    given: Parts = {"policy": QUICK, "lease_seconds": 1.0, "key_cost": 16, **parts}
    place_migrated(settings.database_url)
    async with open_gateway(settings, **given) as gateway:
        # Most tests decode no more than one image: a decoder starts when it is needed.
        app = build_gateway_app(gateway, warm_workers=False)
        server = _PromptServer(
            server_config(app, grace=1, head_seconds=head_seconds, unread_seconds=unread_seconds)
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        client = _client(origin)
        browser = BrowserSession(gateway, client, origin, sandbox)
        try:
            yield browser
        finally:
            for each in [client, *browser.other_clients]:
                await each.aclose()
            server.end()
            await serving


def _client(origin: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        base_url=origin, headers={"Origin": origin}, timeout=PATIENCE, verify=NO_CERTIFICATES
    )
