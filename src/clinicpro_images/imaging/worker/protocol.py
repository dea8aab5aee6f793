"""The protocol between the gateway and an image worker: a JSON head and the image's bytes, each with its length."""

import json
import struct
from typing import Any, Final

_LENGTHS: Final = struct.Struct(">IQ")
HEAD_BYTES: Final = _LENGTHS.size
"""How many bytes to read before the lengths of a frame are known."""

INTAKE_PARTS: Final = ("view", "thumb", "fitted")
"""What of an `Intake` follows the stored image in a reply's body; after these come its `documents`."""

_MAX_HEAD: Final = 64 * 1024
_MAX_BODY: Final = 64 * 1024 * 1024
"""Longest head and body accepted, in bytes; a larger reply than `MAX_CLEAN_BYTES` is refused in words."""


def frame(head: dict[str, Any], body: bytes = b"") -> list[bytes]:
    """Return the frame in pieces, so that a large image isn't copied again."""
    text = json.dumps(head, ensure_ascii=False).encode()
    return [_LENGTHS.pack(len(text), len(body)) + text, body]


def lengths(start: bytes) -> tuple[int, int]:
    """Return the lengths of head and body in bytes from a frame's first `HEAD_BYTES`; raises ValueError if implausible."""
    head, body = _LENGTHS.unpack(start)
    if head > _MAX_HEAD or body > _MAX_BODY:
        raise ValueError("The frame's length is implausible.")
    return head, body


def head(text: bytes) -> dict[str, Any]:
    """Parse a frame's head. JSON, not pickle: a worker that a malicious image has taken over must not reach the gateway."""
    read = json.loads(text)
    if not isinstance(read, dict):
        raise TypeError("A frame's head must be an object.")
    return read
