"""Contains a process that reads images: whatever a malicious file makes of it reaches nothing but the reply to that file."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Final

from clinicpro_images.imaging.limits import WORKER_CPU_SECONDS, WORKER_DECODE_BYTES
from clinicpro_images.imaging.worker import landlock, seccomp

if sys.platform != "win32":
    import resource

LINUX: Final = sys.platform == "linux"

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38
_SIGKILL: Final = 9

_TASKS: Final = 4096
"""The limit counts all processes and threads of the user, others' too, so it can't be as low as one image needs."""

_MOST_DESCRIPTORS: Final = 1 << 20

REPLY: Final = 3
"""The descriptor that a decoder writes its reply to; 0 to 2 lead nowhere."""


def contain_worker() -> list[str]:
    """Take files, network and new privileges from this process for good; returns what this system can't take.

    The kernel applies it to one thread, so it must be called before there is another one.
    """
    if not LINUX:
        return ["no_new_privs", "landlock", "seccomp"]
    done = {
        "no_new_privs": _prctl(_PR_SET_NO_NEW_PRIVS, 1) and _prctl(_PR_SET_DUMPABLE, 0),
        "landlock": landlock.deny_everything(),
        "seccomp": seccomp.available(),
    }
    return [name for name, works in done.items() if not works]


def contain_decoder(reply: int, *, address_space: int) -> None:
    """Leave a process that the worker has forked for one image with the descriptor `reply` and arithmetic."""
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    os.dup2(2, 0)  # the requests: the next image is another patient's
    if reply != REPLY:
        os.dup2(reply, REPLY)
    os.closerange(REPLY + 1, _MOST_DESCRIPTORS)
    limit_memory(address_space)
    limit_time()
    _limit("NOFILE", REPLY + 1)
    _limit("NPROC", _TASKS)
    if not seccomp.install() and seccomp.available():
        raise OSError("The filter of system calls could not be installed.")


def address_space() -> int:
    """Return the size of this process, in bytes; 0 where that has no meaning for a limit."""
    if not LINUX:
        return 0
    return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()


def limit_memory(used: int) -> None:
    """Limit memory to one image beyond the bytes `used`, and forbid core dumps and files of spilled pixels; only on Linux.

    Elsewhere there is no limit on address space that libvips survives; the time limits apply everywhere.
    """
    if not LINUX:
        return
    _limit("AS", used + WORKER_DECODE_BYTES)
    _limit("CORE", 0)
    _limit("FSIZE", 0)


def limit_time() -> None:
    """Limit the CPU time of the next image; CPU, not wall time, so that a busy machine doesn't get a good file refused."""
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + WORKER_CPU_SECONDS
    hard = soft + 1 if LINUX else resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _limit(what: str, value: int) -> None:
    """Set the soft and the hard limit, unless the hard one is lower already."""
    which = getattr(resource, f"RLIMIT_{what}")
    hard = resource.getrlimit(which)[1]
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (most, most))


def _prctl(option: int, value: int) -> bool:
    done: int = ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
    return done == 0
