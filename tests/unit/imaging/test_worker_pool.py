"""Image workers: a malicious file can crash one, never the gateway, and every caller gets a reply."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from clinicpro_images.errors import Busy
from clinicpro_images.fair_queue import on_behalf_of
from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageBroken, ImageTooLarge, ImageUnsupported
from clinicpro_images.imaging.fit import fit_media, fit_scan
from clinicpro_images.imaging.limits import WORKER_DECODE_BYTES, FitLimits
from clinicpro_images.imaging.rendition import rendition
from clinicpro_images.imaging.worker import protocol
from clinicpro_images.imaging.worker.pool import WAITING_PER_WORKER, ImageWorkers, open_workers
from image_files import growing_tiff, make_jpeg
from log_lines import logged
from processes import image_workers

pytestmark = pytest.mark.anyio

STUBBORN = Path(__file__).with_name("stubborn_worker.py")
LIMITS = FitLimits()


@asynccontextmanager
async def stubborn(
    how: str, once: Path | None = None, *, seconds: float = 30.0, workers: int = 1
) -> AsyncIterator[ImageWorkers]:
    command = (sys.executable, str(STUBBORN), how, *([str(once)] if once else []))
    pool = ImageWorkers(workers, seconds=seconds, command=command)
    try:
        yield pool
    finally:
        await pool.close()


async def until(condition: Callable[[], bool]) -> None:
    """Let other tasks run until the condition holds."""
    while not condition():  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0)


def environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_a_worker_returns_what_the_function_returns() -> None:
    content = make_jpeg(width=2600, height=1950)  # too large to pass through unchanged
    async with open_workers(2) as workers:
        cleaned = await workers.clean(content)
        assert cleaned == clean(content)
        assert await workers.rendition(content, edge=320) == rendition(content, edge=320)
        scan = await workers.fit_scan(cleaned.content, "image/jpeg", description="Left – arm", limits=LIMITS)
        here = fit_scan(cleaned.content, "image/jpeg", description="Left – arm", limits=LIMITS)
        assert scan == replace(here, parts=(here.content,))
        media = await workers.fit_media(cleaned.content, "image/jpeg", limits=LIMITS)
        assert media == fit_media(cleaned.content, "image/jpeg", limits=LIMITS)


async def test_an_image_that_fits_unchanged_needs_no_worker() -> None:
    cleaned = clean(make_jpeg(width=640, height=480)).content
    workers = ImageWorkers(1, command=("/nowhere/no-such-program",))
    scan = await workers.fit_scan(cleaned, "image/jpeg", description="Left arm", limits=LIMITS)
    assert scan == fit_scan(cleaned, "image/jpeg", description="Left arm", limits=LIMITS)
    assert scan.unchanged
    media = await workers.fit_media(cleaned, "image/jpeg", limits=LIMITS)
    assert media == fit_media(cleaned, "image/jpeg", limits=LIMITS)
    large = clean(make_jpeg(width=2600, height=1950)).content
    with pytest.raises(Busy):
        await workers.fit_scan(large, "image/jpeg", description="Left arm", limits=LIMITS)


async def test_a_refusal_is_raised_as_the_same_error_with_the_same_sentence() -> None:
    async with open_workers(1) as workers:
        with pytest.raises(ImageUnsupported) as refused:
            await workers.clean(b"GIF89a is not taken")
        with pytest.raises(ImageUnsupported) as local:
            clean(b"GIF89a is not taken")
        assert refused.value.detail == local.value.detail


async def test_what_a_library_loads_for_an_error_is_there_in_a_contained_process() -> None:
    """A decoder can open no file, and Python loads some codecs when a message is put together."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    page.contents_add(b"q 100 0 0 100 20 20 cm BI /W 2 /H 1 /CS /G /BPC 8 /X ID \x10\xf0\nEI Q")
    held = io.BytesIO()
    pdf.save(held)
    async with open_workers(1) as workers:
        cleaned = await workers.clean(held.getvalue())
    assert cleaned == clean(held.getvalue())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker decodes images itself")
@pytest.mark.parametrize(("how", "said"), [("crashes", "damaged"), ("spins", "takes too long")])
async def test_a_file_that_crashes_or_spins_once_is_refused_in_true_words_and_its_worker_goes_on(
    how: str, said: str
) -> None:
    async with stubborn(how) as workers:
        await workers.warm()
        before = image_workers()
        with logged("image.") as logs, pytest.raises(ImageBroken, match=said):
            await workers.rendition(b"bad", edge=320)
        died = [entry["signal"] for entry in logs]
        assert died == [signal.SIGSEGV if how == "crashes" else signal.SIGXCPU]
        assert image_workers() == before


async def test_a_worker_that_itself_runs_out_of_time_is_not_given_the_file_again() -> None:
    """Where no process is forked for a file, the worker ends with it."""
    async with stubborn("exhausted") as workers:
        with logged("image.") as logs, pytest.raises(ImageBroken, match="takes too long"):
            await workers.rendition(b"bad", edge=320)
        assert [entry["event"] for entry in logs] == ["image.worker_died"]


async def test_one_sessions_endless_files_leave_a_worker_to_another_session() -> None:
    async with stubborn("hangs on request", workers=2) as workers:
        with on_behalf_of("hostile"):
            calls = [asyncio.create_task(workers.rendition(b"hang", edge=320)) for _ in range(4)]
        await until(lambda: workers.busy > 0)
        with on_behalf_of("other"):
            assert await workers.rendition(b"good", edge=320) == b"small"
        assert (workers.busy, workers.waiting) == (1, 3)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


