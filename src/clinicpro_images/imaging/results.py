"""What comes out of imaging. Apart from what makes it, so that the gateway knows the shapes without loading a decoder."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class CleanPicture:
    """A picture that may be stored. `width` and `height` in pixels; `reencoded` is false where the scan was kept as it was."""

    content: bytes
    content_type: Literal["image/jpeg", "image/png"]
    width: int
    height: int
    reencoded: bool


@dataclass(frozen=True)
class Fitted:
    """What will be filed.

    `width` and `height` in pixels; `quality` is None where the JPEG was not encoded again;
    `wrapped` is true where the captured JPEG went in as it is; `done` is a sentence for the review.
    """

    content: bytes
    content_type: Literal["image/tiff", "image/jpeg"]
    width: int
    height: int
    quality: int | None
    wrapped: bool
    done: str
