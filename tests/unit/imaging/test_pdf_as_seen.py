"""A cleaned PDF shows what a reader showed: nothing missing, nothing that was hidden."""

import io

import numpy as np
import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops, ImageStat

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.results import CleanImage
from containers import document_pdf, everything_in, protected_pdf
from image_files import make_jpeg
from marked_pdfs import (
    FREE_NAMES,
    KINDS,
    add,
    annotated,
    named_resource,
    page_with,
    with_field,
    with_miscounted_table,
)


def drawn(content: bytes) -> Image.Image:
    """The first page as pdfium draws it, with annotations and fields."""
    document = pypdfium2.PdfDocument(content)
    try:
        if document.get_formtype():
            document.init_forms()
        image: Image.Image = document[0].render(scale=1, may_draw_forms=True).to_pil().convert("RGB")
        return image
    finally:
        document.close()


def difference(before: bytes, after: bytes) -> float:
    """The largest mean difference of any tenth of the page."""
    changed = ImageChops.difference(drawn(before), drawn(after))
    return float(np.asarray(changed.resize((10, 10), Image.Resampling.BOX).convert("L")).max())


def cleaned_as_seen(content: bytes) -> CleanImage:
    cleaned = clean(content)
    # A picture of a page is drawn larger and scaled down again, which smooths its letters.
    assert difference(content, cleaned.content) < (9 if cleaned.reencoded else 2)
    return cleaned


def redness(content: bytes) -> float:
    red, green, _blue = ImageStat.Stat(drawn(content)).mean
    return float(red - green)


