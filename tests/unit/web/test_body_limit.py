"""Bodies that are too large or too slow are refused before they are processed."""

import asyncio
import json
from typing import Annotated

import pytest
from fastapi import APIRouter, Body, FastAPI, Request
from starlette.middleware import Middleware
from starlette.types import Message, Receive, Scope, Send

from clinicpro_images.web.body_limit import SMALL_BODY, STREAMED, BodyLimits
from clinicpro_images.web.problems import Faults, install_problems

pytestmark = pytest.mark.anyio


class App:
    """Routes that read their bodies in every way there is, and keep them."""

    def __init__(self) -> None:
        self.read: bytes | None = None
        router = APIRouter()

        @router.post("/form")
        async def form(request: Request) -> None:
            self.read = await request.body()

        @router.post("/json")
        async def json_body(body: Annotated[list[str], Body()]) -> None:
            self.read = "".join(body).encode()

        @router.post("/unread")
        async def unread() -> None:
            self.read = b""

        @router.post("/file", max_body_size=STREAMED)
        async def file(request: Request) -> None:
            self.read = b"".join([chunk async for chunk in request.stream()])

        app = FastAPI(
            middleware=[
                Middleware(BodyLimits, small_seconds=0.05, silence_seconds=0.05, streamed_seconds=0.2),
                Middleware(Faults),
            ]
        )
        install_problems(app)
        app.include_router(router, max_body_size=SMALL_BODY)
        self.app = app


async def ask(
    app: App,
    chunks: list[bytes],
    *,
    path: str = "/form",
    announced: str | None = None,
    ends: bool = True,
) -> tuple[int, str, int]:
    """Returns status, problem and how many chunks were taken; a body that does not end hangs."""
    left = list(chunks)

    async def receive() -> Message:
        if not left:
            assert not ends
            await asyncio.Event().wait()
        chunk = left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(left) or not ends}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    headers.append(
        (b"transfer-encoding", b"chunked") if announced is None else (b"content-length", announced.encode())
    )
    scope = {
        "type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers, "state": {},
    }  # fmt: skip
    await app.app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    slug = "" if sent[0]["status"] == 200 else json.loads(body)["type"].rpartition("/")[2]
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return sent[0]["status"], slug, len(chunks) - len(left)


async def test_a_small_body_arrives_complete_however_it_is_divided() -> None:
    app = App()
    assert await ask(app, [b"on", b"e ", b"", b"word"]) == (200, "", 4)
    assert app.read == b"one word"
    assert await ask(app, [b'["one ', b"", b'word"]'], path="/json") == (200, "", 3)
    assert app.read == b"one word"


@pytest.mark.parametrize("path", ["/form", "/json", "/unread"])
async def test_a_body_announced_too_large_is_refused_before_a_byte_is_read(path: str) -> None:
    app = App()
    asked = await ask(app, [b"x"], path=path, announced=str(SMALL_BODY + 1))
    assert asked == (413, "request-too-large", 0)


@pytest.mark.parametrize("path", ["/form", "/json"])
async def test_a_body_of_unknown_length_is_refused_once_it_is_too_large(path: str) -> None:
    app = App()
    chunks = [b"x" * 40_000] * 100
    assert await ask(app, chunks, path=path) == (413, "request-too-large", 2)
    assert app.read is None


@pytest.mark.parametrize("path", ["/form", "/json"])
async def test_a_body_that_does_not_end_times_out(path: str) -> None:
    app = App()
    assert await ask(app, [b"{"], path=path, ends=False) == (408, "request-too-slow", 1)
    assert app.read is None


async def test_a_file_may_be_large_and_must_keep_coming() -> None:
    app = App()
    assert await ask(app, [b"x" * 500_000] * 4, path="/file") == (200, "", 4)
    assert len(app.read or b"") == 2_000_000
    app.read = None
    assert await ask(app, [b"x" * 500_000], path="/file", ends=False) == (408, "request-too-slow", 1)
    assert app.read is None


async def test_after_the_body_the_end_of_the_connection_may_take_its_time() -> None:
    received: list[Message] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        received.extend([await receive(), await receive()])

    async def receive() -> Message:
        if asking:
            await asyncio.sleep(0.1)
            return {"type": "http.disconnect"}
        asking.append(True)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Message) -> None:
        raise AssertionError("nothing is sent")

    asking: list[bool] = []
    await BodyLimits(app, small_seconds=0.02)({"type": "http"}, receive, send)
    assert [message["type"] for message in received] == ["http.request", "http.disconnect"]


async def test_a_file_may_not_trickle_in_for_ever() -> None:
    app = App()

    async def dribble() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/file",
        "query_string": b"",
        "headers": [],
        "state": {},
    }
    await app.app(scope, dribble, send)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
