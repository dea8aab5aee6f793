"""What FastAPI's `max_body_size` leaves open: how long a body may take, and that a refusal is a problem.

A route's limit in bytes is declared where the route is: `SMALL_BODY` unless it says otherwise.
"""

import asyncio
import sys
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.web.errors import RequestTooLarge
from clinicpro_images.web.problems import problem_response

SMALL_BODY: Final = 64 * 1024
"""Bytes. The largest body that is not a file: details with a note of 2,000 characters, escaped."""

STREAMED: Final = sys.maxsize
"""For a route that reads its body in pieces and limits its size itself."""

SMALL_SECONDS = 15.0
# A large file may come over a slow connection, but it must keep coming.
SILENCE_SECONDS = 30.0
STREAMED_SECONDS = 600.0
# A slow mobile network has 30 kB a second. Less than this keeps others from uploading for ten minutes.
LEAST_BYTES_A_SECOND = 8_000


class BodyLimits:
    """Limits the time for which a request's body is awaited, and makes a problem of FastAPI's own refusal."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        small_seconds: float = SMALL_SECONDS,
        silence_seconds: float = SILENCE_SECONDS,
        streamed_seconds: float = STREAMED_SECONDS,
    ) -> None:
        """Times in seconds, for a test to shorten."""
        self._app = app
        self._small_seconds = small_seconds
        self._silence_seconds = silence_seconds
        self._streamed_seconds = streamed_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            await self._app(scope, self._in_time(scope, receive), _with_problem(scope, receive, send))
        else:
            await self._app(scope, receive, send)

    def _in_time(self, scope: Scope, receive: Receive) -> Receive:
        loop = asyncio.get_running_loop()
        began: float | None = None
        done = False
        received = 0

        async def receive_in_time() -> Message:
            nonlocal began, done, received
            if done:
                # After the body comes the end of the connection, whenever that is.
                return await receive()
            now = loop.time()
            began = now if began is None else began
            try:
                async with asyncio.timeout_at(self._deadline(scope, began, now)):
                    message = await receive()
            except TimeoutError as error:
                # FastAPI passes only an HTTPException through while it reads a body.
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from error
            done = not message.get("more_body", False)
            received += len(message.get("body", b""))
            late = loop.time() - began - self._silence_seconds
            if not done and late > 0 and received < late * LEAST_BYTES_A_SECOND:
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT)
            return message

        return receive_in_time

    def _deadline(self, scope: Scope, began: float, now: float) -> float:
        # The route has been found by the time its body is read.
        if scope.get(MAX_BODY_SIZE_SCOPE_KEY, 0) <= SMALL_BODY:
            return began + self._small_seconds
        return min(began + self._streamed_seconds, now + self._silence_seconds)


def _with_problem(scope: Scope, receive: Receive, send: Send) -> Send:
    """Replace Starlette's response to an announced length above the limit, which is plain text."""
    replaced = False

    async def send_problem(message: Message) -> None:
        nonlocal replaced
        if message["type"] == "http.response.start" and _is_plain_refusal(message):
            replaced = True
            await problem_response(Request(scope), RequestTooLarge())(scope, receive, send)
        elif not replaced:
            await send(message)

    return send_problem


def _is_plain_refusal(message: Message) -> bool:
    content_type: bytes = dict(message["headers"]).get(b"content-type", b"")
    return message["status"] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and content_type.startswith(b"text/plain")
