"""The body of a write: a resource with its picture inside, streamed as base64 instead of built in memory."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pybase64

from clinicpro_images.alex.resources import Attached

_CHUNK = 90 * 1024  # a multiple of 3, so that no chunk but the last is padded
_MARK = b'"data":""'


class AttachedBody:
    """A resource and its attachment as JSON: `length` is exact, and `chunks()` starts anew each time.

    Starting anew is what lets a write that was refused for its token be sent again.
    """

    def __init__(self, attached: Attached) -> None:
        """Raise ValueError where the resource has no attachment, or more than one."""
        self._head, self._tail = _split(attached.resource)
        self._content = attached.content
        self.length = len(self._head) + 4 * ((len(self._content) + 2) // 3) + len(self._tail)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield head, base64 and tail."""
        yield self._head
        view = memoryview(self._content)
        for start in range(0, len(view), _CHUNK):
            yield pybase64.b64encode(view[start : start + _CHUNK])
        yield self._tail


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
