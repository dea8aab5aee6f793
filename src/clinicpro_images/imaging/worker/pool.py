"""Decoding at arm's length: a few worker processes with limits, so that a bad file can end one, never the gateway."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, Final

import structlog
from pydantic import TypeAdapter

from clinicpro_images.errors import Busy, ClinicProError
from clinicpro_images.imaging.errors import (
    ImageBroken,
    ImageEmpty,
    ImageError,
    ImageTooLarge,
    ImageUnsupported,
)
from clinicpro_images.imaging.limits import REFERRAL_BYTES, WORKER_MALLOC, WORKER_SECONDS, FitLimits
from clinicpro_images.imaging.passthrough import passthrough_media, passthrough_scan
from clinicpro_images.imaging.results import CleanImage, FittedImage
from clinicpro_images.imaging.worker import protocol

WAITING_PER_WORKER: Final = 16
"""How many pictures may wait for each worker before a clinician is told to try again."""

RETIRE_AFTER: Final = 500
"""How many pictures a worker decodes before a fresh one takes its place; what a library leaks goes with it."""

_RETRY_AFTER_SECONDS: Final = 2.0
_PASSED_VARIABLES: Final = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")
_ATTEMPTS: Final = 2

_CLEAN_IMAGE: Final = TypeAdapter(CleanImage)
_FITTED_IMAGE: Final = TypeAdapter(FittedImage)

log = structlog.get_logger()


class WorkerDied(Exception):
    """A worker ended before its reply was complete."""


class ImageWorkers:
    """A fixed number of worker processes, started when needed; every call is bytes in, bytes out."""

    def __init__(
        self, at_once: int, *, seconds: float = WORKER_SECONDS, command: tuple[str, ...] | None = None
    ) -> None:
        """`at_once` pictures are decoded at the same time; one takes `seconds` at most, waiting not counted."""
        self._seconds = seconds
        self._command = command or (sys.executable, "-m", "clinicpro_images.imaging.worker.process")
        self._max_waiting = at_once * WAITING_PER_WORKER
        self._at_once = at_once
        self._slots = asyncio.Semaphore(at_once)
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self.waiting = 0
        self.busy = 0

    async def clean(self, content: bytes) -> CleanImage:
        """As `imaging.clean.clean`; raises Busy too, where too many pictures wait already."""
        self._check_queue()
        return _CLEAN_IMAGE.validate_python(await self._call("clean", content))

    async def rendition(self, content: bytes, *, edge: int) -> bytes:
        """As `imaging.rendition.rendition`; raises Busy too, where too many pictures wait already."""
        self._check_queue()
        small: bytes = (await self._call("rendition", content, edge=edge))["content"]
        return small

    async def fit_scan(
        self, content: bytes, content_type: str, *, description: str, limits: FitLimits
    ) -> FittedImage:
        """As `imaging.fit.fit_scan`; filing waits its turn, however many wait already.

        What fits as it is needs no decoder, and the way to a worker and back costs more than it.
        """
        unchanged = passthrough_scan(content, content_type, description=description, limits=limits)
        if unchanged is not None:
            return unchanged
        request = {"content_type": content_type, "description": description, "limits": asdict(limits)}
        return _fitted(await self._call("fit_scan", content, **request))

    async def fit_media(self, content: bytes, content_type: str, *, limits: FitLimits) -> FittedImage:
        """As `imaging.fit.fit_media`; filing waits its turn, however many wait already."""
        unchanged = passthrough_media(content, content_type, limits=limits)
        if unchanged is not None:
            return unchanged
        request = {"content_type": content_type, "limits": asdict(limits)}
        return _fitted(await self._call("fit_media", content, **request))

    async def fit_referral(
        self, content: bytes, content_type: str, *, limit: int = REFERRAL_BYTES
    ) -> FittedImage:
        """As `imaging.fit.fit_referral`; raises Busy too, where too many pictures wait already."""
        self._check_queue()
        return _fitted(await self._call("fit_referral", content, content_type=content_type, limit=limit))

    async def warm(self) -> None:
        """Start every worker now, so that the first picture doesn't wait for one."""
        missing = self._at_once - len(self._all)
        # A group waits for all of them when it is cancelled; gather would leave those behind that are being started.
        async with asyncio.TaskGroup() as starting:
            started = [starting.create_task(self._start_worker()) for _ in range(missing)]
        self._idle += [each.result() for each in started]

    async def close(self) -> None:
        """End every worker."""
        await asyncio.gather(*(self._end_worker(worker) for worker in list(self._all)))

    def _check_queue(self) -> None:
        if self.waiting >= self._max_waiting:
            raise Busy(retry_after=_RETRY_AFTER_SECONDS)

    async def _call(self, call: str, content: bytes, **arguments: Any) -> dict[str, Any]:
        self.waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self.waiting -= 1
        self.busy += 1
        try:
            head, body = await self._call_worker({"call": call, "arguments": arguments}, content)
        finally:
            self.busy -= 1
            self._slots.release()
        if not isinstance(head.get("done"), dict):
            raise _error(head)
        return {**head["done"], "content": body}

    async def _call_worker(self, request: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        """Ask a worker, and if it dies once more a fresh one: it may have been ended for another's sake."""
        for attempt in range(_ATTEMPTS):
            worker = self._idle.pop() if self._idle and attempt == 0 else await self._start_worker()
            try:
                async with asyncio.timeout(self._seconds):
                    reply = await worker.call(request, content)
            except WorkerDied:
                await self._end_worker(worker)
                log.warning("image.worker_died", message="A picture ended its worker.", call=request["call"])
            except TimeoutError as error:
                await self._end_worker(worker)
                raise ImageBroken(integrator=f"Not decoded within {self._seconds:.0f} seconds.") from error
            except BaseException:
                await self._end_worker(worker)  # it is in the middle of an reply that nobody reads
                raise
            else:
                await self._release(worker)
                return reply
        raise ImageBroken(
            integrator="Decoding it ended the worker process: too much memory or time, or a fault."
        )

    async def _release(self, worker: "_Worker") -> None:
        if worker.calls < RETIRE_AFTER:
            self._idle.append(worker)
        else:
            await self._end_worker(worker)

    async def _start_worker(self) -> "_Worker":
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=_environment(os.environ),
                start_new_session=True,  # Ctrl+C is for the gateway, which ends its workers itself
            )
        )
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # A process that is being started when the gateway stops would outlive it, known to nobody.
            await _Worker(await starting).end()
            raise
        except OSError as error:
            raise Busy(integrator="A picture worker could not be started.") from error
        worker = _Worker(process)
        self._all.add(worker)
        try:
            await worker.ready()
        except WorkerDied as error:
            await self._end_worker(worker)
            raise Busy(integrator="A picture worker ended while it started.") from error
        except BaseException:
            await self._end_worker(worker)
            raise
        return worker

    async def _end_worker(self, worker: "_Worker") -> None:
        self._all.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        await worker.end()


