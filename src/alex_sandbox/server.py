"""uvicorn, extended so that a connection can be dropped and startup is announced."""

import os
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

IDLE_SECONDS = 75
"""How long a connection may stay idle: about what load balancers in front of services like ALEX allow."""


class AbortableProtocol(HttpToolsProtocol):
    """Adds `alex_sandbox.abort` to the scope's extensions: call it to drop the connection immediately."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["extensions"] = {"alex_sandbox.abort": self.transport.abort}  # type: ignore[dict-item]


class _AnnouncingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, announce: Callable[[], None], parent: int | None) -> None:
        super().__init__(config)
        self._announce = announce
        self._parent = parent

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def on_tick(self, counter: int) -> bool:
        """Also stop if the parent process has exited, for whatever reason."""
        orphaned = self._parent is not None and os.getppid() != self._parent
        return orphaned or await super().on_tick(counter)


def bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to that address; port 0 picks a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, because asyncio sends without delay only then.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def server(app: ASGIApp, announce: Callable[[], None], *, parent: int | None = None) -> uvicorn.Server:
    """Return a server for `app` that calls `announce` once it listens, and stops when process `parent` exits."""
    config = uvicorn.Config(
        app,
        http=AbortableProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        # uvicorn's default of 5 s is shorter than clients expect, and a write sent just as the server closes the
        # connection may or may not have arrived.
        timeout_keep_alive=IDLE_SECONDS,
        # A hanging call must not prevent the program from exiting.
        timeout_graceful_shutdown=1,
    )
    return _AnnouncingServer(config, announce, parent)
