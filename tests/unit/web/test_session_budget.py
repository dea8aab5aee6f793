"""One session has so many streams, uploads and downloads in flight, and nobody else notices."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from clinicpro_images.fair_queue import ON_BEHALF_OF
from clinicpro_images.web.rate_limit import by_session
from clinicpro_images.web.session_budget import IN_FLIGHT, Kind, SessionBudget, in_pieces, kind_of

pytestmark = pytest.mark.anyio

CALLS: dict[Kind, tuple[str, str]] = {
    "stream": ("GET", "/api/events"),
    "upload": ("POST", "/api/images"),
    "download": ("GET", "/api/images/1/content"),
    "change": ("PATCH", "/api/images/1"),
    "call": ("GET", "/api/images"),
    "open": ("GET", "/problems"),
}

_OF_A_SESSION = [kind for kind in CALLS if kind != "open"]

_TOO_MANY = 429

SESSIONS = {"desktop": "hostile", "phone": "hostile", "next phone": "hostile", "other": "other"}


class Server:
    def __init__(self, *, wait_seconds: float = 0.05, refused_seconds: float = 0.0) -> None:
        self.open = asyncio.Event()
        self.running = 0
        self.served = 0
        self.status = 200
        self.refused = 0
        self.whose: set[str] = set()
        self.limited: set[str] = set()
        self.tasks: list[asyncio.Task[None]] = []
        self.app = SessionBudget(
            self._serve,
            session_of=self._session_of,
            wait_seconds=wait_seconds,
            refused_seconds=refused_seconds,
        )

    async def _session_of(self, request: Request) -> str | None:
        cookie = request.cookies.get("s")
        return cookie if cookie is None else SESSIONS.get(cookie, "")

    async def _serve(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.whose.add(ON_BEHALF_OF.get())
        self.limited.add(by_session(Request(scope)))
        self.running += 1
        await self.open.wait()
        self.running -= 1
        self.served += 1
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def until(self, running: int) -> None:
        while self.running < running:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)

    async def ask(self, kind: Kind, cookie: str, *, path: str = "", address: str = "192.0.2.1") -> int:
        method, usual = CALLS[kind]
        scope: dict[str, Any] = {
            "type": "http", "method": method, "path": path or usual, "query_string": b"",
            "state": {"client_address": address},
            "headers": [(b"cookie", f"s={cookie}".encode())] if cookie else [],
        }  # fmt: skip
        sent: list[Message] = []

        begun = asyncio.Event()

        async def send(message: Message) -> None:
            sent.append(message)
            begun.set()
            self.refused += message.get("status") == _TOO_MANY

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        answering = asyncio.create_task(self.app(scope, receive, send))
        self.tasks.append(answering)
        await begun.wait()
        if sent[0]["status"] != _TOO_MANY:
            await answering
        status: int = sent[0]["status"]
        return status


@pytest.mark.parametrize("kind", _OF_A_SESSION)
async def test_more_than_its_share_is_refused_and_others_are_served(kind: Kind) -> None:
    server = Server()
    share = [asyncio.create_task(server.ask(kind, "desktop")) for _ in range(IN_FLIGHT[kind])]
    await server.until(IN_FLIGHT[kind])
    assert await server.ask(kind, "desktop") == 429
    other = asyncio.create_task(server.ask(kind, "other"))
    await server.until(IN_FLIGHT[kind] + 1)
    server.open.set()
    assert [await each for each in (*share, other)] == [200] * (IN_FLIGHT[kind] + 1)
    assert len(server.whose) == 2
    assert await server.ask(kind, "desktop") == 200


async def test_a_session_that_goes_on_although_it_is_refused_is_served_slowly() -> None:
    server = Server(wait_seconds=0.02, refused_seconds=60.0)
    server.open.set()
    server.status = _TOO_MANY
    share = IN_FLIGHT["change"]
    assert [await server.ask("change", "desktop") for _ in range(share)] == [_TOO_MANY] * share
    assert await server.ask("change", "phone") == _TOO_MANY
    assert server.served == share  # the last one didn't get as far as the routes
    server.status = 200
    assert await server.ask("change", "other") == 200
    assert await server.ask("download", "desktop") == 200
    for each in server.tasks:
        each.cancel()


async def test_a_flood_of_refusals_lets_what_came_after_it_pass() -> None:
    server = Server()
    share = [asyncio.create_task(server.ask("stream", "desktop")) for _ in range(IN_FLIGHT["stream"])]
    await server.until(IN_FLIGHT["stream"])
    flood = [asyncio.create_task(server.ask("stream", "desktop")) for _ in range(500)]
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


@pytest.mark.parametrize("kind", _OF_A_SESSION)
async def test_a_session_gains_nothing_by_connecting_phones(kind: Kind) -> None:
    server = Server()
    share = [asyncio.create_task(server.ask(kind, "desktop")) for _ in range(IN_FLIGHT[kind] - 1)]
    share += [asyncio.create_task(server.ask(kind, "phone"))]
    await server.until(IN_FLIGHT[kind])
    assert await server.ask(kind, "next phone") == 429
    server.open.set()
    assert await asyncio.gather(*share) == [200] * IN_FLIGHT[kind]
    assert server.whose == server.limited == {"hostile"}


async def test_invented_cookies_share_one_budget_by_address() -> None:
    server = Server()
    share = [asyncio.create_task(server.ask("call", f"invented {n}")) for n in range(IN_FLIGHT["call"])]
    await server.until(IN_FLIGHT["call"])
    assert await server.ask("call", "another") == 429
    elsewhere = asyncio.create_task(server.ask("call", "another", address="192.0.2.2"))
    known = asyncio.create_task(server.ask("call", "other"))
    await server.until(IN_FLIGHT["call"] + 2)
    server.open.set()
    assert set(await asyncio.gather(*share, elsewhere, known)) == {200}
    assert server.limited == {"", "other"}


@pytest.mark.parametrize(
    "path", ["/sessions", "/sessions/1/end", "/practice", "/sign-in", "/problems", "/none"]
)
async def test_a_page_is_a_call_too(path: str) -> None:
    server = Server()
    share = [asyncio.create_task(server.ask("call", "desktop")) for _ in range(IN_FLIGHT["call"])]
    await server.until(IN_FLIGHT["call"])
    assert await server.ask("call", "phone", path=path) == 429
    built = [asyncio.create_task(server.ask("call", "phone", path=each)) for each in ("/", "/assets/a.js")]
    await server.until(IN_FLIGHT["call"] + 2)
    server.open.set()
    assert set(await asyncio.gather(*share, *built)) == {200}


@pytest.mark.parametrize("path", ["", "/zip", "/photos/1", "/letter"])
async def test_everything_of_a_referral_is_a_download(path: str) -> None:
    server = Server()
    share = [asyncio.create_task(server.ask("download", "desktop")) for _ in range(IN_FLIGHT["download"])]
    await server.until(IN_FLIGHT["download"])
    assert await server.ask("download", "phone", path=f"/api/commits/1/referral{path}") == 429
    call = asyncio.create_task(server.ask("call", "phone"))
    await server.until(IN_FLIGHT["download"] + 1)
    server.open.set()
    assert set(await asyncio.gather(*share, call)) == {200}


@pytest.mark.parametrize("path", ["/problems", "/", "/assets/app.js", "/api/images", "/nowhere"])
async def test_a_strangers_flood_is_served_a_few_at_once_and_holds_up_no_session_and_no_other_network(
    path: str,
) -> None:
    server = Server(wait_seconds=30)
    flood = [asyncio.create_task(server.ask("open", "", path=path)) for _ in range(300)]
    others = [
        asyncio.create_task(server.ask("call", "other")),
        asyncio.create_task(server.ask("open", "", address="198.51.100.7")),
    ]
    await server.until(IN_FLIGHT["open"] + len(others))
    for _ in range(20):
        await asyncio.sleep(0)
    assert server.running == IN_FLIGHT["open"] + len(others)
    server.open.set()
    assert await asyncio.gather(*flood, *others) == [200] * (len(flood) + len(others))


async def test_whoever_reads_a_page_slowly_takes_nobodys_turn() -> None:
    reading, begun = asyncio.Event(), 0

    async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
        nonlocal begun
        await send({"type": "http.response.start", "status": 200, "headers": []})
        begun += 1
        await reading.wait()

    async def nobody(_request: Request) -> str | None:
        return None

    async def quiet(_message: Message) -> None:
        pass

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    app = SessionBudget(page, session_of=nobody, wait_seconds=30)
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    slow = [asyncio.create_task(app({**scope, "state": {}}, receive, quiet)) for _ in range(100)]
    async with asyncio.timeout(5):
        while begun < len(slow):  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)
    reading.set()
    await asyncio.gather(*slow)


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/api/images", "upload"), ("POST", "/api/images/1/edits", "upload"),
        ("POST", "/api/images/1/original", "upload"), ("PATCH", "/api/images", "change"),
        ("DELETE", "/api/images/1", "change"), ("GET", "/api/images", "call"), ("GET", "/api/images/1/content", "download"),
        ("OPTIONS", "/api/images/1/content", "call"), ("GET", "/api/images/1/fit", "download"), ("GET", "/api/events", "stream"),
        ("GET", "/", "open"), ("POST", "/", None), ("GET", "/assets/a.js", "open"), ("GET", "/pages/a.css", "open"),
        ("POST", "/api/handoff/claim", None), ("GET", "/launch", None), ("POST", "/tab", None), ("GET", "/healthz", None),
    ],
)  # fmt: skip
def test_a_request_takes_the_share_of_its_kind(method: str, path: str, kind: Kind | None) -> None:
    assert kind_of({"type": "http", "method": method, "path": path}) == kind
