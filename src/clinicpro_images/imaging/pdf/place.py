"""Strip a PDF's objects by where they are: in some dictionaries the keys are names that its writer chose."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pikepdf
from pikepdf import Dictionary, Object

_FREE_NAMES: Final = frozenset(
    {
        "/XObject", "/Font", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/Properties", "/CharProcs",
        "/Colorants", "/DestOutputProfiles",
    }
)  # fmt: skip
"""The members whose dictionary has a resource, a glyph or an ink under each key: one called /F or /JS is not a file or a script."""
_MAX_OBJECTS: Final = 500_000


class TooManyObjects(ValueError):
    """The file has more objects than any document of 20 pages."""


def walk(pdf: pikepdf.Pdf, strip: Callable[[Dictionary | pikepdf.Stream], None]) -> None:
    """Call `strip` for each dictionary and stream that can be reached, except those whose keys are free names.

    What `strip` removes is not walked. Raises TooManyObjects.
    """
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Any, bool]] = [(pdf.Root, False)]
    count = 0
    while waiting:
        item, free = waiting.pop()
        count += 1
        if count > _MAX_OBJECTS:
            raise TooManyObjects("The PDF has too many objects.")
        if item.is_indirect:
            if item.objgen in seen:
                continue
            seen.add(item.objgen)
        if not free and isinstance(item, Dictionary | pikepdf.Stream):
            strip(item)
        waiting += _children(item, free=free)


def _children(item: Object, *, free: bool) -> Iterator[tuple[Any, bool]]:
    if isinstance(item, pikepdf.Array):
        for each in list(item):
            if isinstance(each, Object):
                yield each, False
    elif isinstance(item, Dictionary | pikepdf.Stream):
        for key in list(item.keys()):
            member: Any = item.get(key)
            if isinstance(member, Object):
                yield member, not free and key in _FREE_NAMES and isinstance(member, Dictionary)
