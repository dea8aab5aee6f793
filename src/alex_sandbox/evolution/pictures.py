"""Filed pictures as a browser can show them: TIFF rendered to JPEG, thumbnails for the lists."""

from collections import OrderedDict

import anyio.to_thread

from alex_sandbox.records import Record, Records

THUMBNAIL_EDGE = 320
LARGE_EDGE = 2400
_KEPT = 200


class Pictures:
    """Renders on demand and remembers the latest renderings."""

    def __init__(self, records: Records) -> None:
        """Start with nothing rendered."""
        self._records = records
        self._rendered: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    async def rendering(self, record: Record, edge: int) -> bytes:
        """JPEG, longest edge at most `edge` pixels; ValueError when the bytes can't be decoded."""
        key = (record.id, edge)
        if key not in self._rendered:
            content = await self._records.content(record)
            self._rendered[key] = await anyio.to_thread.run_sync(_jpeg, content, edge)
            while len(self._rendered) > _KEPT:
                self._rendered.popitem(last=False)
        self._rendered.move_to_end(key)
        return self._rendered[key]


def _jpeg(content: bytes, edge: int) -> bytes:
    import pyvips  # noqa: PLC0415 - only needed once something is looked at; the start stays quick

    try:
        picture = pyvips.Image.thumbnail_buffer(content, edge, height=edge, size="down")
        if picture.hasalpha():
            picture = picture.flatten(background=[255, 255, 255])
        return bytes(picture.jpegsave_buffer(Q=88, keep="none"))
    except pyvips.Error as error:
        raise ValueError("This picture can't be decoded.") from error
