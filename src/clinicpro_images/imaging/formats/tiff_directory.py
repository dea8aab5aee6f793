"""Read the directories of a TIFF or BigTIFF: their tags, and where the next one is."""

import struct
from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""Of one value of each type, in bytes."""
_LONG, _LONG8 = 4, 16
_MAX_TAGS: Final = 65_535

Tag = tuple[int, int, bytes]
"""Type, count and the value's bytes."""


@dataclass(frozen=True)
class Layout:
    """How a file's directories are written: in which byte order, and in a BigTIFF with offsets and counts of 8 bytes."""

    order: str
    """As `struct` writes it."""
    big: bool

    @classmethod
    def of(cls, content: bytes) -> "Layout":
        """Read it from the first bytes."""
        return cls("<" if content[:2] == b"II" else ">", b"+" in content[:4])

    def first(self, content: bytes) -> int:
        """Return where the first directory is. Raises ImageBroken."""
        return unpack(content, 8 if self.big else 4, self.order + self.offset)

    @property
    def offset(self) -> str:
        """The letter of an offset or a count for `struct`."""
        return "Q" if self.big else "I"

    @property
    def offset_bytes(self) -> int:
        """The size of an offset or a count; a value of that size is in the entry itself."""
        return 8 if self.big else 4


def read_directory(
    content: bytes, at: int, layout: Layout, needed: frozenset[int]
) -> tuple[dict[int, Tag], int]:
    """Return a directory's tags, with numbers of 8 bytes as numbers of 4, and where the next directory is.

    Raises ImageBroken if it is truncated, or if one of the tags that are `needed` is.
    """
    order, inside = layout.order, layout.offset_bytes
    count = unpack(content, at, order + ("Q" if layout.big else "H"))
    first = at + (8 if layout.big else 2)
    after = first + (4 + 2 * inside) * count
    if after > len(content) or count > _MAX_TAGS:
        raise ImageBroken(integrator="A TIFF directory is truncated.")
    tags: dict[int, Tag] = {}
    for entry in range(first, after, 4 + 2 * inside):
        tag, kind, number = struct.unpack_from(order + "HH" + layout.offset, content, entry)
        size = _SIZES.get(kind, 0) * number
        start = entry + 4 + inside
        if size > inside:
            start = unpack(content, start, order + layout.offset)
        if start + size <= len(content):
            tags.setdefault(tag, _narrowed(kind, number, content[start : start + size], order))
        elif tag in needed:
            raise ImageBroken(integrator=f"TIFF tag {tag} points past the end of the file.")
    # Some programs leave out the pointer to a next page that isn't there.
    following = unpack(content, after, order + layout.offset) if after + inside <= len(content) else 0
    return tags, following


def _narrowed(kind: int, count: int, value: bytes, order: str) -> Tag:
    """Return numbers of 8 bytes, which only BigTIFF has, as numbers of 4; one that is too large points past any file's end."""
    if kind != _LONG8:
        return kind, count, value
    numbers = struct.unpack(f"{order}{count}Q", value)
    return _LONG, count, struct.pack(f"{order}{count}I", *(min(each, 2**32 - 1) for each in numbers))


def unpack(content: bytes, at: int, shape: str) -> int:
    """Return the number at a place. Raises ImageBroken."""
    try:
        number: int = struct.unpack_from(shape, content, at)[0]
    except struct.error as error:
        raise ImageBroken(integrator="The TIFF ends within its directory.") from error
    return number
