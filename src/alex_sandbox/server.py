"""uvicorn with two additions: a way to cut a connection, and a word when it listens."""

import os
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

IDLE_SECONDS = 75
"""How long a connection may be idle: as long as what stands before services like ALEX lets it."""


class CuttableProtocol(HttpToolsProtocol):
    """Puts `alex_sandbox.cut` into the scope's extensions: it drops the connection at once."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["extensions"] = {"alex_sandbox.cut": self.transport.abort}  # type: ignore[dict-item]


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
        """Also end when the program that started this one is gone, however it went."""
        orphaned = self._parent is not None and os.getppid() != self._parent
        return orphaned or await super().on_tick(counter)


def bound(host: str, port: int) -> socket.socket:
    """A socket on that address; port 0 takes a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    return listening


def server(app: ASGIApp, announce: Callable[[], None], *, parent: int | None = None) -> uvicorn.Server:
    """A server for `app`; `announce` is called once it listens. It ends with the process `parent`, if given."""
    config = uvicorn.Config(
        app,
        http=CuttableProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        # uvicorn's own 5 s are fewer than clients count on, and a write that meets the closing is in doubt.
        timeout_keep_alive=IDLE_SECONDS,
        # A hanging call must not keep the program from ending.
        timeout_graceful_shutdown=1,
    )
    return _AnnouncingServer(config, announce, parent)
