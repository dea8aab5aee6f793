"""The body of a write: a resource and its image, streamed as base64 instead of built in memory."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pybase64

from clinicpro_images.records.alex.resources import ResourceWithAttachment

_CHUNK = 90 * 1024  # a multiple of 3, so that only the last chunk is padded
_EMPTY_DATA = b'"data":""'


class AttachmentBody:
    """A resource and its attachment as JSON: `length` is exact, and each call of `chunks()` starts from the beginning.

    That makes it possible to send a write again after a 401.
    """

    def __init__(self, content: ResourceWithAttachment) -> None:
        """Raise ValueError if the resource has no attachment, or more than one."""
        self._head, self._tail = _split(content.resource)
        self._parts = content.parts
        self.resource = content.resource
        size = sum(map(len, self._parts))
        self.length = len(self._head) + 4 * ((size + 2) // 3) + len(self._tail)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield head, base64 and tail."""
        yield self._head
        for block in _blocks(self._parts):
            yield pybase64.b64encode(block)
        yield self._tail


def _blocks(parts: tuple[bytes, ...]) -> Iterator[bytes | memoryview]:
    """Yield the parts in blocks of `_CHUNK` bytes and a shorter last one; copies only blocks that span two parts."""
    partial = b""
    for part in parts:
        view, at = memoryview(part), 0
        if partial:
            at = _CHUNK - len(partial)
            partial += bytes(view[:at])
            if len(partial) < _CHUNK:
                continue
            yield partial
        while len(view) - at >= _CHUNK:
            yield view[at : at + _CHUNK]
            at += _CHUNK
        partial = bytes(view[at:])
    if partial:
        yield partial


def _split(resource: dict[str, Any]) -> tuple[bytes, bytes]:
    whole = json.dumps(_with_empty_data(resource), ensure_ascii=False, separators=(",", ":")).encode()
    # A quote inside a string is escaped, so this can only be the member itself.
    head, mark, tail = whole.partition(_EMPTY_DATA)
    if not mark or _EMPTY_DATA in tail:
        raise ValueError("the resource needs exactly one attachment")
    return head + mark[:-1], mark[-1:] + tail


def _with_empty_data(node: Any) -> Any:
    if isinstance(node, dict):
        filled = {key: _with_empty_data(value) for key, value in node.items()}
        return {**filled, "data": ""} if "contentType" in node else filled
    return [_with_empty_data(item) for item in node] if isinstance(node, list) else node
