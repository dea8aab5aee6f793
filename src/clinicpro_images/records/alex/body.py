"""The body of a write: a resource with its picture inside, streamed as base64 instead of built in memory."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pybase64

from clinicpro_images.records.alex.resources import Attached

_CHUNK = 90 * 1024  # a multiple of 3, so that no chunk but the last is padded
_MARK = b'"data":""'


class AttachedBody:
    """A resource and its attachment as JSON: `length` is exact, and `chunks()` starts anew each time.

    Starting anew is what lets a write that was refused for its token be sent again.
    """

    def __init__(self, attached: Attached) -> None:
        """Raise ValueError where the resource has no attachment, or more than one."""
        self._head, self._tail = _split(attached.resource)
        self._parts = attached.parts
        size = sum(map(len, self._parts))
        self.length = len(self._head) + 4 * ((size + 2) // 3) + len(self._tail)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield head, base64 and tail."""
        yield self._head
        for block in _blocks(self._parts):
            yield pybase64.b64encode(block)
        yield self._tail


def _blocks(parts: tuple[bytes, ...]) -> Iterator[bytes | memoryview]:
    """Give the parts in blocks of `_CHUNK` and a last one; only blocks across a border are copied."""
    begun = b""
    for part in parts:
        view, at = memoryview(part), 0
        if begun:
            at = _CHUNK - len(begun)
            begun += bytes(view[:at])
            if len(begun) < _CHUNK:
                continue
            yield begun
        while len(view) - at >= _CHUNK:
            yield view[at : at + _CHUNK]
            at += _CHUNK
        begun = bytes(view[at:])
    if begun:
        yield begun


def _split(resource: dict[str, Any]) -> tuple[bytes, bytes]:
    whole = json.dumps(_with_empty_data(resource), ensure_ascii=False, separators=(",", ":")).encode()
    # A quote inside a text is escaped, so this can only be the member itself.
    head, mark, tail = whole.partition(_MARK)
    if not mark or _MARK in tail:
        raise ValueError("the resource needs exactly one attachment")
    return head + mark[:-1], mark[-1:] + tail


def _with_empty_data(node: Any) -> Any:
    if isinstance(node, dict):
        filled = {key: _with_empty_data(value) for key, value in node.items()}
        return {**filled, "data": ""} if "contentType" in node else filled
    return [_with_empty_data(item) for item in node] if isinstance(node, list) else node
