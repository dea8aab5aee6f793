"""PDFs with marks that a reader draws: resources with unusual names, annotations, fields, stamps."""

import io
import warnings
from collections.abc import Callable

import pikepdf
from pikepdf import Array, Dictionary, Name, String

Change = Callable[[pikepdf.Pdf, pikepdf.Page], None]

FREE_NAMES = (
    "F",
    "JS",
    "AA",
    "EF",
    "OPI",
    "User",
    "Thumb",
    "Metadata",
    "AF",
    "PTEX",
    "PTEX.FileName",
    "PieceInfo",
)
"""Names that a writer may give to a resource, and that mean something else in other dictionaries."""

_RECT = [100, 400, 400, 500]


def page_with(change: Change, *, text: str = "Take 10 mg") -> bytes:
    """Return a one-page PDF with a line of text, changed by `change`."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(500, 600))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.Resources = Dictionary(Font=Dictionary(H=font), XObject=Dictionary())
    page.Contents = pdf.make_stream(f"BT /H 24 Tf 100 450 Td ({text}) Tj ET".encode())
    change(pdf, page)
    out = io.BytesIO()
    with warnings.catch_warnings(action="ignore", category=pikepdf.PageCopyWarning):
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def add(page: pikepdf.Page, instructions: str) -> None:
    """Add instructions to a page."""
    page.contents_add(instructions.encode())


def named_resource(kind: str, name: str) -> bytes:
    """Return a page that draws with a resource of this name: a form, a font, a state, a colour space, a pattern or a glyph."""

    def change(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        resources, key = page.Resources, f"/{name}"
        if kind == "XObject":
            resources.XObject[key] = pdf.make_stream(
                b"1 0 0 rg 0 0 80 40 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 80, 40])
            )
            add(page, f"q 1 0 0 1 50 50 cm {key} Do Q")
        elif kind == "Font":
            resources.Font[key] = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Courier)
            add(page, f"BT {key} 30 Tf 50 50 Td (STAMP) Tj ET")
        elif kind == "ExtGState":
            resources.ExtGState = Dictionary({key: Dictionary(LW=20)})
            add(page, f"q {key} gs 50 50 m 300 50 l S Q")
        elif kind == "ColorSpace":
            resources.ColorSpace = Dictionary(
                {key: Array([Name.CalRGB, Dictionary(WhitePoint=Array([0.95, 1, 1.09]))])}
            )
            add(page, f"q {key} cs 1 0 0 sc 50 50 80 40 re f Q")
        elif kind == "Shading":
            ramp = Dictionary(
                FunctionType=2, Domain=Array([0, 1]), C0=Array([1, 0, 0]), C1=Array([0, 0, 1]), N=1
            )
            resources.Shading = Dictionary(
                {
                    key: Dictionary(
                        ShadingType=2,
                        ColorSpace=Name.DeviceRGB,
                        Coords=Array([50, 50, 200, 50]),
                        Function=ramp,
                    )
                }
            )
            add(page, f"q 50 50 150 40 re W n {key} sh Q")
        else:
            glyph = pdf.make_stream(b"600 0 0 0 500 700 d1 0 0 500 700 re f")
            resources.Font.T = Dictionary(
                Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 600, 700]),
                FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]), CharProcs=Dictionary({key: glyph}),
                Encoding=Dictionary(Type=Name.Encoding, Differences=Array([65, Name(key)])),
                FirstChar=65, LastChar=65, Widths=Array([600]), Resources=Dictionary(),
            )  # fmt: skip
            add(page, "BT /T 40 Tf 50 50 Td (AA) Tj ET")

    return page_with(change)


KINDS = ("XObject", "Font", "ExtGState", "ColorSpace", "Shading", "CharProcs")


def annotated(
    subtype: str, *, flags: int = 4, appearance: bool = False, **keys: pikepdf.Object | None
) -> bytes:
    """Return a page with an annotation of this kind over its text, with these keys instead of the usual ones (None: without it)."""

    def change(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        left, bottom, right, top = _RECT
        note = Dictionary(
            Type=Name.Annot, Subtype=Name(f"/{subtype}"), Rect=Array(_RECT), F=flags, C=Array([1, 0, 0]), Contents=String("x"),
            QuadPoints=Array([left, top, right, top, left, bottom, right, bottom]),
            InkList=Array([Array([left, bottom, right, top])]),
            L=Array([left, bottom, right, top]), Vertices=Array([left, bottom, right, top, right, bottom]),
            Border=Array([0, 0, 4]), DA=String("/H 20 Tf 1 0 0 rg"),
        )  # fmt: skip
        if appearance:
            note.AP = Dictionary(
                N=pdf.make_stream(
                    b"0 0 1 rg 0 0 300 100 re f",
                    Type=Name.XObject,
                    Subtype=Name.Form,
                    BBox=Array([0, 0, 300, 100]),
                )
            )
        for key, value in keys.items():
            if value is None:
                del note[f"/{key}"]
            else:
                note[f"/{key}"] = value
        page.Annots = Array([pdf.make_indirect(note)])

    return page_with(change)


def with_field(
    value: str, *, flags: int = 4, field_flags: int = 0, appearance: bytes = b"", listed: bool = True
) -> bytes:
    """Return a page with a text field; its appearance, if any, is these instructions. Only if it is `listed`, there is a form."""

    def change(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        field = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("f"), V=String(value), F=flags, Ff=field_flags,
            Rect=Array([50, 100, 450, 300]), DA=String("/Helv 20 Tf 0 g"),
        )  # fmt: skip
        helvetica = Dictionary(
            Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
        )
        fonts = Dictionary(Font=Dictionary(Helv=helvetica))
        if appearance:
            form = pdf.make_stream(
                appearance,
                Type=Name.XObject,
                Subtype=Name.Form,
                BBox=Array([0, 0, 400, 200]),
                Resources=fonts,
            )
            field.AP = Dictionary(N=form)
        field = pdf.make_indirect(field)
        page.Annots = Array([field])
        if not listed:
            return
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]), DR=fonts, DA=String("/Helv 0 Tf 0 g"))
        if not appearance:
            pdf.Root.AcroForm.NeedAppearances = True

    return page_with(change)


def with_miscounted_table() -> bytes:
    """Return a page whose instructions come, in the table of objects, behind a part that states two and has one."""
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 600]/Contents 19 0 R>>",
        12: b"[]",
        19: b"<</Length 30>>\nstream\n1 0 0 rg 100 400 300 100 re f \nendstream",
        53: b"[]",
    }
    content, table = b"%PDF-1.7\n", b"xref\n0 1\n0000000000 65535 f \n"
    for number, body in objects.items():
        table += b"%d %d\n%010d 00000 n \n" % (number, 1 + (number == 12), len(content))
        content += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    return content + table + b"trailer\n<</Size 54/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(content)
