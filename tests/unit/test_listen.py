"""What the gateway and the sandbox listen with."""

import asyncio
import socket
from collections.abc import Callable

import pytest

from alex_sandbox.server import bound
from clinicpro_images.commands.serve import listen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("opened", [listen, bound])
async def test_answers_are_sent_without_delay_on_pythons_own_event_loop(
    opened: Callable[[str, int], socket.socket],
) -> None:
    delays: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        delays.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(accepted, sock=opened("127.0.0.1", 0)) as server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert await delays
        writer.close()
        await writer.wait_closed()
