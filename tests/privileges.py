"""Gives up what only root may do, for programs in tests that run as a service without privileges would."""

import ctypes
import os

_READ_ANY_FILE = 1 << 2  # CAP_DAC_READ_SEARCH
_KEEP_CAPABILITIES, _AMBIENT, _RAISE = 8, 47, 2


def drop_privileges(user: int) -> None:
    """Give up everything that only root may do.

    An ordinary user keeps, until the worker has started, the right to read the interpreter's files, which may be root's.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    kept = 0
    if os.getuid() == 0 and user:
        kept = _READ_ANY_FILE
        libc.prctl(_KEEP_CAPABILITIES, 1, 0, 0, 0)
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    set_capabilities(libc, kept)
    if kept:
        libc.prctl(_AMBIENT, _RAISE, 2, 0, 0)


def set_capabilities(libc: ctypes.CDLL, kept: int) -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)(kept, kept, kept)  # effective, permitted, inheritable
    if libc.capset(ctypes.byref(header), ctypes.byref(sets)) != 0:
        raise OSError(ctypes.get_errno(), "capset")
