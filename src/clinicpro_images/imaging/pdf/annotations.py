"""Annotations and form fields that neither cleaning nor drawing shows as a reader shows them."""

import unicodedata
from collections.abc import Iterator
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
        if kind in _NOT_DRAWN_WITHOUT_APPEARANCE and not drawn:
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


def _is_drawn(annotation: Dictionary) -> bool:
    return isinstance(annotation.get("/AP"), Dictionary) and "/N" in annotation.AP


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