@pytest.mark.parametrize("name", FREE_NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_may_have_any_name(kind: str, name: str) -> None:
    marked = named_resource(kind, name)
    assert difference(marked, page_with(lambda _pdf, _page: None)) > 8 or kind == "Font"

    assert not cleaned_as_seen(marked).reencoded


@pytest.mark.parametrize(
    "kind", ["Highlight", "StrikeOut", "Underline", "Squiggly", "Ink", "Square", "Circle"]
)
def test_an_annotation_without_an_appearance_is_filed_as_a_reader_draws_it(kind: str) -> None:
    marked = annotated(kind)
    assert redness(marked) > 0.2

    cleaned = cleaned_as_seen(marked)
    assert cleaned.reencoded
    assert redness(cleaned.content) == pytest.approx(redness(marked), rel=0.2)
    assert b"/Annots" not in everything_in(cleaned.content)


@pytest.mark.parametrize("kind", ["Highlight", "Ink", "Square"])
@pytest.mark.parametrize("states", [Dictionary(), None])
def test_an_empty_appearance_hides_no_annotation(kind: str, states: Dictionary | None) -> None:
    empty = annotated(kind, AP=Dictionary(N=states))

    assert redness(clean(empty).content) == pytest.approx(redness(annotated(kind)), rel=0.2)


def test_freehand_lines_outside_their_rectangle_are_filed_as_readers_draw_them() -> None:
    astray = annotated("Ink", Rect=Array([473, 530, 530, 530]))

    assert redness(clean(astray).content) == pytest.approx(redness(annotated("Ink")), rel=0.2)


@pytest.mark.parametrize("kind", ["Line", "Polygon", "PolyLine", "FreeText", "Stamp"])
def test_what_can_not_be_drawn_is_refused_unless_it_has_an_appearance(kind: str) -> None:
    with pytest.raises(ImageUnsupported, match="Print it to a new PDF"):
        clean(annotated(kind))
    with pytest.raises(ImageUnsupported, match="Print it to a new PDF"):
        clean(annotated(kind, AP=Dictionary(N=Dictionary())))
    assert not cleaned_as_seen(annotated(kind, appearance=True)).reencoded


def test_a_highlight_without_a_colour_is_refused_because_readers_draw_it_yellow_or_black() -> None:
    with pytest.raises(ImageUnsupported, match="Print it to a new PDF"):
        clean(annotated("Highlight", C=None))
    assert not cleaned_as_seen(annotated("Highlight", C=None, appearance=True)).reencoded
    assert cleaned_as_seen(annotated("Underline", C=None)).reencoded


@pytest.mark.parametrize("flags", [2, 32, 34])
def test_what_readers_hide_stays_hidden(flags: int) -> None:
    hidden = annotated("Square", flags=flags, appearance=True)

    cleaned = clean(hidden)
    assert difference(page_with(lambda _pdf, _page: None), cleaned.content) < 2


def test_a_password_field_does_not_show_its_value() -> None:
    cleaned = clean(with_field("hunter2hunter2", field_flags=1 << 13))

    assert b"hunter2" not in everything_in(cleaned.content)
    assert "hunter2" not in text_of(cleaned.content)


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return str(document[0].get_textpage().get_text_range())
    finally:
        document.close()


@pytest.mark.parametrize("value", ["Hēmi Tūwhaio", "日本", "mate ā-kiri", "Łukasz"])
def test_letters_that_a_standard_font_lacks_are_never_replaced(value: str) -> None:
    with pytest.raises(ImageUnsupported, match="Print it to a new PDF"):
        clean(with_field(value))
    drawn_by_its_writer = with_field(value, appearance=b"0.2 g 10 10 200 100 re f")
    cleaned_as_seen(drawn_by_its_writer)


@pytest.mark.parametrize("value", ["Mole 1", "café – 5 µg €3", "one\ntwo\nthree"])
def test_a_field_without_an_appearance_is_filed_as_a_reader_draws_it(value: str) -> None:
    cleaned_as_seen(with_field(value, field_flags=1 << 12 if "\n" in value else 0))


def test_a_stamp_on_a_rotated_page_stays_where_it_is() -> None:
    def change(_pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        page.Rotate = 90

    plain = pikepdf.open(io.BytesIO(annotated("Stamp", appearance=True)))
    plain.pages[0].Rotate = 90
    out = io.BytesIO()
    plain.save(out)
    cleaned_as_seen(out.getvalue())
    cleaned_as_seen(page_with(change))


def test_layers_stay_apart_without_their_names_because_mupdf_compares_their_content() -> None:
    def change(pdf: pikepdf.Pdf, _page: pikepdf.Page) -> None:
        layers = [
            pdf.make_indirect(
                pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=pikepdf.String(f"Aroha {number}"))
            )
            for number in range(3)
        ]
        pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=layers, D=pikepdf.Dictionary(OFF=layers))

    with pikepdf.open(io.BytesIO(cleaned_as_seen(page_with(change)).content)) as pdf:
        names = {str(layer.Name) for layer in pdf.Root.OCProperties.OCGs}
    assert len(names) == 3
    assert not any("Aroha" in name for name in names)


def test_a_pdf_with_only_an_owner_password_opens_as_in_every_reader() -> None:
    cleaned = cleaned_as_seen(protected_pdf(owner_only=True))
    assert not pikepdf.open(io.BytesIO(cleaned.content)).is_encrypted
    with pytest.raises(ImageUnsupported, match="password"):
        clean(protected_pdf())


def test_a_pdf_whose_owner_password_is_empty_still_needs_the_users() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(document_pdf())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="", user="user"))

    with pytest.raises(ImageUnsupported, match="password-protected"):
        clean(out.getvalue())


@pytest.mark.parametrize("behind", [b"<html><body>x</body></html>", bytes(5000), b"\n\n\n", b"%" * 4096])
@pytest.mark.parametrize("before", [b"", b"Content-Type: application/pdf\r\n\r\n", b"\x1b%-12345X@PJL JOB\n"])
def test_what_is_around_a_pdf_is_dropped(before: bytes, behind: bytes) -> None:
    whole = document_pdf()
    cleaned = clean(before + whole + behind)

    assert cleaned.content == clean(whole).content


