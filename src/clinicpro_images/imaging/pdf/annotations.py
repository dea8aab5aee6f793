"""Annotations and form fields that neither cleaning nor drawing shows as a reader shows them."""

import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name

from clinicpro_images.imaging.errors import ImageUnsupported

_NOT_DRAWN_WITHOUT_APPEARANCE: Final = frozenset(
    {"/Line", "/Polygon", "/PolyLine", "/FreeText", "/Stamp", "/Caret", "/Redact"}
)
"""Kinds that readers draw from their description alone, and pdfium doesn't."""
_HIDDEN: Final = 0b10_0010
"""The flags `hidden` and `no view`."""
_MAX_PARENTS: Final = 20


def check(pdf: pikepdf.Pdf, sentence: str) -> list[str]:
    """Raise ImageUnsupported with this sentence for what would be missing from the pages.

    Return the values of the fields if the form asks for new appearances, and only those it has show some letters: they
    are kept if they show all of the values.
    """
    form = pdf.Root.get("/AcroForm")
    redraws = isinstance(form, Dictionary) and bool(form.get("/NeedAppearances", False))
    special, values = False, []
    for annotation in _visible(pdf):
        kind = str(annotation.get("/Subtype"))
        drawn = _is_drawn(annotation)
        # Some programs draw it yellow, some black over its text.
        of_any_colour = kind == "/Highlight" and annotation.get("/C") is None
        if (kind in _NOT_DRAWN_WITHOUT_APPEARANCE or of_any_colour) and not drawn:
            raise ImageUnsupported(sentence, integrator=f"An annotation {kind} without an appearance.")
        if kind != "/Widget":
            continue
        value = _text(annotation)
        values.append(value)
        if not _is_plain(value):
            special = True
            if not drawn:
                raise ImageUnsupported(
                    sentence, integrator="A field with letters that its standard font lacks."
                )
    if not (redraws and special):
        return []
    pdf.Root.AcroForm.NeedAppearances = False
    return values


def shows(content: bytes, values: list[str]) -> bool:
    """Return whether a PDF's text has all these values, whatever spaces and lines are between their letters."""
    with pypdfium2.PdfDocument(content) as document:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
    return all(_solid(value) in _solid(text) for value in values)


def _solid(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(text.split()))


def show_orphans(pdf: pikepdf.Pdf) -> bool:
    """Turn the fields of a file without a form into stamps; return whether there were any.

    Programs that take pages out of a form leave such fields. Readers draw their appearances; pdfium and qpdf only those
    of other annotations.
    """
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, Dictionary) and "/Fields" in form:
        return False
    orphans = [each for each in _annotations(pdf) if each.get("/Subtype") == Name.Widget]
    for each in orphans:
        each.Subtype = Name.Stamp
    return any(_is_drawn(each) for each in orphans)


def show_undrawn(pdf: pikepdf.Pdf) -> bool:
    """Make pdfium draw what readers draw from its description alone; return whether anything had to be changed for that.

    It takes an empty appearance for one, and cuts off freehand lines outside the annotation's rectangle, which some programs
    write wrongly.
    """
    changed = False
    for each in _visible(pdf):
        if each.get("/Subtype") == Name.Widget or _is_drawn(each):
            continue
        if "/AP" in each:
            del each["/AP"]
            changed = True
        if each.get("/Subtype") == Name.Ink:
            changed = _reach_all_lines(each) or changed
    return changed


def _reach_all_lines(ink: Dictionary) -> bool:
    """Enlarge the rectangle of freehand lines so that all of them are in it; return whether they weren't."""
    rectangle, lines = _numbers(ink.get("/Rect")), ink.get("/InkList")
    points = [_numbers(line) for line in lines] if isinstance(lines, Array) else []
    across = [x for line in points for x in line[::2]]
    up = [y for line in points for y in line[1::2]]
    if len(rectangle) != 4 or not across or not up:  # two corners
        return False
    left, right = sorted(rectangle[::2])
    bottom, top = sorted(rectangle[1::2])
    if left <= min(across) and max(across) <= right and bottom <= min(up) and max(up) <= top:
        return False
    ink.Rect = Array([min(across), min(up), max(across), max(up)])
    return True


def _numbers(array: object) -> list[float]:
    """Return an array's numbers; empty if it isn't one, or holds anything else."""
    if not isinstance(array, Array):
        return []
    values: list[Any] = list(array)
    return [float(each) for each in values] if all(isinstance(each, int | Decimal) for each in values) else []


def _is_drawn(annotation: Dictionary) -> bool:
    """Return whether it has an appearance, or one for each of its states, of which none may be meant."""
    appearance = annotation.get("/AP")
    normal = appearance.get("/N") if isinstance(appearance, Dictionary) else None
    return isinstance(normal, pikepdf.Stream) or (isinstance(normal, Dictionary) and bool(len(normal.keys())))


def _visible(pdf: pikepdf.Pdf) -> Iterator[Dictionary]:
    return (each for each in _annotations(pdf) if not int(each.get("/F", 0)) & _HIDDEN)


def _annotations(pdf: pikepdf.Pdf) -> Iterator[Dictionary]:
    for page in pdf.pages:
        annotations = page.obj.get("/Annots")
        for each in annotations if isinstance(annotations, Array) else ():
            if isinstance(each, Dictionary):
                yield each


def _text(widget: Dictionary) -> str:
    """Return a field's value, which may be its parent's."""
    holder: Any = widget
    for _ in range(_MAX_PARENTS):
        if not isinstance(holder, Dictionary):
            break
        value = holder.get("/V")
        if isinstance(value, pikepdf.String):
            return str(value)
        holder = holder.get("/Parent")
    return ""


def _is_plain(text: str) -> bool:
    """Return whether there are only letters of Windows' Western code page, which the standard fonts have."""
    try:
        text.replace("\r", "").replace("\n", "").encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
