"""Gateways as separate programs, which can be killed at any instruction and started again."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx2

from loopback import NO_CERTIFICATES

START_SECONDS = 180.0  # on a busy machine; it takes two on a quiet one


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class GatewayProgram:
    """`clinicpro serve` on a fixed port, with its log in a file."""

    def __init__(
        self, environ: Mapping[str, str], folder: Path, port: int, behind: tuple[str, ...] = ()
    ) -> None:
        """`behind` is a command that becomes the gateway, as one that restricts it first."""
        self.environ = dict(environ)
        self._behind = behind
        self._folder = folder
        self.port = port
        self.log = folder / f"gateway-{port}.log"
        # What kills it and starts it again holds this until it is ready.
        self.turn = asyncio.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        # Nothing of the caller's own settings may reach it.
        own = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MEDTECH_", "CLINICPRO_"))
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._behind, sys.executable, "-m", "clinicpro_images", "serve", "--port", str(self.port)],
                env=own | self.environ, cwd=self._folder, stdout=log, stderr=log,
            )  # fmt: skip

    async def ready(self) -> None:
        """Wait until it answers."""
        async with (
            asyncio.timeout(START_SECONDS),
            httpx2.AsyncClient(timeout=5, verify=NO_CERTIFICATES) as client,
        ):
            while True:
                self.check_alive()
                try:
                    if (await client.get(f"{self.origin}/healthz")).status_code == 200:
                        return
                except httpx2.TransportError:
                    await asyncio.sleep(0.05)

    def check_alive(self) -> None:
        """Fail if it has ended unexpectedly."""
        assert self._process is not None
        code = self._process.poll()
        assert code is None, f"the gateway ended unexpectedly ({code}): {self.log.read_text()[-2000:]}"

    def kill(self) -> None:
        """SIGKILL: no goodbye, no flush, no rollback."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def stop(self) -> int:
        """SIGTERM, as systemd and containers stop it; waits until it has ended, and returns its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(45)

    def logged(self, event: str) -> int:
        """How many lines of the log carry this event."""
        return self.log.read_text("utf-8", "replace").count(f'"event": "{event}"') if self.log.exists() else 0