class _Worker:
    """One process and its pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.calls = 0

    async def ready(self) -> None:
        await self._read_reply()

    async def call(self, head: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101 - it was asked for
        try:
            pipe.writelines(protocol.frame(head, content))
            await pipe.drain()
        except OSError as error:
            raise WorkerDied from error
        reply = await self._read_reply()
        self.calls += 1
        return reply

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        # The process may be gone before its pipes are, and a loop that ends in between leaves them open.
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - both were asked for
        assert stdout is not None  # noqa: S101
        stdin.close()
        with contextlib.suppress(
            OSError, RuntimeError
        ):  # RuntimeError: whoever request is reading it to its end
            await stdout.read()
        with contextlib.suppress(OSError):
            await stdin.wait_closed()

    async def _read_reply(self) -> tuple[dict[str, Any], bytes]:
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101 - it was asked for
        try:
            head_length, body_length = protocol.lengths(await pipe.readexactly(protocol.HEAD_BYTES))
            head = protocol.head(await pipe.readexactly(head_length))
            return head, await pipe.readexactly(body_length)
        except (asyncio.IncompleteReadError, OSError, ValueError) as error:
            raise WorkerDied from error


@asynccontextmanager
async def open_workers(at_once: int) -> AsyncIterator[ImageWorkers]:
    """Give workers that are started when needed; leaving ends them."""
    workers = ImageWorkers(at_once)
    try:
        yield workers
    finally:
        await workers.close()


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Return a worker's environment: none of the gateway's secrets, memory given back, and never a file full of pixels."""
    kept = {name: ours[name] for name in _PASSED_VARIABLES if name in ours}
    return kept | WORKER_MALLOC | {"VIPS_DISC_THRESHOLD": "1000g", "PYTHONDONTWRITEBYTECODE": "1"}


def _fitted(reply: dict[str, Any]) -> FittedImage:
    parts = (reply.pop("content"),)
    return _FITTED_IMAGE.validate_python({**reply, "parts": parts})


# What a worker may reply with, by the name that it sends.
_ERRORS = {
    error.__name__: error for error in (ImageError, ImageBroken, ImageEmpty, ImageTooLarge, ImageUnsupported)
}


def _error(head: Mapping[str, Any]) -> ClinicProError:
    known = _ERRORS.get(str(head.get("error")))
    if known is not None:
        return known(str(head.get("detail", "")), integrator=str(head.get("integrator", "")))
    return ImageBroken(integrator=f"The decoder failed: {head.get('fault', 'an reply that is none')}.")
