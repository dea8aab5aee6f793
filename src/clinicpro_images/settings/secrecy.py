"""Keeps what only this process may know from its environment, from other processes of its user, and from core dumps."""

import ctypes
import os
import sys
from collections.abc import Iterable
from typing import Final

if sys.platform != "win32":
    import resource

_PR_SET_DUMPABLE: Final = 4


def forget_variables(names: Iterable[str]) -> None:
    """Remove variables from this process's environment, and overwrite the copy that `/proc` would show."""
    for name in names:
        if name not in os.environ:
            continue
        if sys.platform == "linux":
            _overwrite(name)
        del os.environ[name]


def keep_memory_private() -> None:
    """Forbid other processes of this user to read this one's memory or trace it, and the system to dump it to a file.

    Without this, `/proc/PID/mem` and `/proc/PID/environ` are open to everything that runs as the same user.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _overwrite(name: str) -> None:
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_void_p
    where = libc.getenv(name.encode())
    if where:
        ctypes.memset(where, 0, len(ctypes.string_at(where)))
