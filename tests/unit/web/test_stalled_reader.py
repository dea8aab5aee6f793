"""A client that stops reading is cut off, and its response isn't kept in memory."""

import asyncio
import socket

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from clinicpro_images.web.http_protocol import server_config
from clinicpro_images.web.session_budget import in_pieces

pytestmark = pytest.mark.anyio

LARGE = 32 * 1024 * 1024


async def test_who_does_not_read_is_cut_off_and_who_reads_gets_everything() -> None:
    unfinished = 0
    began = asyncio.Event()

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        nonlocal unfinished
        if scope["type"] != "http":
            return
        unfinished += 1
        began.set()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await in_pieces(send)({"type": "http.response.body", "body": bytes(LARGE)})
        unfinished -= 1

    config = server_config(app, grace=1, stalled_seconds=0.3)
    config.lifespan = "off"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        port = listener.getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert len(await reader.read()) > LARGE
        writer.close()
        began.clear()
        with socket.create_connection(("127.0.0.1", port)) as silent:
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            silent.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(20):
                await began.wait()
                while unfinished:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.02)
        server.should_exit = True
        await serving
