"""`clinicpro serve`: the gateway behind uvicorn."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.app.gateway import Gateway
from clinicpro_images.app.http import build_gateway_app, build_operator_app
from clinicpro_images.app.process_tuning import (
    allow_open_files,
    lower_mmap_threshold,
    relax_garbage_collection,
)
from clinicpro_images.settings.extras import reads_heic
from clinicpro_images.settings.settings import Settings
from clinicpro_images.web.http_protocol import server_config
from clinicpro_images.web.pages import require_pages

GRACE_SECONDS = 5

log = structlog.get_logger()


async def run(settings: Settings, *, host: str, port: int) -> int:
    """Serve until a signal stops it; returns the exit code."""
    lower_mmap_threshold()
    allow_open_files()
    return await serve(settings, listen(host, port))


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; raises OSError if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends without delay only where the protocol is named; otherwise the body of an answer waits 40 ms for the
    # other side to acknowledge its head. uvloop never waits.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)  # callers during start-up wait instead of being refused
    except OSError as error:
        listener.close()
        raise OSError(
            error.errno, f"{error.strerror} ({host} port {port}); choose another with --port"
        ) from error
    return listener


class _Server(uvicorn.Server):
    """uvicorn's server, which returns after a signal instead of ending the process.

    uvicorn raises the signal again after it has stopped serving, and the parts opened around it would not be closed.
    """

    def __init__(
        self, config: uvicorn.Config, *, on_start: Callable[[], None], on_stop: Callable[[], None]
    ) -> None:
        """`on_start` is called once requests are answered, `on_stop` at the first signal."""
        super().__init__(config)
        self._on_start = on_start
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer requests."""
        await super().startup(sockets)
        self._on_start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop accepting requests, and end event streams first: uvicorn would wait for them, and then cut them off."""
        self._on_stop()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and Ctrl+C."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


async def serve(
    settings: Settings,
    listener: socket.socket,
    *,
    certificate: Path | None = None,
    on_start: Callable[[], None] = lambda: None,
) -> int:
    """Serve on an open socket until a signal stops it, as https if there is a certificate.

    `on_start` is called once requests are answered. Raises InstallationIncomplete before anything is opened.
    """
    require_pages()
    if not reads_heic():
        log.warning(
            "serve.without_heic",
            message="HEIC photos will be refused: install the extra clinicpro-images[heic].",
        )
    async with open_gateway(settings) as gateway:
        app = build_gateway_app(gateway)
        config = server_config(app, grace=GRACE_SECONDS, certificate=certificate)
        host, port = listener.getsockname()[:2]
        log.info(
            "serve.started",
            message="The gateway is listening.",
            host=host,
            port=port,
            public_url=settings.public_url,
        )
        relax_garbage_collection()
        async with _operators(gateway, app):
            server = _Server(config, on_start=on_start, on_stop=gateway.broker.end_streams)
            await server.serve(sockets=[listener])
        return 0


@asynccontextmanager
async def _operators(gateway: Gateway, app: FastAPI) -> AsyncIterator[None]:
    """Serve the operators' own listener, if one is configured."""
    if gateway.settings.operator_listen is None:
        yield
        return
    listener = listen(*gateway.settings.operator_listen)
    host, port = listener.getsockname()[:2]
    log.info("serve.operators", message="The operators' listener is open.", host=host, port=port)
    server = _Silent(server_config(build_operator_app(gateway, app), grace=1))
    task = asyncio.create_task(server.serve(sockets=[listener]), name="operators")
    try:
        yield
    finally:
        server.should_exit = True
        await task


class _Silent(uvicorn.Server):
    """A second server in the same process: the first one handles signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
