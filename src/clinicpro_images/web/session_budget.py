"""What one session may have in flight at once, and large responses in pieces: nobody takes the gateway from the others."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Literal

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.imaging.worker.fair_queue import DECODING_FOR
from clinicpro_images.web.errors import TooManyRequests
from clinicpro_images.web.problems import problem_response

Kind = Literal["stream", "upload", "download"]

IN_FLIGHT: Final[dict[Kind, int]] = {"stream": 8, "upload": 4, "download": 4}
"""How many of each one cookie may have at once. A desktop has one stream for each open window."""

WAIT_SECONDS: Final = 20.0
"""How long an upload or a download waits for its turn among the session's own, before it is refused with 429."""

_MOST_WAITING: Final = 64
_PIECE: Final = 256 * 1024
_DOWNLOADS: Final = ("/content", "/fit", "/referral")


class SessionBudget:
    """Lets each cookie have so many streams, uploads and downloads at once, and says for whom images are decoded.

    A response's body is passed on in pieces, so that a reader who stops is noticed (see `header_timeout`).
    """

    def __init__(
        self, app: ASGIApp, *, key: Callable[[Request], str], wait_seconds: float = WAIT_SECONDS
    ) -> None:
        """`key` says whose request it is; requests without one are refused by the routes anyway."""
        self._app = app
        self._key = key
        self._wait_seconds = wait_seconds
        self._slots: dict[tuple[Kind, str], asyncio.Semaphore] = {}
        self._users: Counter[tuple[Kind, str]] = Counter()

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
            async with self._slot(kind, key):
                await self._app(scope, receive, in_pieces(send))
        except _NoSlot:
            refusal = problem_response(request, TooManyRequests(retry_after=5))
            await refusal(scope, receive, send)

    @asynccontextmanager
    async def _slot(self, kind: Kind, key: str) -> AsyncIterator[None]:
        whose = (kind, key)
        slots = self._slots.setdefault(whose, asyncio.Semaphore(IN_FLIGHT[kind]))
        self._users[whose] += 1
        try:
            await self._acquire(slots, whose)
            try:
                yield
            finally:
                slots.release()
        finally:
            self._users[whose] -= 1
            if not self._users[whose]:
                del self._users[whose], self._slots[whose]

    async def _acquire(self, slots: asyncio.Semaphore, whose: tuple[Kind, str]) -> None:
        if slots.locked() and (
            whose[0] == "stream" or self._users[whose] > IN_FLIGHT[whose[0]] + _MOST_WAITING
        ):
            raise _NoSlot
        try:
            async with asyncio.timeout(self._wait_seconds):
                await slots.acquire()
        except TimeoutError as error:
            raise _NoSlot from error


class _NoSlot(Exception):
    """The session has too much in flight."""


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
        return "upload" if method == "POST" else None
    return "download" if method == "GET" and path.startswith("/api/") and path.endswith(_DOWNLOADS) else None
