"""One cookie has so many streams, uploads and downloads in flight, and nobody else notices."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from clinicpro_images.imaging.worker.fair_queue import DECODING_FOR
from clinicpro_images.web.rate_limit import ByCookie
from clinicpro_images.web.session_budget import IN_FLIGHT, Kind, SessionBudget, in_pieces

pytestmark = pytest.mark.anyio

CALLS: dict[Kind, tuple[str, str]] = {
    "stream": ("GET", "/api/events"),
    "upload": ("POST", "/api/images"),
    "download": ("GET", "/api/images/1/content"),
    "call": ("PATCH", "/api/images/1"),
}


class Server:
    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.running = 0
        self.refused = 0
        self.whose: set[str] = set()
        key = ByCookie(session="s", phone="p")
        self.app = SessionBudget(self._serve, key=key, wait_seconds=0.05)

    async def _serve(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.whose.add(DECODING_FOR.get())
        self.running += 1
        await self.open.wait()
        self.running -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def until(self, running: int) -> None:
        while self.running < running:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)

    async def ask(self, kind: Kind, cookie: str) -> int:
        method, path = CALLS[kind]
        scope: dict[str, Any] = {
            "type": "http", "method": method, "path": path, "query_string": b"", "state": {},
            "headers": [(b"cookie", f"s={cookie}".encode())],
        }  # fmt: skip
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)
            self.refused += message.get("status") == 429

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        await asyncio.create_task(self.app(scope, receive, send))
        status: int = sent[0]["status"]
        return status


@pytest.mark.parametrize("kind", list(CALLS))
async def test_more_than_its_share_is_refused_and_others_are_served(kind: Kind) -> None:
    server = Server()
    share = [asyncio.create_task(server.ask(kind, "hostile")) for _ in range(IN_FLIGHT[kind])]
    await server.until(IN_FLIGHT[kind])
    assert await server.ask(kind, "hostile") == 429
    other = asyncio.create_task(server.ask(kind, "other"))
    await server.until(IN_FLIGHT[kind] + 1)
    server.open.set()
    assert [await each for each in (*share, other)] == [200] * (IN_FLIGHT[kind] + 1)
    assert len(server.whose) == 2
    assert await server.ask(kind, "hostile") == 200


async def test_a_flood_of_refusals_lets_what_came_after_it_pass() -> None:
    server = Server()
    share = [asyncio.create_task(server.ask("stream", "hostile")) for _ in range(IN_FLIGHT["stream"])]
    await server.until(IN_FLIGHT["stream"])
    flood = [asyncio.create_task(server.ask("stream", "hostile")) for _ in range(500)]
    other = asyncio.create_task(server.ask("stream", "other"))
    await server.until(IN_FLIGHT["stream"] + 1)
    assert server.refused < 50
    server.open.set()
    assert await asyncio.gather(*share, other) == [200] * (IN_FLIGHT["stream"] + 1)
    assert await asyncio.gather(*flood) == [429] * len(flood)


async def test_a_large_body_goes_out_in_pieces_and_whole() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    body = bytes(range(256)) * 4000
    await in_pieces(send)({"type": "http.response.body", "body": body})
    assert b"".join(each["body"] for each in sent) == body
    assert max(len(each["body"]) for each in sent) <= 256 * 1024
    assert [each["more_body"] for each in sent] == [True] * (len(sent) - 1) + [False]