def test_a_pdf_needs_no_end_marker_but_its_table() -> None:
    whole = document_pdf()
    assert clean(whole.replace(b"%%EOF", b"")).pages == 1
    with pytest.raises(ImageBroken):
        clean(whole[: whole.rindex(b"startxref")])
    update = b"\n12 0 obj\n<< /Type /Annot"
    with pytest.raises(ImageBroken):
        clean(whole + update)


def test_a_damaged_table_that_readers_repair_is_accepted() -> None:
    whole = document_pdf(pages=2)
    at = whole.rindex(b"startxref")
    damaged = whole[:at] + b"startxref\n99\n%%EOF\n"

    assert cleaned_as_seen(damaged).pages == 2


@pytest.mark.parametrize(
    "filters", [["ASCIIHexDecode"], ["ASCII85Decode"], ["RunLengthDecode"], ["ASCII85Decode", "FlateDecode"]]
)
def test_filters_around_a_jpeg_are_undone(filters: list[str]) -> None:
    cleaned = cleaned_as_seen(wrapped_jpeg(filters))
    assert not cleaned.reencoded


def wrapped_jpeg(filters: list[str]) -> bytes:
    import base64  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    photo = make_jpeg(width=320, height=240)
    raw = photo
    for name in reversed(filters):
        if name == "ASCIIHexDecode":
            raw = raw.hex().encode() + b">"
        elif name == "ASCII85Decode":
            raw = base64.a85encode(raw) + b"~>"
        elif name == "FlateDecode":
            raw = zlib.compress(raw)
        else:
            raw = (
                b"".join(
                    bytes([len(raw[at : at + 128]) - 1]) + raw[at : at + 128]
                    for at in range(0, len(raw), 128)
                )
                + b"\x80"
            )

    def change(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        page.Resources.XObject.P = pdf.make_stream(
            raw, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=320, Height=240,
            ColorSpace=pikepdf.Name.DeviceRGB, BitsPerComponent=8,
            Filter=pikepdf.Array([*(pikepdf.Name(f"/{name}") for name in filters), pikepdf.Name.DCTDecode]),
        )  # fmt: skip
        add(page, "q 320 0 0 240 50 50 cm /P Do Q")

    return page_with(change)


def test_an_inline_jpeg_becomes_part_of_a_picture() -> None:
    photo = make_jpeg(width=32, height=24).hex().encode()

    def change(_pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        inline = (
            b"q 200 0 0 150 50 50 cm BI /W 32 /H 24 /CS /RGB /BPC 8 /F [/AHx /DCT] ID " + photo + b"> EI Q"
        )
        page.contents_add(inline)

    assert cleaned_as_seen(page_with(change)).reencoded


def test_a_page_that_becomes_a_picture_leaves_the_others_as_they_are() -> None:
    pdf = pikepdf.open(io.BytesIO(annotated("StrikeOut")))
    other = pikepdf.open(io.BytesIO(page_with(lambda _pdf, _page: None, text="Second page")))
    pdf.pages.append(other.pages[0])
    out = io.BytesIO()
    pdf.save(out)

    cleaned = cleaned_as_seen(out.getvalue())
    document = pypdfium2.PdfDocument(cleaned.content)
    texts = [document[number].get_textpage().get_text_range() for number in range(2)]
    document.close()
    assert texts == ["", "Second page"]
    assert ImageStat.Stat(drawn(cleaned.content)).mean[0] < 255


def test_a_field_that_no_form_lists_stays_on_its_page() -> None:
    drawing = b"0 0 1 rg 0 0 400 200 re f 1 g BT /Helv 40 Tf 10 100 Td (10 mg daily) Tj ET"
    listed = with_field("10 mg daily", appearance=drawing)
    taken_out = with_field("10 mg daily", appearance=drawing, listed=False)

    assert (
        difference(listed, clean(taken_out).content)
        < 5
        < difference(listed, page_with(lambda _pdf, _page: None))
    )
    assert (
        "10 mg daily" in pypdfium2.PdfDocument(clean(taken_out).content)[0].get_textpage().get_text_bounded()
    )
    hidden = with_field("10 mg daily", appearance=drawing, listed=False, flags=2)
    assert difference(clean(hidden).content, page_with(lambda _pdf, _page: None)) < 2


def test_a_page_that_pdfium_alone_finds_empty_is_not_filed_empty() -> None:
    sent = with_miscounted_table()
    assert redness(sent) == 0

    assert redness(clean(sent).content) > 10


def test_pages_whose_tree_can_not_be_read_are_refused() -> None:
    page = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>"
    drawn = b"0 0 1 rg 20 20 60 60 re f"
    tree = b"<< /Type /Pages /Kids [ 3 0 R ] /Resources %b /Count 1 /MediaBox [ 0 0 100 100 ] >>"
    sound = b"<< >>"
    broken = b"<< /XObject << /I << /Length 3 >>\nstream\na(>\nendstream\n>> >>"
    whole, without = (_assembled(page, drawn, tree % each) for each in (sound, broken))

    cleaned_as_seen(whole)
    assert drawn_size(without) > 0
    with pytest.raises(ImageBroken, match="Print it to a new PDF"):
        clean(without)


def _assembled(page: bytes, drawn: bytes, tree: bytes) -> bytes:
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        tree,
        page,
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn),
    )
    body = b"%PDF-1.7\n"
    places = []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Root 1 0 R /Size 5 >>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return body + b"xref\n0 5\n0000000000 65535 f \n" + table + end


