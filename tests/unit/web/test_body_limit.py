"""What is too large or too slow is refused before anything is made of it."""

import asyncio
import json

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from clinicpro_images.web.body_limit import WORDS_BYTES, BodyLimits
from clinicpro_images.web.errors import RequestTooSlow

pytestmark = pytest.mark.anyio


class App:
    """Reads its whole body and remembers it."""

    def __init__(self) -> None:
        self.read: bytes | None = None
        self.fault: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self.read = await Request(scope, receive).body()
        except RequestTooSlow as error:
            self.fault = error
            return
        await PlainTextResponse("done")(scope, receive, send)


async def ask(
    app: App,
    chunks: list[bytes],
    *,
    path: str = "/api/commits",
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

    headers = [(b"transfer-encoding", b"chunked")]
    if announced is not None:
        headers = [(b"content-length", announced.encode())]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    limits = BodyLimits(app, words_seconds=0.05, silence_seconds=0.05, image_seconds=0.2)
    await limits(scope, receive, send)
    if not sent:
        return 0, "", len(chunks) - len(left)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    slug = "" if sent[0]["status"] == 200 else json.loads(body)["type"].rpartition("/")[2]
    return sent[0]["status"], slug, len(chunks) - len(left)


async def test_a_small_body_arrives_whole_however_it_is_cut() -> None:
    app = App()
    assert await ask(app, [b"on", b"e ", b"", b"word"]) == (200, "", 4)
    assert app.read == b"one word"


async def test_what_announces_too_much_is_refused_before_a_byte_is_read() -> None:
    app = App()
    asked = await ask(app, [b"x"], announced=str(WORDS_BYTES + 1))
    assert (asked, app.read) == ((413, "request-too-large", 0), None)
    asked = await ask(app, [b"x"], path="/api/images", announced=str(26 * 1024 * 1024))
    assert (asked, app.read) == ((413, "image-too-large", 0), None)


async def test_what_announces_nothing_is_refused_as_soon_as_it_is_too_much() -> None:
    app = App()
    chunks = [b"x" * 40_000] * 100
    assert await ask(app, chunks) == (413, "request-too-large", 2)
    assert app.read is None


async def test_a_body_that_does_not_end_is_given_up() -> None:
    app = App()
    assert await ask(app, [b"{"], ends=False) == (408, "request-too-slow", 1)
    assert app.read is None


@pytest.mark.parametrize("path", ["/api/images", "/api/images/abc/edits"])
async def test_a_picture_may_be_large_and_must_keep_coming(path: str) -> None:
    app = App()
    assert await ask(app, [b"x" * 500_000] * 4, path=path) == (200, "", 4)
    assert len(app.read or b"") == 2_000_000
    await ask(app, [b"x" * 500_000], path=path, ends=False)
    assert isinstance(app.fault, RequestTooSlow)