async def test_a_file_that_grows_beyond_what_may_be_stored_is_refused() -> None:
    # As a PDF it would be longer than any reply of a worker may be.
    growing = growing_tiff(15, quality=15)
    async with open_workers(1) as workers:
        with pytest.raises(ImageTooLarge, match="more than can be stored"):
            await workers.clean(growing)


async def test_a_file_that_crashes_two_workers_is_refused_and_the_next_image_is_processed() -> None:
    async with stubborn("dies") as workers:
        with pytest.raises(ImageBroken, match="damaged"):
            await workers.rendition(b"bad", edge=320)
        assert (workers.busy, workers.waiting) == (0, 0)
    async with open_workers(1) as workers:
        await workers.warm()
        for pid in image_workers():
            os.kill(pid, signal.SIGKILL)
        assert await workers.rendition(make_jpeg(width=64, height=48), edge=32)


async def test_a_worker_that_died_once_does_not_refuse_the_image(tmp_path: Path) -> None:
    async with stubborn("dies", tmp_path / "once") as workers:
        assert await workers.rendition(b"good", edge=320) == b"small"


async def test_a_decoder_that_hangs_is_killed_and_the_file_is_not_to_blame() -> None:
    async with stubborn("hangs", seconds=0.2) as workers:
        with logged("image.") as logs, pytest.raises(Busy) as refused:
            await workers.rendition(b"endless", edge=320)
        assert refused.value.retry_after
        assert [entry["event"] for entry in logs] == ["image.worker_killed"]
        assert image_workers() == []


async def test_a_decoder_that_something_else_killed_twice_is_not_the_files_fault() -> None:
    async with stubborn("killed") as workers:
        with pytest.raises(Busy) as refused:
            await workers.rendition(b"good", edge=320)
        assert refused.value.retry_after


@pytest.mark.parametrize("how", ["babbles", "lies", "invents", "nests"])
async def test_an_invalid_reply_is_never_returned(how: str) -> None:
    async with stubborn(how) as workers:
        with pytest.raises(ImageBroken):
            await workers.clean(b"hostile")
        with pytest.raises(ImageBroken):
            await workers.take_in(b"hostile", limits=LIMITS)


async def test_cancelling_a_call_kills_the_worker_that_is_still_decoding() -> None:
    async with stubborn("hangs") as workers:
        call = asyncio.create_task(workers.rendition(b"slow", edge=320))
        await until(lambda: bool(workers.busy and image_workers()))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert image_workers() == []
        assert workers.busy == 0


async def test_a_full_queue_refuses_uploads_with_a_retry_time_but_still_accepts_filing() -> None:
    async with stubborn("hangs") as workers:
        calls = [
            asyncio.create_task(workers.rendition(b"slow", edge=320)) for _ in range(1 + WAITING_PER_WORKER)
        ]
        await until(lambda: workers.waiting == WAITING_PER_WORKER)
        with pytest.raises(Busy) as busy:
            await workers.clean(b"one too many")
        assert busy.value.retry_after is not None
        filing = asyncio.create_task(workers.fit_scan(b"", "image/png", description="", limits=LIMITS))
        await until(lambda: workers.waiting > WAITING_PER_WORKER)
        for call in [*calls, filing]:
            call.cancel()
        await asyncio.gather(*calls, filing, return_exceptions=True)


async def test_closing_leaves_no_process_running() -> None:
    async with open_workers(2) as workers:
        await workers.warm()
        pids = image_workers()
        assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_worker_gets_none_of_the_gateways_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINICPRO_SECRET_KEY", "planted-secret-of-the-gateway")
    async with open_workers(1) as workers:
        await workers.warm()
        (worker,) = image_workers()
        known = environment(worker)
    assert b"PYTHONDONTWRITEBYTECODE" in known
    assert b"planted" not in known
    assert b"CLINICPRO" not in known


def limited(code: str) -> subprocess.CompletedProcess[str]:
    """Run a line of Python in a process with the limits for one image."""
    setup = "from clinicpro_images.imaging.worker import containment as c; c.limit_memory(c.address_space()); c.limit_time()"
    return subprocess.run(
        [sys.executable, "-c", f"{setup}\n{code}"], capture_output=True, text=True, check=False, timeout=120
    )


def test_a_worker_gets_memory_for_one_image_and_no_more() -> None:
    assert limited(f"bytearray({WORKER_DECODE_BYTES // 2})").returncode == 0
    assert "MemoryError" in limited(f"bytearray({WORKER_DECODE_BYTES + 100_000_000})").stderr


def test_a_worker_cannot_write_files(tmp_path: Path) -> None:
    spilt = tmp_path / "pixels"
    limited(f"open({str(spilt)!r}, 'wb').write(b'x' * 100000)")
    assert spilt.read_bytes() == b""


def test_a_worker_has_a_cpu_time_limit() -> None:
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_CPU)[0])"
    assert 10 <= int(limited(code).stdout) <= 15


def test_a_frame_round_trips_its_head_and_body() -> None:
    whole = b"".join(protocol.frame({"a": "macron ā"}, b"\x00{}"))
    head, body = protocol.lengths(whole[: protocol.HEAD_BYTES])
    rest = whole[protocol.HEAD_BYTES :]
    assert protocol.head(rest[:head]) == {"a": "macron ā"}
    assert rest[head:] == b"\x00{}"
    assert len(rest) == head + body
    with pytest.raises(TypeError):
        protocol.head(b"[]")
    with pytest.raises(ValueError, match="implausible"):
        protocol.lengths(b"\x00" * 4 + b"\xff" * 8)
