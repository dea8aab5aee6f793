"""An image worker that misbehaves as its first argument says: what a malicious image could make of a real one."""

import os
import sys
import time

from clinicpro_images.imaging.worker import protocol


def reply(head: dict[str, object], body: bytes = b"") -> None:
    os.write(1, b"".join(protocol.frame(head, body)))


def main(how: str, once: str = "") -> None:
    reply({"ready": True})
    head_length, body_length = protocol.lengths(sys.stdin.buffer.read(protocol.HEAD_BYTES))
    sys.stdin.buffer.read(head_length + body_length)
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
        case "babbles":
            os.write(1, b"\xff" * 4096)
        case "lies":
            reply(
                {"done": {"content_type": "text/html", "width": "x", "height": 1, "reencoded": False}}, b"!"
            )
        case "invents":
            reply({"error": "SystemExit", "detail": "", "integrator": ""})
        case "answers":
            reply({"done": {}}, b"small")
    sys.stdin.buffer.read(1)


main(*sys.argv[1:])
