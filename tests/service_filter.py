"""The system calls that deploy/systemd/clinicpro.service allows, as systemd would filter them, on a machine without systemd.

Run as a program, it puts itself behind a filter from a file and becomes another program:
`python service_filter.py FILTER COMMAND…`.
"""

import ctypes
import errno
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UNIT = Path(__file__).parents[1] / "deploy/systemd/clinicpro.service"

_LOAD, _IF_EQUAL, _MASK, _RETURN = 0x20, 0x15, 0x54, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NUMBER_AT, _ARGUMENTS_AT = 0, 16
_WRITE, _EXECUTE = 2, 4
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER_MODE = 22, 38, 2


def groups() -> dict[str, list[str]]:
    """systemd's groups of system calls, as the installed version has them."""
    asked = ["systemd-analyze", "syscall-filter"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = {}
    name = ""
    for line in said.stdout.splitlines():
        if line.startswith("@"):
            name = line.strip()
            found[name] = []
        elif name and re.fullmatch(r"\s+[@\w-]+", line):
            found[name].append(line.strip())
    return found


def allowed(unit: str) -> set[str]:
    """The names of the calls that a unit's allow list leaves, in the order in which it adds and takes away."""
    known = groups()

    def every(name: str) -> Iterator[str]:
        if not name.startswith("@"):
            yield name
        for each in known.get(name, []):
            yield from every(each)

    # What systemd allows to any service with a list.
    found = set(every("@default"))
    for line in re.findall(r"^SystemCallFilter=(.+)$", unit, re.MULTILINE):
        named = {call for group in line.removeprefix("~").split() for call in every(group)}
        found = found - named if line.startswith("~") else found | named
    return found


def numbers() -> dict[str, int]:
    """This machine's system calls by name, from the C compiler's headers."""
    asked = ["gcc", "-E", "-dM", "-include", "sys/syscall.h", "-xc", "/dev/null"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True)
    return {
        name: int(number)
        for name, number in re.findall(r"#define __NR_(\w+) (\d+)$", said.stdout, re.MULTILINE)
    }


def program(unit: str) -> bytes:
    """A filter that refuses with EPERM what the unit doesn't allow, and memory that can be written and executed."""
    known = numbers()
    steps = [(_LOAD, 0, 0, _NUMBER_AT)]
    if re.search(r"^MemoryDenyWriteExecute=yes$", unit, re.MULTILINE):
        for name, bits in (("mmap", _WRITE | _EXECUTE), ("mprotect", _EXECUTE)):
            steps += [
                (_IF_EQUAL, 0, 5, known[name]),
                (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * 2),
                (_MASK, 0, 0, bits),
                (_IF_EQUAL, 0, 1, bits),
                (_RETURN, 0, 0, _ERROR | errno.EPERM),
                (_RETURN, 0, 0, _ALLOW),
            ]
    for name in sorted(allowed(unit) & set(known)):
        steps += [(_IF_EQUAL, 0, 1, known[name]), (_RETURN, 0, 0, _ALLOW)]
    steps.append((_RETURN, 0, 0, _ERROR | errno.EPERM))
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def main() -> None:
    """Go behind the filter, and become the command."""
    code = Path(sys.argv[1]).read_bytes()
    loaded = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(loaded), 0, 0):
        raise OSError(ctypes.get_errno(), "The filter could not be installed.")
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - it becomes the command


if __name__ == "__main__":
    main()
