"""The real worker, whose decoder runs an attacker's program instead: what a malicious image could make of it.

    taken_over_worker.py ADDRESS GATEWAY FOLDER SECRET

Each attempt on what isn't the image's becomes a line of the reply, with what it reached or why it failed.
"""

import ctypes
import json
import os
import platform
import resource
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from clinicpro_images.imaging.worker import process
from privileges import set_capabilities

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.mmap.restype = ctypes.c_void_p
_AT_FDCWD = -100
_WORKER = os.getpid()  # the process that is forked for an image has another
_MACHINE = platform.machine()


def system_call(number: int, *arguments: object) -> int:
    """Make a system call directly, as shellcode would."""
    done: int = _LIBC.syscall(ctypes.c_long(number), *arguments)
    if done < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return done


def read_memory(pid: int, secret: bytes) -> str:
    """Search another process's memory."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in maps:
            first, last = (int(each, 16) for each in line.split()[0].split("-"))
            try:
                memory.seek(first)
                if secret in memory.read(last - first):
                    return "secret found"
            except OSError:
                continue
        return "memory is readable"


def process_vm_readv(pid: int) -> str:
    target = ctypes.create_string_buffer(8)
    local = struct.pack("PN", ctypes.addressof(target), 8)
    remote = struct.pack("PN", 0x400000, 8)
    numbers = {"x86_64": 310, "aarch64": 270}
    return f"{system_call(numbers[_MACHINE], pid, local, 1, remote, 1, 0)} bytes"


def connect(family: int, address: tuple[str, int] | str) -> str:
    with socket.socket(family, socket.SOCK_STREAM) as reached:
        reached.settimeout(5)
        reached.connect(address)
        reached.sendall(b"stolen")
    return "connected"


def delete_rows(database: Path) -> str:
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM images")
    return "rows deleted"


def fork() -> str:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return "forked"


def vfork_directly() -> str:
    flags = 0x4000 | signal.SIGCHLD  # CLONE_VFORK, without CLONE_THREAD
    numbers = {"x86_64": 56, "aarch64": 220}
    child = system_call(numbers[_MACHINE], flags, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    return "forked"


def executable_memory() -> str:
    where = _LIBC.mmap(None, ctypes.c_size_t(4096), 7, 0x22, -1, 0)  # PROT_READ | PROT_WRITE | PROT_EXEC
    if where == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "executable memory"


def next_image() -> str:
    """Wait for somebody else's image, as the worker gets it."""
    found = os.read(0, 1)
    if not found:
        raise OSError("nothing to read")
    return "read the next request"


def other_descriptors() -> str:
    """Use a descriptor other than the reply's; 0 to 2 are /dev/null."""
    reached = []
    for descriptor in range(4, 1024):
        try:
            os.write(descriptor, b"")
        except OSError:
            continue
        reached.append(descriptor)
    if not reached:
        raise OSError("no other descriptor is open")
    return f"{reached}"


def attempts(address: str, gateway: int, folder: Path, secret: bytes) -> dict[str, Callable[[], object]]:
    port = int(address)
    parent = _WORKER
    numbers = {
        "x86_64": (2, 257, 425, 319, 321, 272, 165, 59),
        "aarch64": (None, 56, 425, 279, 280, 97, 40, 221),
    }
    open_, openat, io_uring, memfd, bpf, unshare, mount, execve = numbers[_MACHINE]
    some = ctypes.create_string_buffer(256)
    return {
        "environment of the gateway": lambda: Path(f"/proc/{gateway}/environ").read_bytes(),
        "environment of the worker": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
        "memory of the gateway": lambda: read_memory(gateway, secret),
        "memory of the worker": lambda: read_memory(parent, secret),
        "memory by process_vm_readv": lambda: process_vm_readv(gateway),
        "memory of the worker by process_vm_readv": lambda: process_vm_readv(parent),
        "trace": lambda: system_call(101 if _MACHINE == "x86_64" else 117, 16, gateway, 0, 0),
        "read the database": (folder / "clinicpro.db").read_bytes,
        "change the database": lambda: delete_rows(folder / "clinicpro.db"),
        "list the images": lambda: list(folder.iterdir()),
        "list the root": lambda: list(Path("/").iterdir()),
        "look for a file": (folder / "clinicpro.db").stat,
        "write a file": lambda: (folder / "new").write_bytes(b""),
        "delete a file": (folder / "clinicpro.db").unlink,
        "open directly": lambda: system_call(open_ or openat, b"/etc/passwd", 0),
        "openat directly": lambda: system_call(openat, _AT_FDCWD, b"/etc/passwd", 0),
        "TCP": lambda: connect(socket.AF_INET, ("127.0.0.1", port)),
        "UDP": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port)),
        "local socket": lambda: connect(socket.AF_UNIX, str(folder / "socket")),
        "abstract socket": lambda: connect(socket.AF_UNIX, "\0clinicpro-test-" + address),
        "socket pair": socket.socketpair,
        "fork": fork,
        "fork directly": vfork_directly,
        "exec": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
        "exec directly": lambda: system_call(execve, b"/bin/true", None, None),
        "start a program": lambda: subprocess.run(["/bin/true"], check=True),
        "stop the gateway": lambda: os.kill(gateway, signal.SIGTERM),
        "stop the worker": lambda: os.kill(parent, signal.SIGKILL),
        "stop all": lambda: os.kill(-1, signal.SIGTERM),
        "raise its limits": lambda: resource.setrlimit(resource.RLIMIT_CPU, (3600, 3600)),
        "limits of the gateway": lambda: resource.prlimit(gateway, resource.RLIMIT_NOFILE, (0, 0)),
        "user namespace": lambda: system_call(unshare, 0x10000000),
        "mount": lambda: system_call(mount, b"none", b"/tmp", b"tmpfs", 0, None),
        "io_uring": lambda: system_call(io_uring, 8, some),
        "file in memory": lambda: system_call(memfd, b"x", 0),
        "bpf": lambda: system_call(bpf, 0, some, 128),
        "executable memory": executable_memory,
        "become root": lambda: os.setuid(0),
        "the next image": next_image,
        "other descriptors": other_descriptors,
    }


def payload(_content: bytes, *, edge: int) -> bytes:
    """Try everything; the reply to this image is the only thing that is the image's own."""
    del edge
    folder = Path(sys.argv[3])
    capabilities = next(line for line in _STATUS.splitlines() if line.startswith("CapEff"))
    said = {
        "capabilities": "failed: none" if set(capabilities.split()[1]) == {"0"} else f"REACHED {capabilities}"
    }
    for name, attempt in attempts(sys.argv[1], int(sys.argv[2]), folder, sys.argv[4].encode()[::-1]).items():
        try:
            said[name] = f"REACHED {attempt()!r:.80}"
        except BaseException as error:  # noqa: BLE001 - each failure is a line
            said[name] = f"failed: {type(error).__name__} {error}"
    worked = threading.Thread(target=lambda: said.update({"a thread": "started"}))
    worked.start()
    worked.join()
    return json.dumps(said).encode()


if __name__ == "__main__":
    process.CALLS["rendition"] = payload
    process.prepare()
    set_capabilities(_LIBC, 0)
    _STATUS = Path("/proc/self/status").read_text()
    process.main()
