"""A seccomp filter for the process that decodes an image: the system calls that arithmetic on memory needs, no other.

Everything not listed fails with EPERM: no socket, no open, no exec, no fork, no ptrace, no signal to another process,
and no new executable memory. libseccomp isn't used because it would be one more system package to install.
"""

import ctypes
import errno
import platform
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class _Rule:
    """One system call: its number on x86-64 and on AArch64, and a condition on one argument.

    Allowed if the argument is one of `values`, or has none of the bits `without`; with neither, always. With
    `missing`, the call fails as if the kernel didn't have it.
    """

    x86_64: int
    aarch64: int
    argument: int = 0
    values: tuple[int, ...] = ()
    without: int = 0
    missing: bool = False


_PROT_EXEC: Final = 4
_PR_SET_NAME: Final = 15
_THREAD: Final = (
    0x3D0F00,
    0x7D0F00,
)  # what glibc and musl pass to create a thread; a process has other flags

_RULES: Final[dict[str, _Rule]] = {
    "read": _Rule(0, 63),
    "write": _Rule(1, 64),
    "readv": _Rule(19, 65),
    "writev": _Rule(20, 66),
    "close": _Rule(3, 57),
    "lseek": _Rule(8, 62),
    "fstat": _Rule(5, 80),
    "mmap": _Rule(9, 222, argument=2, without=_PROT_EXEC),
    "mprotect": _Rule(10, 226, argument=2, without=_PROT_EXEC),
    "munmap": _Rule(11, 215),
    "mremap": _Rule(25, 216),
    "madvise": _Rule(28, 233),
    "brk": _Rule(12, 214),
    "futex": _Rule(202, 98),
    "rt_sigaction": _Rule(13, 134),
    "rt_sigprocmask": _Rule(14, 135),
    "rt_sigreturn": _Rule(15, 139),
    "sigaltstack": _Rule(131, 132),
    "exit": _Rule(60, 93),
    "exit_group": _Rule(231, 94),
    "clock_gettime": _Rule(228, 113),
    "clock_nanosleep": _Rule(230, 115),
    "gettimeofday": _Rule(96, 169),
    "getrandom": _Rule(318, 278),
    "getrusage": _Rule(98, 165),
    "getpid": _Rule(39, 172),
    "gettid": _Rule(186, 178),
    "sched_yield": _Rule(24, 124),
    "sched_getaffinity": _Rule(204, 123),
    "restart_syscall": _Rule(219, 128),
    "set_robust_list": _Rule(273, 99),
    "rseq": _Rule(334, 293),
    "membarrier": _Rule(324, 283),
    "prctl": _Rule(157, 167, argument=0, values=(_PR_SET_NAME,)),
    "clone": _Rule(56, 220, argument=0, values=_THREAD),
    # Its flags are in memory, where a filter can't look; without it, the C library uses clone.
    "clone3": _Rule(435, 435, missing=True),
}

_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_… of linux/audit.h

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_IF_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_IF_ANY_BIT: Final = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K
_ALLOW: Final = 0x7FFF0000
_ERROR: Final = 0x00050000
_KILL: Final = 0x80000000

_NUMBER_AT: Final = 0  # offsets in struct seccomp_data
_ARCHITECTURE_AT: Final = 4
_ARGUMENTS_AT: Final = 16

_PR_GET_SECCOMP: Final = 21
_PR_SET_SECCOMP: Final = 22
_FILTER_MODE: Final = 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def available() -> bool:
    """Return whether this kernel filters system calls, and the calls of this architecture are listed."""
    if sys.platform != "linux" or sys.byteorder != "little" or platform.machine() not in _ARCHITECTURES:
        return False
    mode: int = ctypes.CDLL(None).prctl(_PR_GET_SECCOMP, 0, 0, 0, 0)
    return mode >= 0


def install() -> bool:
    """Restrict this thread and all that it starts from now on, for good; False if this system has no such filter.

    The process must have no other thread, and must have set `no_new_privs`.
    """
    if not available():
        return False
    code = program(platform.machine())
    loaded = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    done: int = libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(loaded), 0, 0)
    return done == 0


def program(machine: str) -> bytes:
    """Return the filter for a machine (`x86_64` or `aarch64`), as the kernel's instructions."""
    return b"".join(struct.pack("<HBBI", *each) for each in _instructions(machine))


def _instructions(machine: str) -> Iterator[tuple[int, int, int, int]]:
    yield _LOAD, 0, 0, _ARCHITECTURE_AT
    yield _IF_EQUAL, 1, 0, _ARCHITECTURES[machine]
    yield _RETURN, 0, 0, _KILL  # the numbers would mean other calls
    yield _LOAD, 0, 0, _NUMBER_AT
    for rule in _RULES.values():
        number = rule.x86_64 if machine == "x86_64" else rule.aarch64
        verdict = list(_verdict(rule))
        yield _IF_EQUAL, 0, len(verdict), number
        yield from verdict
    yield _RETURN, 0, 0, _ERROR | errno.EPERM


def _verdict(rule: _Rule) -> Iterator[tuple[int, int, int, int]]:
    """Decide about one call. Only the lower half of an argument is read: all of those here are 32 bits wide."""
    if rule.missing:
        yield _RETURN, 0, 0, _ERROR | errno.ENOSYS
        return
    if rule.values or rule.without:
        yield _LOAD, 0, 0, _ARGUMENTS_AT + 8 * rule.argument
    for value in rule.values:
        yield _IF_EQUAL, 0, 1, value
        yield _RETURN, 0, 0, _ALLOW
    if rule.without:
        yield _IF_ANY_BIT, 0, 1, rule.without
    if rule.values or rule.without:
        yield _RETURN, 0, 0, _ERROR | errno.EPERM
    if not rule.values:
        yield _RETURN, 0, 0, _ALLOW
