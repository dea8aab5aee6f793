"""A pool of worker processes that decode images, contained and under resource limits: a malicious file reaches only itself."""

import asyncio
import importlib.util
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, Final

import structlog

from clinicpro_images.errors import Busy, ClinicProError
from clinicpro_images.fair_queue import ON_BEHALF_OF, FairQueue
from clinicpro_images.imaging.errors import TOO_SLOW, UNREAD, ImageBroken
from clinicpro_images.imaging.limits import (
    REFERRAL_BYTES,
    WORKER_CPU_SECONDS,
    WORKER_MALLOC,
    WORKER_SECONDS,
    WORKER_THREADS,
    FitLimits,
    FitTarget,
)
from clinicpro_images.imaging.passthrough import passthrough_media, passthrough_scan
from clinicpro_images.imaging.results import CleanImage, FittedImage, Intake
from clinicpro_images.imaging.worker import replies
from clinicpro_images.imaging.worker.running_worker import RunningWorker, WorkerDied

WAITING_PER_WORKER: Final = 16
"""How many images of one session may queue per worker before a clinician is asked to try again."""

SESSIONS_WAITING: Final = 4
"""How many times as many may queue in all."""

RETIRE_AFTER: Final = 500
"""How many images a worker decodes before it is replaced, which frees any memory the libraries have leaked."""

ALIGNER: Final = (sys.executable, "-m", "clinicpro_images.imaging.worker.aligner")
"""The command of a worker that aligns photos, and does nothing else."""

_RETRY_AFTER_SECONDS: Final = 2.0
_PASSED_VARIABLES: Final = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")
_ATTEMPTS: Final = 2
_KILLS: Final = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})
"""Signals that come from outside; a decoder that crashes gets others."""

log = structlog.get_logger()