def drawn_size(content: bytes) -> int:
    return max(drawn(content).size)


def test_a_page_with_a_missing_font_stays_text() -> None:
    def change(_pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        page.Resources.Font.S = Dictionary(Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name.Symbol)
        add(page, "BT /H 20 Tf 20 100 Td (dose ) Tj /S 20 Tf (mam) Tj /H 20 Tf (g daily) Tj")
        add(page, "/S 20 Tf (abgt+=) Tj /H 20 Tf ( end) Tj ET")

    assert not clean(page_with(change)).reencoded


def test_a_pdf_needs_an_end_but_not_both_parts_of_it() -> None:
    letter = document_pdf()
    for complete in (letter.replace(b"startxref", b"%"), letter.replace(b"%%EOF", b"")):
        assert not cleaned_as_seen(complete).reencoded
    with pytest.raises(ImageBroken, match="damaged or incomplete"):
        clean(letter.replace(b"startxref", b"%").replace(b"%%EOF", b""))


@pytest.mark.parametrize(("value", "kept"), [("Hāmi Tāwhiao", True), ("Hēmi", False)])
def test_an_appearance_with_macrons_is_kept_if_it_shows_the_value(value: str, kept: bool) -> None:
    drawing = (
        b"0 0 1 rg 0 0 400 200 re f 1 g BT /Helv 40 Tf 10 100 Td (H\001mi) Tj 0 -50 Td (T\001whiao) Tj ET"
    )
    with pikepdf.open(io.BytesIO(with_field(value, appearance=drawing))) as pdf:
        pdf.Root.AcroForm.NeedAppearances = True
        fonts = pdf.pages[0].Annots[0].AP.N.Resources.Font
        # The letter is drawn as an a here; what counts is what the font says that it is.
        fonts.Helv.Encoding = Dictionary(Type=Name.Encoding, Differences=pikepdf.Array([1, Name.a]))
        named = (
            b"/CMapName /M def begincmap 1 begincodespacerange <00> <ff> endcodespacerange "
            b"1 beginbfrange <20> <7e> <0020> endbfrange 1 beginbfchar <01> <0101> endbfchar endcmap"
        )
        fonts.Helv.ToUnicode = pdf.make_stream(named)
        out = io.BytesIO()
        pdf.save(out)

    if kept:
        seen = np.asarray(drawn(clean(out.getvalue()).content))
        assert seen[400, 300].tolist() == pytest.approx([0, 0, 255], abs=2)
    else:
        with pytest.raises(ImageUnsupported, match="form fields"):
            clean(out.getvalue())
