"""What one session may have in flight at once, and large responses in pieces: nobody takes the gateway from the others."""

import asyncio
from collections.abc import Callable
from typing import Final, Literal

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.imaging.worker.fair_queue import DECODING_FOR
from clinicpro_images.web.errors import TooManyRequests
from clinicpro_images.web.problems import problem_response
from clinicpro_images.web.turns import NoTurn, Turns

Kind = Literal["stream", "upload", "download", "call"]

IN_FLIGHT: Final[dict[Kind, int]] = {"stream": 8, "upload": 4, "download": 4, "call": 8}
"""How many of each one cookie may have at once. A desktop has one stream for each open window."""

WAIT_SECONDS: Final = 20.0
"""How long a request waits for its turn among the session's own, before it is refused with 429."""

_MOST_WAITING: Final[dict[Kind, int]] = {"stream": 0, "upload": 64, "download": 64, "call": 64}
_PIECE: Final = 256 * 1024
_DOWNLOADS: Final = ("/content", "/fit", "/referral")


class SessionBudget:
    """Lets each cookie have so many requests at once, by kind, and says for whom images are decoded.

    A response's body is passed on in pieces, so that a reader who stops is noticed (see `header_timeout`).
    """

    def __init__(
        self, app: ASGIApp, *, key: Callable[[Request], str], wait_seconds: float = WAIT_SECONDS
    ) -> None:
        """`key` says whose request it is; requests without one are refused by the routes anyway."""
        self._app = app
        self._key = key
        self._wait_seconds = wait_seconds
        self._refusing = asyncio.Lock()
        self._turns = {kind: Turns(IN_FLIGHT[kind], most_waiting=_MOST_WAITING[kind]) for kind in IN_FLIGHT}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        key, kind = self._key(request), _kind(scope)
        DECODING_FOR.set(key)
        if kind is None or not key:
            await self._app(scope, receive, in_pieces(send))
            return
        try:
            async with self._turns[kind].take(key, seconds=self._wait_seconds):
                await self._app(scope, receive, in_pieces(send))
        except NoTurn:
            # One after the other: between two of a flood, whatever else has arrived is served.
            async with self._refusing:
                await asyncio.sleep(0)
            refusal = problem_response(request, TooManyRequests(retry_after=5))
            refusal.headers["connection"] = "close"  # an idle connection is a share of the memory too
            await refusal(scope, receive, send)


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


def _kind(scope: Scope) -> Kind | None:
    path, method = scope["path"], scope["method"]
    if path == "/api/events":
        return "stream"
    if path == "/api/images" or path.endswith(("/edits", "/original")):
        return "upload" if method == "POST" else "call"
    if not path.startswith("/api/"):
        return None
    return "download" if method == "GET" and path.endswith(_DOWNLOADS) else "call"
