"""A server in front of the sandbox: it answers some paths itself, and everything else is the sandbox's."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from running import Sandbox

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SandboxFront:
    """Passes on what it has no answer of its own for."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @asynccontextmanager
    async def serving(self, routes: Mapping[str, Answer]) -> AsyncIterator[Sandbox]:
        """Serve these GET routes on a free port, and yield the sandbox as a gateway sees it from now on."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        for path, answer in routes.items():
            app.router.add_get(path, answer)
        app.router.add_route("*", "/{rest:.*}", self.forward)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._client = aiohttp.ClientSession(auto_decompress=False)
        try:
            yield Sandbox(self._sandbox.environ | {"MEDTECH_API_BASE_URL": f"{origin}/FHIR"})
        finally:
            await self._client.close()
            await runner.cleanup()

    async def forward(self, request: web.Request) -> web.Response:
        """Return the sandbox's answer."""
        url = f"{self._sandbox.origin}{request.raw_path}"
        body = await request.read()
        async with self._client.request(
            request.method, url, headers=request.headers, data=body or None, allow_redirects=False
        ) as reply:
            kept = {
                name: value for name, value in reply.headers.items() if name in {"Content-Type", "Location"}
            }
            return web.Response(status=reply.status, headers=kept, body=await reply.read())
