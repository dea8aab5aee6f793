"""Landlock for a process that decodes images: no file can be opened and no network reached, whatever its user may do."""

import ctypes
import os
import struct
import sys
from typing import Final

# The same numbers on every architecture.
_CREATE_RULESET: Final = 444
_RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1

# How many rights over files each version of Landlock knows: bit 0 to this one are all handled, and none is granted.
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}
_FILE_RIGHTS_NOW: Final = 16
_TCP: Final = 0b11  # bind, connect
_SCOPES: Final = 0b11  # abstract sockets and signals of processes outside
_TCP_SINCE: Final = 4
_SCOPES_SINCE: Final = 6


def deny_everything() -> bool:
    """Take all files and TCP from this thread and all that it starts, for good; False if the kernel has no Landlock.

    What is open stays open. The process must have no other thread, and must have set `no_new_privs`.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    if version < 1:
        return False
    attributes = ruleset(version)
    descriptor = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if descriptor < 0:
        return False
    done: int = libc.syscall(_RESTRICT_SELF, descriptor, 0)
    os.close(descriptor)
    return done == 0


def ruleset(version: int) -> bytes:
    """Return a `struct landlock_ruleset_attr` of the size that this version knows."""
    parts = [(1 << _FILE_RIGHTS.get(version, _FILE_RIGHTS_NOW)) - 1]
    if version >= _TCP_SINCE:
        parts.append(_TCP)
    if version >= _SCOPES_SINCE:
        parts.append(_SCOPES)
    return struct.pack(f"={len(parts)}Q", *parts)
