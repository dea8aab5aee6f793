"""What goes between the gateway and a picture worker: a JSON head and the picture's bytes, each with its length."""

import json
import struct
from typing import Any, Final

_LENGTHS: Final = struct.Struct(">IQ")
HEAD_BYTES: Final = _LENGTHS.size
"""How many bytes to read before the lengths of a frame are known."""

_MAX_HEAD: Final = 64 * 1024
_MAX_BODY: Final = 128 * 1024 * 1024
"""Longest head and body that are believed, in bytes; what 25 MB become when they are decoded and encoded anew is less."""


def frame(head: dict[str, Any], body: bytes = b"") -> list[bytes]:
    """Return what to write, in pieces, so that a large picture isn't copied once more."""
    text = json.dumps(head, ensure_ascii=False).encode()
    return [_LENGTHS.pack(len(text), len(body)) + text, body]


def lengths(start: bytes) -> tuple[int, int]:
    """Return the lengths of head and body, in bytes, from a frame's first `HEAD_BYTES`; raises ValueError beyond belief."""
    head, body = _LENGTHS.unpack(start)
    if head > _MAX_HEAD or body > _MAX_BODY:
        raise ValueError("No honest frame is this long.")
    return head, body


def head(text: bytes) -> dict[str, Any]:
    """Read a frame's head. JSON, not pickle: a worker that a hostile picture took over must not reach the gateway."""
    read = json.loads(text)
    if not isinstance(read, dict):
        raise TypeError("A frame's head is an object.")
    return read
