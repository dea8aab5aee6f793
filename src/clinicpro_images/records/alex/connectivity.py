"""Connectivity below HTTP, for `clinicpro doctor`: name resolution, a TCP connection, a TLS handshake."""

import asyncio
import socket
import ssl
from contextlib import suppress


async def resolve_host(host: str, port: int, *, seconds: float) -> list[str]:
    """Return the addresses of a host; raises OSError if it has none, TimeoutError if no server answers."""
    async with asyncio.timeout(seconds):
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return sorted({str(address[0]) for *_, address in found})


async def connect_tcp(host: str, port: int, *, seconds: float) -> None:
    """Open a TCP connection and close it again; raises OSError, or TimeoutError if there is no answer."""
    await _open_and_close(host, port, None, seconds)


async def connect_tls(host: str, port: int, *, seconds: float) -> None:
    """Complete a TLS handshake; raises ssl.SSLError, OSError or TimeoutError."""
    await _open_and_close(host, port, ssl.create_default_context(), seconds)


async def _open_and_close(host: str, port: int, context: ssl.SSLContext | None, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        _, writer = await asyncio.open_connection(host, port, ssl=context)
    writer.close()
    # Only the connection matters, not how the other side closes it.
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            await writer.wait_closed()
