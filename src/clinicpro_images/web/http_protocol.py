"""uvicorn's HTTP/1.1 protocol, with limits: for headers (Slowloris), a body's chunks, and clients that stop reading.

uvicorn limits how long a connection may be idle between requests, but neither how long a request's headers may take
nor, once the response is out, the rest of a body that was not read, nor into how many pieces either is cut: each costs
a call of Python, which a megabyte of one-byte chunks makes 170,000 times.
"""

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from clinicpro_images.web.framework_problems import BAD_REQUEST
from clinicpro_images.web.problems import PROBLEMS_PATH

log = structlog.get_logger()

HEAD_SECONDS = 15.0
# A launch has at most 8 kB of context and signature, besides the browser's own headers and cookies.
HEAD_BYTES = 32 * 1024
# A browser sends about 20, and proxies add a few.
HEAD_LINES = 200
# Nobody does this; a few hundred bytes could ask for dozens of answers.
MOST_PIPELINED = 32
IDLE_SECONDS = 65
# Long enough for a client to notice the response while it still sends.
UNREAD_SECONDS = 60.0
# The same for a body of unknown length, of which nothing is read any more: parsing it could cost more than reading it.
UNREAD_CHUNKED_SECONDS = 2.0
# A client that sends in chunks fills them: with kilobytes, or what it has read from its disk.
FREE_CHUNKS = 1000
LEAST_CHUNK_BYTES = 256
# A piece of a response has 256 kB: slower than 9 kB a second isn't a reader, but someone who takes our memory.
STALLED_SECONDS = 30.0


class _TooManyPiecesError(Exception):
    """Ends the parsing of what has arrived: the parser reports it as a request that can't be read."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    problem_base = PROBLEMS_PATH
    head_seconds = HEAD_SECONDS
    unread_seconds = UNREAD_SECONDS
    stalled_seconds = STALLED_SECONDS
    _head_timer: asyncio.TimerHandle | None = None
    _unread_timer: asyncio.TimerHandle | None = None
    _stalled_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _head_lines = 0
    _is_chunked = False
    _chunks = 0
    _chunk_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start waiting for a request's headers."""
        super().connection_made(transport)
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_head_timer()
        self._stop_unread_timer()
        self._stop_stalled_timer()
        super().connection_lost(exc)

    # A request's headers

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, unless the headers are too long."""
        if self._head_timer is not None:
            # Checked before parsing, because the parser buffers a header of any length until it is complete.
            if self._head_bytes > HEAD_BYTES:
                self.send_400_response("")
                return
            self._head_bytes += len(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Start a request."""
        super().on_message_begin()
        self._head_lines = self._chunks = self._chunk_bytes = 0
        self._start_head_timer()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a line of the head, or of what may follow a chunked body."""
        self._head_lines += 1
        if self._head_lines > HEAD_LINES:
            raise _TooManyPiecesError
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the app, unless the connection was closed."""
        self._stop_head_timer()
        self._is_chunked = any(name == b"transfer-encoding" for name, _ in self.headers)
        if len(self.pipeline) >= MOST_PIPELINED:
            raise _TooManyPiecesError
        if not self.transport.is_closing():
            super().on_headers_complete()

    def _start_head_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        self._head_bytes = 0

    # Its body, and what of it was not read

    def on_chunk_header(self) -> None:
        """Begin a chunk of a body without a Content-Length."""
        self._chunks += 1
        if self._chunks > FREE_CHUNKS and self._chunk_bytes < self._chunks * LEAST_CHUNK_BYTES:
            raise _TooManyPiecesError

    def on_body(self, body: bytes) -> None:
        """Pass on a part of the body, unless the connection was closed."""
        if self.transport.is_closing():
            raise _TooManyPiecesError
        self._chunk_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request, unless the connection was closed."""
        self._stop_unread_timer()
        if not self.transport.is_closing():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start waiting for the rest of a body that was not read, so that a client that still sends gets the answer."""
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body and self._unread_timer is None:
            seconds = self.unread_seconds
            if self._is_chunked:
                seconds = min(seconds, UNREAD_CHUNKED_SECONDS)
                self.flow.pause_reading()
            self._unread_timer = self.loop.call_later(seconds, self.transport.close)

    def _stop_unread_timer(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    # A client that stops reading

    def pause_writing(self) -> None:
        """Start waiting for a client that doesn't read."""
        super().pause_writing()
        if self._stalled_timer is None:
            self._stalled_timer = self.loop.call_later(self.stalled_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read what was sent."""
        self._stop_stalled_timer()
        super().resume_writing()

    def _stop_stalled_timer(self) -> None:
        if self._stalled_timer is not None:
            self._stalled_timer.cancel()
            self._stalled_timer = None

    # What can't be parsed

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the parser's words are for programmers
        """Answer what can't be parsed as any other problem: with a type and a reference. After an answer, only close."""
        if self.transport.is_closing():
            return
        if self._is_answering():
            self.transport.close()
            return
        correlation_id = str(uuid.uuid4())
        log.info("http.unreadable", message="A request could not be parsed.", correlation_id=correlation_id)
        body = json.dumps(
            {
                "type": f"{self.problem_base}{BAD_REQUEST.slug}",
                "title": BAD_REQUEST.title,
                "status": BAD_REQUEST.status,
                "detail": BAD_REQUEST.detail,
                "correlationId": correlation_id,
            }
        ).encode()
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nx-correlation-id: {correlation_id}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _is_answering(self) -> bool:
        """Whether an answer is on its way, or is out before all of its request has arrived."""
        current: Any = self.cycle  # None before the first request
        if current is None or not current.response_started:
            return False
        return bool(current.more_body or not current.response_complete)


def server_config(
    app: Any,
    *,
    grace: int,
    head_seconds: float = HEAD_SECONDS,
    unread_seconds: float = UNREAD_SECONDS,
    stalled_seconds: float = STALLED_SECONDS,
    certificate: Path | None = None,
) -> uvicorn.Config:
    """Return the server's configuration; on stopping it waits `grace` seconds for open requests.

    A request's headers may take `head_seconds`, the unread rest of a body `unread_seconds` after the response, and
    a client that stops reading is cut off after `stalled_seconds`. With a `certificate` (a PEM with its key) it speaks https.
    """
    base = getattr(getattr(app, "state", None), "public_url", "")

    class Protocol(LimitedProtocol):
        """One connection with these timeouts."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.head_seconds, self.unread_seconds = head_seconds, unread_seconds
            self.stalled_seconds = stalled_seconds
            self.problem_base = f"{base}{PROBLEMS_PATH}"

    return uvicorn.Config(
        app,
        http=Protocol,
        log_config=None,  # uvicorn's own log lines show query strings, and so launch contexts
        access_log=False,
        server_header=False,
        # ClientAddress reads X-Forwarded-For, and only from trusted proxies.
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=grace,  # event streams never end on their own
        ws="none",
        ssl_certfile=certificate,
    )
