"""Reduce a PDF to its pages: no metadata, scripts, attachments, forms, links or layer names."""

import io
import zlib
from typing import Any, Final

import pikepdf
import pypdfium2
import pyvips
from pikepdf import Dictionary, Name, Object

from clinicpro_images.imaging.errors import PDF_UNREAD, ImageBroken, ImageUnsupported
from clinicpro_images.imaging.limits import MAX_PDF_PAGES
from clinicpro_images.imaging.pdf import annotations as pdf_annotations
from clinicpro_images.imaging.pdf import drawing as pdf_drawing
from clinicpro_images.imaging.pdf import header as pdf_header
from clinicpro_images.imaging.pdf import pages as pdf_pages
from clinicpro_images.imaging.pdf import place as pdf_place
from clinicpro_images.imaging.pdf import seen as pdf_seen
from clinicpro_images.imaging.pdf import streams as pdf_streams
from clinicpro_images.imaging.pdf.cut_off import is_cut_off
from clinicpro_images.imaging.pdf.saving import saved
from clinicpro_images.imaging.results import CleanImage

_ROOT_KEYS: Final = frozenset({"/Type", "/Pages", "/OCProperties"})
_TREE_KEYS: Final = frozenset(
    {"/Type", "/Kids", "/Count", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/Rotate"}
)
_PAGE_KEYS: Final = _TREE_KEYS | {"/Contents", "/UserUnit", "/Group"}
_FORM_KEYS: Final = frozenset(
    {
        "/Type", "/Subtype", "/FormType", "/BBox", "/Matrix", "/Resources", "/Group", "/OC",
        "/Length", "/Filter", "/DecodeParms",
    }
)  # fmt: skip
_REMOVED: Final = frozenset(
    {
        "/Metadata", "/PieceInfo", "/LastModified", "/AA", "/OpenAction", "/JS", "/JavaScript", "/AF", "/EF", "/Thumb",
        "/StructParent", "/StructParents", "/OPI", "/CreatorInfo", "/User", "/F", "/FFilter", "/FDecodeParms",
    }
)  # fmt: skip
"""Metadata, actions, embedded files and private data of other programs, on any object."""
_RESOURCE_KEYS: Final = frozenset(
    {"/XObject", "/Font", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/Properties", "/ProcSet"}
)
_LAYER_KEYS: Final = frozenset({"/OCGs", "/D"})
_LAYER_CONFIG_KEYS: Final = frozenset({"/BaseState", "/ON", "/OFF", "/Intent", "/AS"})


def clean_pdf(content: bytes, *, edge: int) -> tuple[CleanImage, pyvips.Image | None, bool]:
    """Return the PDF's pages and nothing else, as a reader shows them; annotations and form fields become part of the page.

    The first page comes with it, its longest edge `edge` pixels, if looking at it was enough; and whether something on a
    page was cut off, which readers show as far as it goes.

    Each page is drawn before and after. One that looks different becomes a picture, as does every page of a file that
    can be drawn but not cleaned. The same file always gives the same bytes. The size is that of the first page at 150
    dots per inch. Raises ImageUnsupported (protected, or with content that only another program can display),
    ImageTooLarge (more than 20 pages), ImageBroken.
    """
    content = pdf_header.without_surroundings(content)
    incomplete = False
    try:
        content, cleaned, pages, incomplete = _stripped(content)
    except pikepdf.PasswordError as error:
        raise ImageUnsupported(_PROTECTED) from error
    except _CAN_NOT_BE_CLEANED as error:
        if _NO_PAGE_TREE in str(error):
            raise ImageBroken(PDF_UNREAD, integrator="qpdf finds no tree of pages.") from error
        cleaned = error
    if isinstance(cleaned, Exception):
        seen = _redrawn(content, cleaned)
        pages = seen.pictures
    else:
        seen = pdf_seen.with_pictures(content, cleaned, pages, edge=edge)
    shown = pdf_pages.page_sizes(seen.content)
    if len(shown) != pages:
        raise ImageBroken(PDF_UNREAD, integrator=f"qpdf sees {pages} pages, pdfium {len(shown)}.")
    width, height = pdf_pages.pixels_at_150_dpi(shown[0])
    reencoded = seen.pictures > 0
    image = CleanImage(seen.content, "application/pdf", width, height, reencoded=reencoded, pages=pages)
    return image, seen.first, incomplete


_NO_PAGE_TREE: Final = "unable to find page tree"
"""In qpdf's error. pdfium finds pages even so, but not what they inherit, such as their size."""

_CAN_NOT_BE_CLEANED: Final = (
    pdf_drawing.NeedsDrawing, pikepdf.PdfError, pikepdf.DependencyError, ValueError,
    TypeError, KeyError, RuntimeError, RecursionError, zlib.error
)  # fmt: skip


def _stripped(content: bytes) -> tuple[bytes, bytes | Exception, int, bool]:
    """Return the file as every program draws it, the same file cleaned or why it can't be, and its number of pages.

    And whether something on them was cut off.
    """
    with pikepdf.open(io.BytesIO(content)) as pdf:
        values = check_accepted(pdf)
        pages = len(pdf.pages)
        incomplete = is_cut_off(pdf)
        orphans, undrawn = pdf_annotations.show_orphans(pdf), pdf_annotations.show_undrawn(pdf)
        if orphans or undrawn or values:
            content = saved(pdf)
        try:
            _flatten(pdf)
            _strip(pdf)
            cleaned = saved(pdf)
        except _CAN_NOT_BE_CLEANED as error:
            if values:
                raise ImageUnsupported(_UNDRAWN, integrator="The fields' text can't be read back.") from error
            return content, error, pages, incomplete
    if values and not pdf_annotations.shows(cleaned, values):
        raise ImageUnsupported(
            _UNDRAWN, integrator="The appearance of a field shows another text than its value."
        )
    return content, cleaned, pages, incomplete


def _redrawn(content: bytes, cause: Exception) -> pdf_seen.Seen:
    """Return the pages as pictures, if the program that draws them can read a file that can't be cleaned."""
    try:
        return pdf_seen.redrawn(content)
    except (pypdfium2.PdfiumError, OSError) as error:
        if getattr(error, "err_code", None) in _LOCKED:
            raise ImageUnsupported(_PROTECTED) from error
        integrator = f"Neither qpdf ({type(cause).__name__}) nor pdfium could read it."
        raise ImageBroken(PDF_UNREAD, integrator=integrator) from error


_LOCKED: Final = frozenset({pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY})

_PROTECTED: Final = (
    "This PDF is password-protected. Open it, print it to a new PDF without protection, and add that."
)


_UNDRAWN: Final = (
    "This PDF has notes, drawings or form fields on it that can't be filed as other programs show them. "
    "Print it to a new PDF and add that."
)


def check_accepted(pdf: pikepdf.Pdf) -> list[str]:
    """Refuse what can't be read or displayed here. Raises ImageTooLarge, ImageBroken, ImageUnsupported.

    Return the values that the fields' appearances have to show.
    """
    if pdf.is_encrypted and not pdf.user_password_matched:
        # qpdf opens it by an owner's password that is empty; readers ask for the user's.
        raise ImageUnsupported(_PROTECTED)
    if len(pdf.pages) > MAX_PDF_PAGES:
        raise pdf_seen.too_many_pages(len(pdf.pages))
    if not len(pdf.pages):
        raise ImageBroken(PDF_UNREAD, integrator="The PDF has no pages.")
    if pdf.Root.get("/NeedsRendering", False):
        raise ImageUnsupported(
            "This PDF is a form that only Adobe's software can display. Print it to a new PDF and add that.",
            integrator="Dynamic XFA.",
        )
    return pdf_annotations.check(pdf, _UNDRAWN)


def _flatten(pdf: pikepdf.Pdf) -> None:
    """Draw the annotations and fields that have an appearance onto the page; pages with others are found by looking at them."""
    if any("/Annots" in page for page in pdf.pages):
        pdf.flatten_annotations("screen")


def _strip(pdf: pikepdf.Pdf) -> None:
    _keep_keys(pdf.Root, _ROOT_KEYS)
    for key in [key for key in pdf.trailer.keys() if key not in {"/Root", "/Size"}]:  # noqa: SIM118 - an Object has no iterator
        del pdf.trailer[key]
    layers = pdf.Root.get("/OCProperties")
    if isinstance(layers, Dictionary):
        _keep_keys(layers, _LAYER_KEYS)
        shown = layers.get("/D")
        if isinstance(shown, Dictionary):
            _keep_keys(shown, _LAYER_CONFIG_KEYS)
    for page in pdf.pages:
        _keep_keys(page.obj, _PAGE_KEYS)
    pdf_drawing.strip_text(pdf)
    pdf.remove_unreferenced_resources()
    pdf_place.walk(pdf, _strip_keys)


def _strip_keys(item: Dictionary | pikepdf.Stream) -> None:
    kind = item.get("/Type")
    if kind == Name.Pages:
        _keep_keys(item, _TREE_KEYS)
    elif kind == Name.OCG:
        # MuPDF takes layers that are equal for one.
        item.Name = pikepdf.String(f"Layer {item.objgen[0]}")
    elif isinstance(item, pikepdf.Stream) and item.get("/Subtype") == Name.Form:
        _keep_keys(item, _FORM_KEYS)
    _drop_keys(item, [key for key in item.keys() if key in _REMOVED or key.startswith("/PTEX")])  # noqa: SIM118 - as above
    resources = item.get("/Resources")
    if isinstance(resources, Dictionary):
        _keep_keys(resources, _RESOURCE_KEYS)
    _empty_property_lists(item)
    if isinstance(item, pikepdf.Stream):
        pdf_streams.clean_stream(item)


def _empty_property_lists(item: Object) -> None:
    """Empty the property lists of marked content, in which programs store arbitrary data; layers are kept."""
    lists = item.get("/Properties")
    if isinstance(lists, Dictionary):
        for key in list(lists.keys()):
            each: Any = lists.get(key)
            if not isinstance(each, Dictionary) or each.get("/Type") not in {Name.OCG, Name.OCMD}:
                lists[key] = Dictionary()


def _keep_keys(item: Object, wanted: frozenset[str]) -> None:
    _drop_keys(item, [key for key in item.keys() if key not in wanted])  # noqa: SIM118 - an Object has no iterator


def _drop_keys(item: Object, keys: list[str]) -> None:
    for key in keys:
        del item[key]