class ImageWorkers:
    """A fixed number of worker processes, started on demand; every call takes and returns bytes."""

    def __init__(
        self, at_once: int, *, seconds: float = WORKER_SECONDS, command: tuple[str, ...] | None = None
    ) -> None:
        """Decode `at_once` images concurrently; one may take `seconds` at most, not counting time in the queue."""
        self._seconds = seconds
        self._command = command or (sys.executable, "-m", "clinicpro_images.imaging.worker.process")
        self._max_waiting = at_once * WAITING_PER_WORKER
        self._max_waiting_in_all = self._max_waiting * SESSIONS_WAITING
        self._at_once = at_once
        self._queue = FairQueue(at_once)
        # What takes much memory is decoded one at a time, and waits for that before it takes a worker.
        self._large = FairQueue(1)
        self._idle: list[RunningWorker] = []
        self._all: set[RunningWorker] = set()
        self._missing_reported = False
        self.waiting = 0
        self.busy = 0

    async def clean(self, content: bytes) -> CleanImage:
        """Run `imaging.clean.clean`; also raises Busy if too many images are waiting."""
        self._check_queue()
        return replies.clean_image(await self._call("clean", content))

    async def take_in(
        self, content: bytes, *, limits: FitLimits, targets: Sequence[FitTarget] = ()
    ) -> Intake:
        """Run `imaging.intake.take_in`; also raises Busy if too many images are waiting."""
        self._check_queue()
        return replies.intake(await self._call("take_in", content, limits=asdict(limits), targets=targets))

    async def alike(self, one: bytes, other: bytes) -> bool:
        """Run `imaging.compare.alike` for two thumbnails; also raises Busy if too many images are waiting."""
        self._check_queue()
        answer: bytes = (await self._call("alike", one + other, first=len(one)))["content"]
        return answer == b"yes"

    async def align(self, earlier: bytes, new: bytes) -> list[float] | None:
        """Run `imaging.align.align` for two renditions; also raises Busy. Only a pool of aligners can."""
        self._check_queue()
        answer: bytes = (await self._call("align", earlier + new, first=len(earlier)))["content"]
        return replies.matrix(answer)

    async def rendition(self, content: bytes, *, edge: int, page: int = 0) -> bytes:
        """Run `imaging.rendition.rendition`; also raises Busy if too many images are waiting."""
        self._check_queue()
        more = {"page": page} if page else {}
        small: bytes = (await self._call("rendition", content, edge=edge, **more))["content"]
        return small

    async def fit_scan(
        self, content: bytes, content_type: str, *, description: str, limits: FitLimits
    ) -> FittedImage:
        """Run `imaging.fit.fit_scan`; filing queues however many images are waiting.

        An image that fits unchanged needs no decoder, and the round trip to a worker would cost more than the
        work.
        """
        unchanged = passthrough_scan(content, content_type, description=description, limits=limits)
        if unchanged is not None:
            return unchanged
        request = {"content_type": content_type, "description": description, "limits": asdict(limits)}
        return replies.fitted_image(await self._call("fit_scan", content, **request))

    async def fit_media(self, content: bytes, content_type: str, *, limits: FitLimits) -> FittedImage:
        """Run `imaging.fit.fit_media`; filing queues however many images are waiting."""
        unchanged = passthrough_media(content, content_type, limits=limits)
        if unchanged is not None:
            return unchanged
        request = {"content_type": content_type, "limits": asdict(limits)}
        return replies.fitted_image(await self._call("fit_media", content, **request))

    async def fit_referral(
        self, content: bytes, content_type: str, *, limit: int = REFERRAL_BYTES
    ) -> FittedImage:
        """Run `imaging.fit.fit_referral`; also raises Busy if too many images are waiting."""
        self._check_queue()
        return replies.fitted_image(
            await self._call("fit_referral", content, content_type=content_type, limit=limit)
        )

    async def warm(self) -> None:
        """Start every worker now, so that the first image doesn't wait for one."""
        missing = self._at_once - len(self._all)
        # On cancellation a task group waits for all its tasks; gather would abandon workers that are still
        # starting.
        async with asyncio.TaskGroup() as starting:
            started = [starting.create_task(self._start_worker()) for _ in range(missing)]
        self._idle += [each.result() for each in started]

    async def close(self) -> None:
        """Stop every worker."""
        await asyncio.gather(*(self._end_worker(worker) for worker in list(self._all)))

    def _check_queue(self) -> None:
        whose = ON_BEHALF_OF.get()
        mine = self._queue.waiting_of(whose) + self._large.waiting_of(whose)
        if mine >= self._max_waiting or self.waiting >= self._max_waiting_in_all:
            raise Busy(retry_after=_RETRY_AFTER_SECONDS)

    async def _call(self, call: str, content: bytes, **arguments: Any) -> dict[str, Any]:
        request = {"call": call, "arguments": arguments}
        head, body = await self._take_turn(request, content)
        if head.get("large"):
            # Known only now, because nothing but a contained process looks into a file.
            async with self._turn(self._large):
                head, body = await self._take_turn(request | {"large": True}, content)
        if not isinstance(head.get("done"), dict):
            raise replies.error(head)
        return {**head["done"], "content": body}

    async def _take_turn(self, request: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        async with self._turn(self._queue):
            self.busy += 1
            try:
                return await self._call_worker(request, content)
            finally:
                self.busy -= 1

    @asynccontextmanager
    async def _turn(self, queue: FairQueue) -> AsyncIterator[None]:
        whose = ON_BEHALF_OF.get()
        self.waiting += 1
        try:
            await queue.acquire(whose)
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            queue.release(whose)

    async def _call_worker(self, request: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        """Send a request to a worker; if it dies, retry once with a new one, as this image may not be the cause.

        A file that used up its CPU time, or crashed the process that decoded it, is the cause, and isn't tried again. A
        process that hung, or that something else killed, says nothing about the file: Busy.
        """
        killed, slow, worker = False, False, None
        for attempt in range(_ATTEMPTS):
            if worker is None:
                worker = self._idle.pop() if self._idle and attempt == 0 else await self._start_worker()
            try:
                async with asyncio.timeout(self._seconds):
                    reply = await worker.call(request, content)
            except WorkerDied:
                ended_by, seconds = await worker.ended_by(), 0.0
                await self._end_worker(worker)
                worker = None
            except TimeoutError as error:
                await self._end_worker(worker)
                log.warning(
                    "image.worker_killed",
                    message="A process that decoded an image hung and was ended.",
                    call=request["call"],
                    seconds=self._seconds,
                )
                raise Busy(
                    integrator=f"An image was not decoded within {self._seconds:.0f} seconds: this server was suspended or busy.",
                    retry_after=_RETRY_AFTER_SECONDS,
                ) from error
            except BaseException:
                await self._end_worker(worker)  # it is in the middle of a reply that no one will read
                raise
            else:
                if "died" not in reply[0]:
                    await self._release(worker)
                    return reply
                ended_by, seconds = reply[0]["died"], reply[0].get("seconds", 0.0)
            _log_death(request, ended_by=ended_by)
            slow = ended_by == signal.SIGXCPU or seconds >= WORKER_CPU_SECONDS
            was_killed = ended_by in _KILLS
            if slow or (worker is not None and not was_killed):
                break
            killed |= was_killed
        if worker is not None:
            await self._release(worker)
        raise _why_dead(killed=killed, slow=slow)

    async def _release(self, worker: "RunningWorker") -> None:
        if worker.calls < RETIRE_AFTER:
            self._idle.append(worker)
        else:
            await self._end_worker(worker)

    async def _start_worker(self) -> "RunningWorker":
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=_environment(os.environ),
                start_new_session=True,  # Ctrl+C goes to the gateway, which stops its workers itself
            )
        )
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # Otherwise a process that is still starting when the gateway stops would outlive it.
            await RunningWorker(await starting).end()
            raise
        except OSError as error:
            raise Busy(
                integrator="An image worker could not be started: check this server's memory and process limits.",
                retry_after=_RETRY_AFTER_SECONDS,
            ) from error
        worker = RunningWorker(process)
        worker.give_way()
        self._all.add(worker)
        try:
            self._report_missing(await worker.ready())
        except WorkerDied as error:
            await self._end_worker(worker)
            log.warning(
                "image.worker_not_started",
                message="A process that decodes images ended during its start: check this server's memory.",
            )
            raise Busy(
                integrator="An image worker ended during start-up: check this server's memory.",
                retry_after=_RETRY_AFTER_SECONDS,
            ) from error
        except BaseException:
            await self._end_worker(worker)
            raise
        return worker

    def _report_missing(self, missing: list[str]) -> None:
        """Say once, at the start, which of the barriers around a decoder this system lacks."""
        if missing and not self._missing_reported:
            self._missing_reported = True
            log.warning(
                "image.worker_not_contained",
                message="This system can't contain the processes that decode images completely; see docs/security.md.",
                missing=missing,
            )

    async def _end_worker(self, worker: "RunningWorker") -> None:
        self._all.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        await worker.end()


