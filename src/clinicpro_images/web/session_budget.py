"""What one session may have in flight at once, and large responses in pieces: nobody takes the gateway from the others."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final, Literal

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.fair_queue import ON_BEHALF_OF
from clinicpro_images.web.errors import TooManyRequests
from clinicpro_images.web.problems import problem_response
from clinicpro_images.web.rate_limit import by_address
from clinicpro_images.web.turns import NoTurn, Turns

Kind = Literal["stream", "upload", "download", "change", "call", "open"]

IN_FLIGHT: Final[dict[Kind, int]] = {
    "stream": 8,
    "upload": 4,
    "download": 4,
    "change": 2,
    "call": 8,
    "open": 8,
}
"""How many of each one session may have at once, its desktop and all its phones together. A desktop has one stream for
each open window. Of changes few, because all sessions' writes are carried out one after the other, or nearly so. `open` is
what needs no cookie, for each network: a practice's browsers load the page at the same time."""

REFUSED_SECONDS: Final = 0.25
"""How long a request that was refused with 429 keeps its turn: a session that goes on regardless is refused at this pace."""

WAIT_SECONDS: Final = 20.0
"""How long a request waits for its turn among the session's own, before it is refused with 429."""

_MOST_WAITING: Final[dict[Kind, int]] = {
    "stream": 0,
    "upload": 64,
    "download": 64,
    "change": 64,
    "call": 64,
    "open": 512,
}
_READING: Final = ("GET", "HEAD")
_BODILESS: Final = (*_READING, "OPTIONS")
_TOO_MANY: Final = 429
_PIECE: Final = 256 * 1024
_DOWNLOADS: Final = ("/content", "/fit")
# What starts a session or connects a phone has limits of its own, and waits for others; a body may be slow.
_OWN_PATHS: Final = ("/healthz", "/launch", "/tab", "/api/handoff/claim")
# Without the cookie they are served as well.
_OPEN_PATHS: Final = ("/", "/phone")
_OPEN_FOLDERS: Final = ("/assets/", "/pages/")

SessionOf = Callable[[Request], Awaitable[str | None]]
"""Returns the id of the session that a request's cookie belongs to; empty if to none, and None without a cookie."""


class SessionBudget:
    """Lets each session have so many requests at once, by kind, and says for whom images are decoded.

    A session's phones count with it, however many it connects one after the other. Cookies that belong to no session
    share what one session has, by address: an invented one has no share of its own. So do requests that need no cookie:
    each is quick, but a flood of them would be served all at once, with everybody else's between them.

    A response's body is passed on in pieces, so that a reader who stops is noticed (see `http_protocol`).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        session_of: SessionOf,
        wait_seconds: float = WAIT_SECONDS,
        refused_seconds: float = REFUSED_SECONDS,
    ) -> None:
        """`session_of` says whose request it is; requests without a cookie are refused by the routes anyway."""
        self._app = app
        self._session_of = session_of
        self._wait_seconds = wait_seconds
        self._refused_seconds = refused_seconds
        self._refusing = asyncio.Lock()
        self._turns = {kind: Turns(IN_FLIGHT[kind], most_waiting=_MOST_WAITING[kind]) for kind in IN_FLIGHT}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        kind = kind_of(scope)
        key = None if kind in {None, "open"} else await self._key(request)
        if kind is not None and key is None and scope["method"] in _BODILESS:
            kind, key = "open", f"from {by_address(request)}"
        ON_BEHALF_OF.set(key or "")
        if kind is None or key is None:
            await self._app(scope, receive, in_pieces(send))
            return
        try:
            async with AsyncExitStack() as turn:
                await turn.enter_async_context(self._turns[kind].take(key, seconds=self._wait_seconds))
                # A slow reader of pages keeps nobody else of the network waiting.
                noticed = _Noticed(_ending(turn, send) if kind == "open" else send)
                await self._app(scope, receive, in_pieces(noticed.send))
                if noticed.status == _TOO_MANY and kind != "open":
                    await asyncio.sleep(self._refused_seconds)
        except NoTurn:
            # One after the other: between two of a flood, whatever else has arrived is served.
            async with self._refusing:
                await asyncio.sleep(0)
            refusal = problem_response(request, TooManyRequests(retry_after=5))
            refusal.headers["connection"] = "close"  # an idle connection is a share of the memory too
            await refusal(scope, receive, send)

    async def _key(self, request: Request) -> str | None:
        session_id = await self._session_of(request)
        if session_id:
            request.state.session_key = session_id  # for the rate limits
        return session_id if session_id or session_id is None else f"from {by_address(request)}"


class _Noticed:
    """Passes a response on, and keeps its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        await self._send(message)


def _ending(turn: AsyncExitStack, send: Send) -> Send:
    """End the turn once the answer begins."""

    async def send_after(message: Message) -> None:
        await turn.aclose()
        await send(message)

    return send_after


def in_pieces(send: Send) -> Send:
    """Pass on a large body in pieces: the server waits for the client between them."""

    async def send_pieces(message: Message) -> None:
        body = message.get("body", b"")
        if message["type"] != "http.response.body" or len(body) <= _PIECE:
            await send(message)
            return
        view, more = memoryview(body), message.get("more_body", False)
        for start in range(0, len(view), _PIECE):
            last = start + _PIECE >= len(view)
            piece = bytes(view[start : start + _PIECE])
            await send({"type": "http.response.body", "body": piece, "more_body": more or not last})

    return send_pieces


def kind_of(scope: Scope) -> Kind | None:
    """Return which share of its session a request takes; None if it takes none."""
    path, method = scope["path"], scope["method"]
    if path in _OWN_PATHS:
        return None
    if path in _OPEN_PATHS or path.startswith(_OPEN_FOLDERS):
        return "open" if method in _BODILESS else None
    if path == "/api/events":
        return "stream"
    if method not in _BODILESS:
        is_upload = path == "/api/images" or path.endswith(("/edits", "/original"))
        return "upload" if method == "POST" and is_upload else "change"
    is_download = path.endswith(_DOWNLOADS) or "/referral" in path
    return "download" if method in _READING and is_download else "call"
