"""JPEG previews of filed images: TIFFs converted for browsers, and thumbnails for the lists."""

from collections import OrderedDict

import anyio.to_thread

from alex_sandbox.storage.stored_resources import StoredResource, StoredResources

THUMBNAIL_EDGE = 320
LARGE_EDGE = 2400
_MAX_CACHED = 200


class PreviewRenderer:
    """Renders previews on demand and caches the most recent ones."""

    def __init__(self, stored: StoredResources) -> None:
        """Start with an empty cache."""
        self._stored = stored
        self._cache: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    async def preview(self, stored: StoredResource, edge: int) -> bytes:
        """Return a JPEG whose longest edge is at most `edge` pixels. Raises ValueError if it can't be decoded."""
        key = (stored.id, edge)
        if key not in self._cache:
            content = await self._stored.content(stored)
            self._cache[key] = await anyio.to_thread.run_sync(_jpeg, content, edge)
            while len(self._cache) > _MAX_CACHED:
                self._cache.popitem(last=False)
        self._cache.move_to_end(key)
        return self._cache[key]


def _jpeg(content: bytes, edge: int) -> bytes:
    import pyvips  # noqa: PLC0415 - loaded with the first preview, so that the sandbox starts quickly

    try:
        image = pyvips.Image.thumbnail_buffer(content, edge, height=edge, size="down")
        if image.hasalpha():
            image = image.flatten(background=[255, 255, 255])
        return bytes(image.jpegsave_buffer(Q=88, keep="none"))
    except pyvips.Error as error:
        raise ValueError("This image can't be decoded.") from error
