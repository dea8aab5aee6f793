"""The event stream as a browser reads it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

Heard = tuple[str, int, dict[str, Any]]


@asynccontextmanager
async def events(
    client: httpx2.AsyncClient, last_id: int | None = None, path: str = "/api/events"
) -> AsyncIterator[AsyncIterator[Heard]]:
    """Subscribe to the event stream, from now on or after an event."""
    headers = {} if last_id is None else {"Last-Event-ID": str(last_id)}
    async with asyncio.timeout(20), client.stream("GET", path, headers=headers) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        lines = reply.aiter_lines()
        assert (await anext(lines)).startswith("retry:")
        yield _messages(lines)


async def _messages(lines: AsyncIterator[str]) -> AsyncIterator[Heard]:
    fields: dict[str, str] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "event" in fields:
            yield fields["event"], int(fields["id"]), json.loads(fields["data"])
            fields = {}
