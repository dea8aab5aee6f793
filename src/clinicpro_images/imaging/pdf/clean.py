"""Reduce a PDF to its pages: no metadata, scripts, attachments, forms, links or layer names."""

import io
from typing import Any, Final

import pikepdf
from pikepdf import Dictionary, Name, Object

from clinicpro_images.imaging.errors import ImageBroken, ImageTooLarge, ImageUnsupported
from clinicpro_images.imaging.limits import MAX_PDF_PAGES
from clinicpro_images.imaging.pdf import drawing as pdf_drawing
from clinicpro_images.imaging.pdf import pages as pdf_pages
from clinicpro_images.imaging.pdf import streams as pdf_streams
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
_LAYER_KEYS: Final = frozenset({"/OCGs", "/D"})
_LAYER_CONFIG_KEYS: Final = frozenset({"/BaseState", "/ON", "/OFF", "/Intent", "/AS"})
_MAX_DEPTH: Final = 60

BROKEN: Final = "This PDF is damaged or incomplete. Export or scan it again."


def clean_pdf(content: bytes) -> CleanImage:
    """Return the PDF's pages and nothing else; the appearance of annotations and completed forms becomes part of the page.

    The same file always gives the same bytes. The size is that of the first page at 150 dots per inch. Raises
    ImageUnsupported (protected, or a form that only Adobe's program can display), ImageTooLarge (more than 20
    pages), ImageBroken.
    """
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            _check_accepted(pdf)
            pages = len(pdf.pages)
            _flatten(pdf)
            _strip(pdf)
            out = io.BytesIO()
            pdf.save(
                out,
                deterministic_id=True,
                compress_streams=True,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
            )
    except pikepdf.PasswordError as error:
        raise ImageUnsupported(_PROTECTED) from error
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RuntimeError, RecursionError) as error:
        raise ImageBroken(BROKEN, integrator=f"qpdf could not read it ({type(error).__name__}).") from error
    cleaned = out.getvalue()
    shown = pdf_pages.page_sizes(cleaned)
    if len(shown) != pages:
        raise ImageBroken(BROKEN, integrator=f"qpdf sees {pages} pages, pdfium {len(shown)}.")
    width, height = pdf_pages.pixels_at_150_dpi(shown[0])
    return CleanImage(cleaned, "application/pdf", width, height, reencoded=False, pages=pages)


_PROTECTED: Final = (
    "This PDF is password-protected. Open it, print it to a new PDF without protection, and add that."
)


def _check_accepted(pdf: pikepdf.Pdf) -> None:
    if pdf.is_encrypted:
        raise ImageUnsupported(_PROTECTED)
    if len(pdf.pages) > MAX_PDF_PAGES:
        raise ImageTooLarge(
            f"This document has {len(pdf.pages)} pages; at most {MAX_PDF_PAGES} can be filed. Split it and add the parts."
        )
    if not len(pdf.pages):
        raise ImageBroken(BROKEN, integrator="The PDF has no pages.")
    if pdf.Root.get("/NeedsRendering", False):
        raise ImageUnsupported(
            "This PDF is a form that only Adobe's software can display. Print it to a new PDF and add that.",
            integrator="Dynamic XFA.",
        )


def _flatten(pdf: pikepdf.Pdf) -> None:
    """Draw annotations and form fields onto the page, so that removing them hides nothing."""
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, Dictionary) and form.get("/NeedAppearances", False):
        pdf.generate_appearance_streams()
    if any("/Annots" in page for page in pdf.pages):
        pdf.flatten_annotations("all")


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
    for item in pdf.objects:
        _strip_object(item, 0)


def _strip_object(item: Object, depth: int) -> None:
    """Strip an object and its direct children; indirect objects are visited on their own."""
    if depth > _MAX_DEPTH:
        raise ImageBroken(BROKEN, integrator="A PDF object is nested too deeply.")
    children: list[Any] = []
    if isinstance(item, pikepdf.Array):
        children = list(item)
    elif isinstance(item, Dictionary | pikepdf.Stream):
        _strip_keys(item)
        children = [item.get(key) for key in list(item.keys())]
    for child in children:
        if isinstance(child, Object) and not child.is_indirect:
            _strip_object(child, depth + 1)


def _strip_keys(item: Dictionary | pikepdf.Stream) -> None:
    kind = item.get("/Type")
    if kind == Name.Pages:
        _keep_keys(item, _TREE_KEYS)
    elif kind == Name.OCG:
        item.Name = pikepdf.String("Layer")
    elif isinstance(item, pikepdf.Stream) and item.get("/Subtype") == Name.Form:
        _keep_keys(item, _FORM_KEYS)
    _drop_keys(item, [key for key in item.keys() if key in _REMOVED or key.startswith("/PTEX")])  # noqa: SIM118 - as above
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
