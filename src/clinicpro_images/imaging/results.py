"""The results of imaging, separate from the code that makes them, so that the gateway doesn't load a decoder."""

from dataclasses import dataclass
from typing import Literal

from clinicpro_images.imaging.formats.exif import Taken
from clinicpro_images.imaging.limits import FitTarget

Outcome = Literal["unchanged", "re-compressed", "converted"]
"""What happened to the picture between being sent and being filed: nothing, one lossy encode, or pages became pictures."""


@dataclass(frozen=True)
class CleanImage:
    """An image or document that may be stored.

    `width` and `height` are in pixels, upright, for a PDF those of its first page at 150 dots per inch; `reencoded` is
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
    stored JPEG or PDF is included unchanged; `done` is a sentence for the review.
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


@dataclass(frozen=True)
class FittedDocument:
    """How a document is filed to an inbox. `content` is empty if that is as it is stored; `done` is as for `FittedImage`."""

    target: FitTarget
    content: bytes
    done: str


@dataclass(frozen=True)
class Intake:
    """Everything made from an uploaded file with one decode: what is stored, its renditions, and what will be filed.

    `sent_as` is the file's type. `view` and `thumb` are upright sRGB JPEGs, for a PDF of its first page; `view` is empty
    if the stored image is one itself and no larger. `fitted` is the JPEG that fits the limits; empty if the stored image
    is filed as it is, or if it is a document: `documents` says how that is filed. `encodes` counts the lossy encodes from
    what was sent to what is filed; `quality` and `done` are as for `FittedImage`.
    `incomplete` means that some of it could not be read, as every viewer shows it.
    """

    image: CleanImage
    sent_as: str
    view: bytes
    thumb: bytes
    fitted: bytes
    fitted_width: int
    fitted_height: int
    quality: int | None
    encodes: int
    outcome: Outcome
    done: str
    taken: Taken | None = None
    incomplete: bool = False
    documents: tuple[FittedDocument, ...] = ()
