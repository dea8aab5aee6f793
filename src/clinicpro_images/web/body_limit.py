"""How much a request may bring and how long it may take to do so, decided before anything is made of it."""

import asyncio
import re

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.errors import ClinicProError
from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.limits import MAX_BYTES
from clinicpro_images.web.errors import RequestTooLarge, RequestTooSlow
from clinicpro_images.web.problems import problem_response

# The largest that is not a picture: a description with a note of 2,000 letters, escaped.
WORDS_BYTES = 64 * 1024
WORDS_SECONDS = 15.0
# A picture may come over a slow connection, but it must keep coming.
SILENCE_SECONDS = 30.0
IMAGE_SECONDS = 600.0
_IMAGES = re.compile(r"/api/images(/[^/]+/edits)?")


class BodyLimits:
    """Pictures are passed on as they come; everything else is small, and read whole before the app sees it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        words_seconds: float = WORDS_SECONDS,
        silence_seconds: float = SILENCE_SECONDS,
        image_seconds: float = IMAGE_SECONDS,
    ) -> None:
        """Times in seconds, for a test to shorten."""
        self._app = app
        self._words_seconds = words_seconds
        self._silence_seconds = silence_seconds
        self._image_seconds = image_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        image = scope["method"] == "POST" and _IMAGES.fullmatch(scope["path"]) is not None
        try:
            _check_announced(scope, most=MAX_BYTES if image else WORDS_BYTES, image=image)
            body = receive if image else await self._words(scope, receive)
        except ClinicProError as error:
            response = problem_response(Request(scope), error)
            if isinstance(error, RequestTooSlow):
                response.headers["connection"] = "close"
            await response(scope, receive, send)
            return
        except ClientDisconnect:
            return
        await self._app(scope, self._steady(receive) if image else body, send)

    async def _words(self, scope: Scope, receive: Receive) -> Receive:
        content = bytearray()
        if _has_body(scope):
            try:
                async with asyncio.timeout(self._words_seconds):
                    more = True
                    while more:
                        message = await receive()
                        if message["type"] == "http.disconnect":
                            raise ClientDisconnect
                        content += message.get("body", b"")
                        if len(content) > WORDS_BYTES:
                            raise RequestTooLarge
                        more = message.get("more_body", False)
            except TimeoutError as error:
                raise RequestTooSlow from error
        return _replay(bytes(content), receive)

    def _steady(self, receive: Receive) -> Receive:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._image_seconds
        done = False

        async def receive_in_time() -> Message:
            nonlocal done
            if done:
                # What comes after the body is the end of the connection, and that may take its time.
                return await receive()
            try:
                async with asyncio.timeout_at(min(ends, loop.time() + self._silence_seconds)):
                    message = await receive()
            except TimeoutError as error:
                raise RequestTooSlow from error
            done = not message.get("more_body", False)
            return message

        return receive_in_time


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _check_announced(scope: Scope, *, most: int, image: bool) -> None:
    announced = Headers(scope=scope).get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise ImageTooLarge if image else RequestTooLarge


def _replay(content: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": content, "more_body": False}

    return replay