@asynccontextmanager
async def open_workers(
    at_once: int, *, command: tuple[str, ...] | None = None
) -> AsyncIterator[ImageWorkers]:
    """Yield a pool whose workers start on demand and are stopped on exit."""
    workers = ImageWorkers(at_once, command=command)
    try:
        yield workers
    finally:
        await workers.close()


def can_align() -> bool:
    """Return whether the extra `align` is installed."""
    return importlib.util.find_spec("cv2") is not None


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Return a worker's environment: no gateway secrets, an allocator that returns memory, and no temporary files of pixels."""
    kept = {name: ours[name] for name in _PASSED_VARIABLES if name in ours}
    return (
        kept
        | WORKER_MALLOC
        | WORKER_THREADS
        | {"VIPS_DISC_THRESHOLD": "1000g", "PYTHONDONTWRITEBYTECODE": "1"}
    )


def _why_dead(*, killed: bool, slow: bool) -> ClinicProError:
    if slow:
        return ImageBroken(
            TOO_SLOW, integrator=f"Decoding took more than {WORKER_CPU_SECONDS} s of CPU time."
        )
    if killed:
        return Busy(
            integrator="Something on this server ends the processes that decode images: check its memory.",
            retry_after=_RETRY_AFTER_SECONDS,
        )
    return ImageBroken(UNREAD, integrator="The process died while decoding it: too much memory, or a crash.")


def _log_death(request: dict[str, Any], *, ended_by: int) -> None:
    log.warning(
        "image.worker_died",
        message="A process died while it was decoding an image.",
        call=request["call"],
        signal=ended_by,
    )
