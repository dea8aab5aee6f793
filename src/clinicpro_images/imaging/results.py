"""What comes out of imaging. Apart from what makes it, so that the gateway knows the shapes without loading a decoder."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class CleanImage:
    """A picture or document that may be stored.

    `width` and `height` in pixels, of a PDF those of its first page at 150 dots per inch; `reencoded` is false where
    the scan was kept as it was; `pages` is more than 1 only for a PDF.
    """

    content: bytes
    content_type: Literal["image/jpeg", "image/png", "application/pdf"]
    width: int
    height: int
    reencoded: bool
    pages: int = 1


@dataclass(frozen=True)
class FittedImage:
    """What will be filed.

    `parts` follow each other; they are not joined where that would copy a picture only to put something in front of it.
    `width` and `height` in pixels; `quality` is None where the JPEG was not encoded again;
    `wrapped` is true where the captured JPEG or PDF went in as it is; `done` is a sentence for the review.
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
        """The parts as one."""
        return b"".join(self.parts)

    @property
    def size(self) -> int:
        """How long it is, in bytes."""
        return sum(map(len, self.parts))
