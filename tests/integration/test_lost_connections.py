"""A phone that loses its connection is no fault of this program: nothing is logged or counted as one."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from running import Sandbox, running

pytestmark = pytest.mark.anyio


async def test_an_upload_that_breaks_off_is_not_a_fault(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        address = urlsplit(browser.origin)
        cookie = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
        with capture_logs() as logged:
            for path, length in (("/api/images", 500_000), ("/api/commits", 500)):
                _, writer = await asyncio.open_connection(address.hostname, address.port)
                head = (
                    f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nOrigin: {browser.origin}\r\n"
                    f"Cookie: {cookie}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
                )
                writer.write(head.encode() + b"{")
                await writer.drain()
                await asyncio.sleep(0.1)  # until the route reads the body
                writer.transport.abort()
            await asyncio.sleep(0.1)
            metrics = (await browser.operator("/metrics")).text
        assert [each for each in logged if each["log_level"] in {"error", "critical"}] == []
        assert 'problem="unexpected"' not in metrics
