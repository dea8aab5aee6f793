"""The worker process: decodes the images it receives over a pipe, within its limits, and is given nothing else."""

import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final

from clinicpro_images.errors import ClinicProError
from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.fit import fit_media, fit_referral, fit_scan
from clinicpro_images.imaging.limits import WORKER_CPU_SECONDS, WORKER_DECODE_BYTES, FitLimits
from clinicpro_images.imaging.pixels import configure_libvips
from clinicpro_images.imaging.rendition import rendition
from clinicpro_images.imaging.worker import protocol

if sys.platform != "win32":
    import resource

CALLS: Final[dict[str, Callable[..., Any]]] = {
    "clean": clean,
    "rendition": rendition,
    "fit_scan": fit_scan,
    "fit_media": fit_media,
    "fit_referral": fit_referral,
}
"""A worker's functions by name. Each takes an image's bytes first and returns bytes, or a dataclass with `content`."""

_IN_BODY: Final = frozenset({"content", "parts"})


def main() -> None:
    """Serve requests until the gateway closes the pipe or dies."""
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # anything a library prints must not end up among the replies
    configure_libvips()
    limit_memory()
    _send(replies, {"ready": True})
    while start := requests.read(protocol.HEAD_BYTES):
        head_length, body_length = protocol.lengths(start)
        request = protocol.head(requests.read(head_length))
        content = requests.read(body_length)
        limit_time()
        _send(replies, *handle(request, content))


def handle(request: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    """Execute a request; an error is returned as its name and sentences."""
    arguments = dict(request["arguments"])
    if "limits" in arguments:
        arguments["limits"] = FitLimits(**arguments["limits"])
    try:
        result = CALLS[request["call"]](content, **arguments)
    except ClinicProError as error:
        sentences = {"detail": error.detail, "integrator": error.integrator}
        return {"error": type(error).__name__, **sentences}, b""
    except Exception as error:  # noqa: BLE001 - any failure of a decoder means that the file can't be read
        return {"fault": type(error).__name__}, b""
    if isinstance(result, bytes):
        return {"done": {}}, result
    content = result.content
    return {"done": {name: value for name, value in asdict(result).items() if name not in _IN_BODY}}, content


def limit_memory() -> None:
    """Limit memory to one image, and forbid core dumps and files of spilled pixels; only on Linux.

    Elsewhere there is no limit on address space that libvips survives; the time limits apply everywhere.
    """
    if sys.platform != "linux":
        return
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    limit = pages * resource.getpagesize() + WORKER_DECODE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def limit_time() -> None:
    """Limit the CPU time of the next image; CPU, not wall time, so that a busy machine doesn't get a good file refused."""
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + WORKER_CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _send(replies: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    replies.writelines(protocol.frame(head, body))
    replies.flush()


if __name__ == "__main__":
    main()
