"""uvicorn's HTTP/1.1, with an end to its patience: whoever sends a request's head too slowly, or too much of it, goes.

uvicorn limits how long a connection may be idle between requests, and not how long a request may take to begin.
"""

import asyncio
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 15.0
# A launch brings at most 8 kB of context and signature; a browser's cookies and headers come on top.
HEAD_BYTES = 32 * 1024
IDLE_SECONDS = 65


class HeaderTimeoutProtocol(HttpToolsProtocol):
    """One connection."""

    head_seconds = HEAD_SECONDS
    _head_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request's head."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._head_is_there()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what arrived, while the head of a request is not too long."""
        if self._head_timer is not None:
            # Counted before parsing: the parser keeps a header, however long, until it is complete.
            if self._head_bytes > HEAD_BYTES:
                self.transport.close()
                return
            self._head_bytes += len(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        """Let the app begin, unless it was too much."""
        self._head_is_there()
        if not self.transport.is_closing():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body, unless the request was given up."""
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request, unless it was given up."""
        if not self.transport.is_closing():
            super().on_message_complete()

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds, self.transport.close)

    def _head_is_there(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        self._head_bytes = 0


def server_config(app: Any, *, grace: int) -> uvicorn.Config:
    """Return how the app is served; `grace` is how long a stop waits for what is open, in seconds."""
    return uvicorn.Config(
        app,
        http=HeaderTimeoutProtocol,
        log_config=None,  # uvicorn's own lines would show query strings, and with them launch contexts
        access_log=False,
        server_header=False,
        # The gateway knows its own address, and believes nobody's X-Forwarded-For but a trusted proxy's.
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=grace,  # event streams never end by themselves
        ws="none",
    )
