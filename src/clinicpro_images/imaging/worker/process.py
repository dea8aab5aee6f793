"""The worker process: forks a contained process for each image that it receives over a pipe, and passes its reply on.

The worker itself never looks into an image. What does ends with that image, so a malicious one meets nobody else's.
"""

import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from typing import Any, BinaryIO, Final

from clinicpro_images.errors import ClinicProError
from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.compare import alike
from clinicpro_images.imaging.fit import fit_media, fit_referral, fit_scan
from clinicpro_images.imaging.intake import take_in
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.need import LargeImage, large_images
from clinicpro_images.imaging.pixels import configure_libvips, prepare_libvips
from clinicpro_images.imaging.rendition import rendition
from clinicpro_images.imaging.results import Intake
from clinicpro_images.imaging.worker import containment, protocol

if containment.LINUX:
    import fcntl

CALLS: Final[dict[str, Callable[..., Any]]] = {
    "clean": clean,
    "take_in": take_in,
    "alike": alike,
    "rendition": rendition,
    "fit_scan": fit_scan,
    "fit_media": fit_media,
    "fit_referral": fit_referral,
}
"""A worker's functions by name. Each takes an image's bytes first and returns bytes, or a dataclass with `content`."""

_IN_BODY: Final = frozenset({"content", "parts"})

# Loaded on first use otherwise, when no file can be opened any more.
_LATE_MODULES: Final = (
    "pillow_heif",
    "encodings.ascii",
    "encodings.cp1252",
    "encodings.latin_1",
    "encodings.mac_roman",
    "encodings.unicode_escape",  # in an error of pikepdf's about an inline image
    "encodings.utf_16",
    "encodings.utf_16_be",
    "encodings.utf_16_le",
    "encodings.utf_8_sig",
    "_strptime",
)

_PIPE_BYTES: Final = 1 << 20


class _ReplyCutShort(Exception):
    """The decoder ended in the middle of its reply."""


def main(calls: Mapping[str, Callable[..., Any]] = CALLS) -> None:
    """Serve requests for `calls` until the gateway closes the pipe or dies."""
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # anything a library prints must not end up among the replies
    prepare()
    size = containment.address_space()
    missing = containment.contain_worker()
    if not containment.LINUX:
        containment.limit_memory(size)
    _send(replies, {"ready": True, "missing": missing})
    while start := requests.read(protocol.HEAD_BYTES):
        head_length, body_length = protocol.lengths(start)
        request = protocol.head(requests.read(head_length))
        content = requests.read(body_length)
        if containment.LINUX:
            _decode_apart(request, content, replies, size, calls)
        else:
            containment.limit_time()
            _send(replies, *handle(request, content, calls))


def prepare() -> None:
    """Load everything that decoding needs, so that a contained process needs no file."""
    configure_libvips()
    prepare_libvips()
    for name in _LATE_MODULES:
        with suppress(ImportError):  # HEIC is an extra
            importlib.import_module(name)
    if sys.platform != "win32":
        time.tzset()
    gc.collect()
    gc.freeze()  # forked processes share these objects' memory


def handle(
    request: dict[str, Any], content: bytes, calls: Mapping[str, Callable[..., Any]] = CALLS
) -> tuple[dict[str, Any], bytes]:
    """Execute a request; an error is returned as its name and sentences, and an image that has to wait as `large`."""
    arguments = dict(request["arguments"])
    if "limits" in arguments:
        arguments["limits"] = FitLimits(**arguments["limits"])
    try:
        with large_images(bool(request.get("large"))):
            result = calls[request["call"]](content, **arguments)
    except LargeImage:
        return {"large": True}, b""
    except ClinicProError as error:
        sentences = {"detail": error.detail, "integrator": error.integrator}
        return {"error": type(error).__name__, **sentences}, b""
    except Exception as error:  # noqa: BLE001 - any failure of a decoder means that the file can't be read
        return {"fault": type(error).__name__}, b""
    if isinstance(result, bytes):
        return {"done": {}}, result
    if isinstance(result, Intake):
        return _intake_reply(result)
    content = result.content
    return {"done": {name: value for name, value in asdict(result).items() if name not in _IN_BODY}}, content


def _intake_reply(result: Intake) -> tuple[dict[str, Any], bytes]:
    """Return an intake's members, and its parts one after the other with their lengths."""
    image = result.image
    parts = [
        image.content,
        *(getattr(result, name) for name in protocol.INTAKE_PARTS),
        *(document.content for document in result.documents),
    ]
    done = {
        each.name: getattr(result, each.name)
        for each in fields(result)
        if each.name not in {"image", "taken", "documents", *protocol.INTAKE_PARTS}
    }
    done["image"] = {each.name: getattr(image, each.name) for each in fields(image) if each.name != "content"}
    done["documents"] = [{"target": each.target, "done": each.done} for each in result.documents]
    done["taken"] = None if result.taken is None else asdict(result.taken)
    return {"done": done | {"lengths": [len(part) for part in parts]}}, b"".join(parts)


def _decode_apart(
    request: dict[str, Any],
    content: bytes,
    replies: BinaryIO,
    size: int,
    calls: Mapping[str, Callable[..., Any]],
) -> None:
    """Execute a request in a process of its own. If that dies, the reply says by which signal."""
    ours, its = os.pipe()
    fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    child = os.fork()
    if child == 0:
        _decoder(request, content, its, size, calls)
    os.close(its)
    del content
    started = False
    try:
        with os.fdopen(ours, "rb", buffering=0) as reply:
            for part in _one_frame(reply):
                started = True
                replies.write(part)
            replies.flush()
    except (_ReplyCutShort, ValueError):
        if started:
            raise  # the gateway sees that this worker died
    finally:
        # It has nothing left to do; if it is in the hands of someone else, it doesn't get more time.
        os.kill(child, signal.SIGKILL)
        _, status, used = os.wait4(child, 0)
    if not started:
        ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        _send(replies, {"died": ended_by, "seconds": round(used.ru_utime + used.ru_stime, 1)})


def _decoder(
    request: dict[str, Any], content: bytes, reply: int, size: int, calls: Mapping[str, Callable[..., Any]]
) -> None:
    """Run in the forked process; never returns."""
    try:
        containment.contain_decoder(reply, address_space=size)
        with os.fdopen(containment.REPLY, "wb", buffering=0, closefd=False) as out:
            for part in protocol.frame(*handle(request, content, calls)):
                left = memoryview(part)
                while left:
                    left = left[out.write(left) :]
    finally:
        os._exit(0)  # without the clean-up of a Python that goes on in the worker


def _one_frame(reply: BinaryIO) -> Any:
    """Yield the bytes of one frame, and nothing after it; raises _ReplyCutShort, and ValueError if it can't be one."""
    start = b"".join(_exactly(reply, protocol.HEAD_BYTES))
    left = sum(protocol.lengths(start))
    yield start
    yield from _exactly(reply, left)


def _exactly(reply: BinaryIO, length: int) -> Any:
    while length:
        part = reply.read(min(length, _PIPE_BYTES))
        if not part:
            raise _ReplyCutShort
        length -= len(part)
        yield part


def _send(replies: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    replies.writelines(protocol.frame(head, body))
    replies.flush()


if __name__ == "__main__":
    main()
