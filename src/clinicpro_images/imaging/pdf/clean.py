"""A PDF with nothing left but its pages: no metadata, scripts, attachments, forms, links, or layers' names."""

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

_ROOT: Final = frozenset({"/Type", "/Pages", "/OCProperties"})
_TREE: Final = frozenset(
    {"/Type", "/Kids", "/Count", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/Rotate"}
)
_PAGE: Final = _TREE | {"/Contents", "/UserUnit", "/Group"}
_FORM: Final = frozenset(
    {
        "/Type", "/Subtype", "/FormType", "/BBox", "/Matrix", "/Resources", "/Group", "/OC",
        "/Length", "/Filter", "/DecodeParms",
    }
)  # fmt: skip
_NEVER: Final = frozenset(
    {
        "/Metadata", "/PieceInfo", "/LastModified", "/AA", "/OpenAction", "/JS", "/JavaScript", "/AF", "/EF", "/Thumb",
        "/StructParent", "/StructParents", "/OPI", "/CreatorInfo", "/User", "/F", "/FFilter", "/FDecodeParms",
    }
)  # fmt: skip
"""Metadata, actions, files and other programs' notes, whatever they hang on."""
_LAYERS: Final = frozenset({"/OCGs", "/D"})
_LAYERS_SHOWN: Final = frozenset({"/BaseState", "/ON", "/OFF", "/Intent", "/AS"})
_DEEPEST: Final = 60

BROKEN: Final = "This PDF is damaged or incomplete. Copy or scan it again."


def clean_pdf(content: bytes) -> CleanImage:
    """Return the PDF's pages and nothing else; what annotations and filled-in forms show becomes part of the page.

    The same file always gives the same bytes. The size is that of the first page at 150 dots per inch.
    Raises PictureUnsupported (protected, or a form that only its own program can show), PictureTooLarge (more than 20
    pages), PictureBroken.
    """
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            _refuse(pdf)
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
    shown = pdf_pages.sizes(cleaned)
    if len(shown) != pages:
        raise ImageBroken(BROKEN, integrator=f"qpdf sees {pages} pages, pdfium {len(shown)}.")
    width, height = pdf_pages.at_150_dpi(shown[0])
    return CleanImage(cleaned, "application/pdf", width, height, reencoded=False, pages=pages)


_PROTECTED: Final = (
    "This PDF is protected with a password. Open it, print it to a new PDF without protection, and add that."
)


def _refuse(pdf: pikepdf.Pdf) -> None:
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
            "This PDF is a form that only Adobe's own program can show. Print it to a new PDF and add that.",
            integrator="Dynamic XFA.",
        )


def _flatten(pdf: pikepdf.Pdf) -> None:
    """Draw onto the page what annotations and form fields show, so that taking them out hides nothing."""
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, Dictionary) and form.get("/NeedAppearances", False):
        pdf.generate_appearance_streams()
    if any("/Annots" in page for page in pdf.pages):
        pdf.flatten_annotations("all")


def _strip(pdf: pikepdf.Pdf) -> None:
    _keep(pdf.Root, _ROOT)
    for key in [key for key in pdf.trailer.keys() if key not in {"/Root", "/Size"}]:  # noqa: SIM118 - an Object has no iterator
        del pdf.trailer[key]
    layers = pdf.Root.get("/OCProperties")
    if isinstance(layers, Dictionary):
        _keep(layers, _LAYERS)
        shown = layers.get("/D")
        if isinstance(shown, Dictionary):
            _keep(shown, _LAYERS_SHOWN)
    for page in pdf.pages:
        _keep(page.obj, _PAGE)
    pdf_drawing.silence(pdf)
    pdf.remove_unreferenced_resources()
    for part in pdf.objects:
        _strip_part(part, 0)


def _strip_part(part: Object, depth: int) -> None:
    """Strip one object and what stands directly in it; what is referred to has its own turn."""
    if depth > _DEEPEST:
        raise ImageBroken(BROKEN, integrator="A PDF object is nested too deeply.")
    children: list[Any] = []
    if isinstance(part, pikepdf.Array):
        children = list(part)
    elif isinstance(part, Dictionary | pikepdf.Stream):
        _strip_keys(part)
        children = [part.get(key) for key in list(part.keys())]
    for child in children:
        if isinstance(child, Object) and not child.is_indirect:
            _strip_part(child, depth + 1)


def _strip_keys(part: Dictionary | pikepdf.Stream) -> None:
    kind = part.get("/Type")
    if kind == Name.Pages:
        _keep(part, _TREE)
    elif kind == Name.OCG:
        part.Name = pikepdf.String("Layer")
    elif isinstance(part, pikepdf.Stream) and part.get("/Subtype") == Name.Form:
        _keep(part, _FORM)
    _drop(part, [key for key in part.keys() if key in _NEVER or key.startswith("/PTEX")])  # noqa: SIM118 - as above
    _forget_marks(part)
    if isinstance(part, pikepdf.Stream):
        pdf_streams.clean_stream(part)


def _forget_marks(part: Object) -> None:
    """Empty the property lists of marked content, which hold whatever a program likes; layers stay what they are."""
    marks = part.get("/Properties")
    if isinstance(marks, Dictionary):
        for key in list(marks.keys()):
            mark: Any = marks.get(key)
            if not isinstance(mark, Dictionary) or mark.get("/Type") not in {Name.OCG, Name.OCMD}:
                marks[key] = Dictionary()


def _keep(part: Object, wanted: frozenset[str]) -> None:
    _drop(part, [key for key in part.keys() if key not in wanted])  # noqa: SIM118 - an Object has no iterator


def _drop(part: Object, keys: list[str]) -> None:
    for key in keys:
        del part[key]
