"""An image worker that misbehaves as its first argument says: what a malicious image could make of a real one."""

import ctypes
import os
import signal
import struct
import sys
import time

from clinicpro_images.imaging.worker import containment, process, protocol


def reply(head: dict[str, object], body: bytes = b"") -> None:
    os.write(1, b"".join(protocol.frame(head, body)))


def crash(_content: bytes, **_arguments: object) -> bytes:
    return ctypes.string_at(0)


def spin(_content: bytes, **_arguments: object) -> bytes:
    while True:
        pass


def main(how: str, once: str = "") -> None:  # noqa: C901, PLR0912 - one branch each
    if how in {"crashes", "spins"}:
        process.CALLS["rendition"] = {"crashes": crash, "spins": spin}[how]
        vars(containment)["WORKER_CPU_SECONDS"] = 1
        process.main()
        return
    reply({"ready": True})
    head_length, body_length = protocol.lengths(sys.stdin.buffer.read(protocol.HEAD_BYTES))
    request = sys.stdin.buffer.read(head_length + body_length)
    if how == "hangs on request":
        how = "hangs" if request.endswith(b"hang") else "answers"
    if once:
        # Misbehaves for the first image only: the file records whether there was one.
        try:
            os.close(os.open(once, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            how = "answers"
    match how:
        case "hangs":
            time.sleep(600)
        case "dies":
            os.abort()
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exhausted":
            os.kill(os.getpid(), signal.SIGXCPU)
        case "babbles":
            os.write(1, b"\xff" * 4096)
        case "lies":
            reply(
                {"done": {"content_type": "text/html", "width": "x", "height": 1, "reencoded": False}}, b"!"
            )
        case "invents":
            reply({"error": "SystemExit", "detail": "", "integrator": ""})
        case "nests":
            text = b'{"done":' + b"[" * 30_000
            os.write(1, struct.pack(">IQ", len(text), 0) + text)
        case "answers":
            reply({"done": {}}, b"small")
    sys.stdin.buffer.read(1)


main(*sys.argv[1:])
