"""The results of imaging, separate from the code that makes them, so that the gateway doesn't load a decoder."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class CleanImage:
    """An image or document that may be stored.

    `width` and `height` are in pixels, for a PDF those of its first page at 150 dots per inch; `reencoded` is
    false if the scan was kept unchanged; `pages` is more than 1 only for a PDF.
    """

    content: bytes
    content_type: Literal["image/jpeg", "image/png", "application/pdf"]
    width: int
    height: int
    reencoded: bool
    pages: int = 1


@dataclass(frozen=True)
class FittedImage:
    """The image or document to be filed.

    `parts` are consecutive; they aren't joined if that would copy an image only to prepend a header. `width`
    and `height` are in pixels; `quality` is None if the JPEG was not re-encoded; `unchanged` is true if the
    captured JPEG or PDF is included unchanged; `done` is a sentence for the review.
    """

    parts: tuple[bytes, ...]
    content_type: Literal["image/tiff", "image/jpeg", "application/pdf"]
    width: int
    height: int
    quality: int | None
    unchanged: bool
    done: str

    @property
    def content(self) -> bytes:
        """The parts, joined."""
        return b"".join(self.parts)

    @property
    def size(self) -> int:
        """The size of all parts, in bytes."""
        return sum(map(len, self.parts))
