"""One worker process as the pool sees it: its pipes, its replies and its end."""

import asyncio
import contextlib
import os
import sys
from typing import Any, Final

from clinicpro_images.imaging.worker import protocol

_EXIT_SECONDS: Final = 1.0
_NICENESS: Final = 5


class WorkerDied(Exception):
    """A worker ended before its reply was complete."""


class RunningWorker:
    """One process and its pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.calls = 0

    def give_way(self) -> None:
        """Let the gateway's answers go before decoding, where that is allowed: its systemd unit forbids it."""
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, _NICENESS)

    async def ready(self) -> list[str]:
        """Wait for the worker's start; returns the barriers that this system lacks."""
        head, _ = await self._read_reply()
        missing = head.get("missing", [])
        return [str(each) for each in missing] if isinstance(missing, list) else []

    async def call(self, head: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        """Send a request and return the reply; raises WorkerDied."""
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101 - created with a pipe
        try:
            pipe.writelines(protocol.frame(head, content))
            await pipe.drain()
        except OSError as error:
            raise WorkerDied from error
        reply = await self._read_reply()
        self.calls += 1
        return reply

    async def ended_by(self) -> int:
        """Return the signal that ended it; 0 if it runs on, or ended in another way."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_EXIT_SECONDS):
                await self._process.wait()
        return max(0, -(self._process.returncode or 0))

    async def end(self) -> None:
        """Kill it, if it still runs, and close its pipes."""
        if self._process.returncode is None:
            self._process.kill()  # what it forked ends with it
        await self._process.wait()
        # The process may exit before its pipes close; if the event loop closes in between, they stay open.
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - both were created with pipes
        assert stdout is not None  # noqa: S101
        stdin.close()
        with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: the caller is still reading from it
            await stdout.read()
        with contextlib.suppress(OSError):
            await stdin.wait_closed()

    async def _read_reply(self) -> tuple[dict[str, Any], bytes]:
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101 - created with a pipe
        try:
            head_length, body_length = protocol.lengths(await pipe.readexactly(protocol.HEAD_BYTES))
            head = protocol.head(await pipe.readexactly(head_length))
            return head, await pipe.readexactly(body_length)
        except (asyncio.IncompleteReadError, OSError, ValueError, TypeError, RecursionError) as error:
            raise WorkerDied from error
