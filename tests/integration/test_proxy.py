"""The proxy examples in front of a gateway, all real: TLS, uploads, events without delay, nothing identifying in a log."""

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from image_files import make_jpeg
from proxies import Proxy, running_caddy, running_nginx
from running import Sandbox, running

pytestmark = pytest.mark.anyio

PLANTED = "PLANTED-launch-context"
RUNNING = {"nginx": running_nginx, "caddy": running_caddy}


@pytest.fixture(params=RUNNING)
def proxy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Proxy]:
    folder = tmp_path / "proxy"
    folder.mkdir()
    with RUNNING[request.param](folder) as proxy:
        yield proxy


def trusted(proxy: Proxy) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(proxy.folder / "fullchain.pem"))


async def answering(client: httpx2.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                if (await client.get("/healthz")).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.05)


async def refused(browser: httpx2.AsyncClient, size: int) -> int:
    """The status of an upload that is too large.

    A proxy waits half a second for a sender that goes on after the answer, then resets the connection: on a busy machine
    the answer is lost with it, so this asks again.
    """
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError):
                return (await browser.post("/api/images", content=b"0" * size)).status_code


async def test_a_visit_through_a_proxy(sandbox: Sandbox, tmp_path: Path, proxy: Proxy) -> None:
    public = f"https://localhost:{proxy.https}"
    environ = {"CLINICPRO_PUBLIC_URL": public, "CLINICPRO_TRUSTED_PROXIES": "127.0.0.1"}
    async with (
        running(sandbox, tmp_path / "data", environ, port=proxy.gateway),
        httpx2.AsyncClient(
            base_url=public, headers={"Origin": public}, verify=trusted(proxy), timeout=30
        ) as browser,
    ):
        await answering(browser)
        query = (await asyncio.to_thread(sandbox.launch_url)).partition("?")[2]
        launched = await browser.get(f"/launch?{query}")
        assert launched.status_code == 303
        assert "secure" in launched.headers["set-cookie"].lower()
        async with asyncio.timeout(30), browser.stream("GET", "/api/events") as events:
            lines = events.aiter_lines()
            assert (await anext(lines)).startswith("retry:")
            added = await browser.post("/api/images", content=make_jpeg(width=4000, height=3000, quality=97))
            assert added.status_code == 201, added.text
            # The stream is still open: what arrives now was not held back by the proxy.
            while await anext(lines) != "event: image.added":
                pass
            await anext(lines)
            assert json.loads((await anext(lines)).removeprefix("data: "))["id"] == added.json()["id"]
        assert await refused(browser, 27_000_000) == 413
        closed = ("/metrics", "/readyz", "/openapi.json")
        assert [(await browser.get(path)).status_code for path in closed] == [404, 404, 404]
        moved = await browser.get(f"http://localhost:{proxy.http}/")
        assert (moved.status_code, moved.headers["location"]) == (301, "https://localhost/")
    assert query not in proxy.written
    assert "context=" not in proxy.written


def send(port: int, request: bytes, tls: ssl.SSLContext | None, seconds: float = 3.0) -> bytes:
    """Send bytes as they are, and return what comes back; nothing if the proxy just closes, or takes longer."""
    found = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as plain:
            connection = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
            with connection:
                connection.sendall(request)
                while len(found) < 65536 and (chunk := connection.recv(65536)):
                    found += chunk
    except OSError:  # also of TLS, and a time-out
        pass
    return found


def flood() -> list[bytes]:
    """Requests with a context, each wrong or unusual in another way."""
    query = f"context={PLANTED}&signature={PLANTED}"
    get, close = f"GET /launch?{query} HTTP/1.1\r\n", "Connection: close\r\n\r\n"
    whole = [
        f"{get}Host: localhost\r\n{close}",
        f"{get}Host: elsewhere.example.nz\r\n{close}",
        f"{get}{close}",  # without a host
        f"{get}Host: localhost\r\nReferer: https://localhost/launch?{query}\r\n{close}",
        f"GET //launch?{query} HTTP/1.1\r\nHost: localhost\r\n{close}",
        f"GET https://localhost/launch?{query} HTTP/1.1\r\nHost: localhost\r\n{close}",
        f"GET /launch?{query}#{PLANTED} HTTP/1.1\r\nHost: localhost\r\n{close}",
        f"GET /launch?{query}%zz%00 HTTP/1.1\r\nHost: localhost\r\n{close}",
        f"GET /%2e%2e/launch?{query} HTTP/1.1\r\nHost: localhost\r\n{close}",
        f"GET /launch?{query}&{'x' * 40_000} HTTP/1.1\r\nHost: localhost\r\n{close}",
        f"GET /launch?{query} HTTP/9.9\r\nHost: localhost\r\n{close}",
        f"GET /launch%3F{query} HTTP/1.1\r\nHost: localhost\r\n{close}",  # encoded once too often
        f"GET /launch/{PLANTED} HTTP/1.1\r\nHost: localhost\r\n{close}",
        f"GET /{PLANTED} HTTP/1.1\r\nHost: localhost\r\n{close}",
        f"GET /api/images/{PLANTED}/content HTTP/1.1\r\nHost: localhost\r\n{close}",
        f"LAUNCH /launch?{query} HTTP/1.1\r\nHost: localhost\r\n{close}",
        f"POST /launch?{query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99000000\r\n{close}",
        f"{get}Host: localhost\r\nX-Long: {'y' * 60_000}\r\n{close}",
        f"{get}Host: localhost\r\nbroken header\r\n{close}",
        f"GET /launch?{query}",  # never finished
    ]
    return [each.encode() for each in whole]


@pytest.mark.parametrize("gateway_runs", [True, False], ids=["running", "stopped"])
async def test_no_context_is_logged_on_any_port_and_other_hosts_get_nothing(
    sandbox: Sandbox, tmp_path: Path, proxy: Proxy, *, gateway_runs: bool
) -> None:
    tls = trusted(proxy)
    public = f"https://localhost:{proxy.https}"

    async def flooding() -> None:
        for _ in range(200):
            if await asyncio.to_thread(send, proxy.http, b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", None):
                break
            await asyncio.sleep(0.1)
        senders = [
            (proxy.https, tls),
            (proxy.http, None),
            (proxy.https, None),
        ]  # the last: plain text to the TLS port
        replies = await asyncio.gather(
            *(
                asyncio.to_thread(send, port, request, secure)
                for port, secure in senders
                for request in flood()
            )
        )
        assert any(replies)
        assert not any(PLANTED.encode() in reply.partition(b"\r\n\r\n")[0] for reply in replies)
        for host in ("localhost", "elsewhere.example.nz", "", "localhost.example.nz"):
            asked = f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
            for port, secure in ((proxy.http, None), (proxy.https, tls)):
                reply = await asyncio.to_thread(send, port, asked, secure, seconds=30.0)
                gets_through = gateway_runs and host == "localhost" and secure is tls
                assert (b"alive" in reply) == gets_through, (host, reply)

    if gateway_runs:
        environ = {"CLINICPRO_PUBLIC_URL": public, "CLINICPRO_TRUSTED_PROXIES": "127.0.0.1"}
        async with running(sandbox, tmp_path / "data", environ, port=proxy.gateway):
            await flooding()
    else:
        await flooding()
    assert PLANTED not in proxy.written
