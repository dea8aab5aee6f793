"""Files as other people's programs write them: legitimate, but at the edge of what the formats say."""

import io

import pikepdf
from pikepdf import Array

from containers import document_pdf, make_avif, make_bmp, make_heic, make_tiff
from corpus.case import Case
from image_files import icc_profile, make_jpeg, make_png, with_chunks, with_tag
from layout_tiffs import layout_tiff, subsampled_tiff
from marked_pdfs import KINDS, annotated, named_resource, with_field

_DRAWN = ("Highlight", "StrikeOut", "Underline", "Squiggly", "Ink", "Square", "Circle")
_NOT_DRAWN = ("Line", "Polygon", "PolyLine", "FreeText", "Caret")


def strangers() -> dict[str, Case]:
    """Return all of them by name."""
    return _jpegs() | _pngs() | _scans() | _high_dynamic_range() | _pdfs()


def _jpegs() -> dict[str, Case]:
    plain, turned = make_jpeg(), make_jpeg(orientation=6, gps=True)
    return {
        "jpeg without an end marker": Case(plain[:-2], "image", scene=True),
        "jpeg with a trailer and no end marker": Case(turned[:-2] + bytes(range(200)), "image", scene=True),
        "jpeg with bytes between its segments": Case(
            plain[:20] + bytes(12) + plain[20:], "image", scene=True
        ),
        "jpeg with a second picture behind it": Case(plain + make_jpeg(seed=3), "image", scene=True),
        "jpeg without its last rows": Case(plain[:-3000], "image"),
    }


def _pngs() -> dict[str, Case]:
    plain = make_png()
    return {
        "png without an end": Case(plain[:-12], "image", scene=True),
        "png of a gamma that is sRGB's": Case(
            with_chunks(plain, [(b"gAMA", (45_455).to_bytes(4))]), "image", scene=True
        ),
        "png of linear light": Case(with_chunks(plain, [(b"gAMA", (100_000).to_bytes(4))]), "image"),
        "png that says that it is in Display P3": Case(
            with_chunks(plain, [(b"cICP", bytes([12, 13, 0, 1]))]), "image"
        ),
    }


def _scans() -> dict[str, Case]:
    fax = {282: 204, 283: 98, 296: 2}
    made = {
        f"fax at standard resolution, {compression}": Case(
            make_tiff(width=172, height=100, mode="1", compression=compression, tags=fax), "image"
        )
        for compression in ("group3", "group4")
    }
    made["fax of two pages at standard resolution"] = Case(
        make_tiff(width=172, height=100, mode="1", compression="group4", pages=2, tags=fax), "image", pages=2
    )
    made["tiff jpeg grey"] = Case(make_tiff(mode="L", compression="jpeg"), "image")
    made["bmp with its rows from the top"] = Case(_from_the_top(make_bmp()), "image")
    made["tiff in L*a*b*"] = Case(layout_tiff("LAB"), "refused")
    made["tiff with colours at half size, not as jpeg"] = Case(subsampled_tiff(), "image", scene=True)
    made["tiff CMYK in two pages"] = Case(make_tiff(mode="CMYK", pages=2), "image", pages=2)
    return made


def _high_dynamic_range() -> dict[str, Case]:
    made: dict[str, Case] = {}
    for name, content in (("heic", make_heic()), ("avif", make_avif())):
        at = content.index(b"colrnclx") + 8
        for primaries, transfer in ((9, 16), (9, 18), (1, 16)):
            numbers = primaries.to_bytes(2) + transfer.to_bytes(2)
            made[f"{name} in HDR, {primaries} {transfer}"] = Case(
                content[:at] + numbers + content[at + 4 :], "refused"
            )
    made["png in HDR"] = Case(with_chunks(make_png(), [(b"cICP", bytes([9, 18, 0, 1]))]), "refused")
    cicp = b"cicp" + bytes(4) + bytes([9, 16, 0, 1])
    made["jpeg in HDR"] = Case(make_jpeg(profile=with_tag(icc_profile("p3"), b"cicp", cicp)), "refused")
    return made


def _from_the_top(content: bytes) -> bytes:
    height = int.from_bytes(content[22:26], "little", signed=True)
    return content[:22] + (-height).to_bytes(4, "little", signed=True) + content[26:]


def _pdfs() -> dict[str, Case]:
    made = {f"pdf with a {kind} named F": Case(named_resource(kind, "F"), "image") for kind in KINDS}
    made |= {f"pdf with a bare {kind}": Case(annotated(kind), "image") for kind in _DRAWN}
    made |= {f"pdf with a bare {kind}": Case(annotated(kind), "refused") for kind in _NOT_DRAWN}
    made["pdf with a highlight without a colour"] = Case(annotated("Highlight", C=None), "refused")
    made["pdf with a field"] = Case(with_field("10 mg daily"), "image")
    stamp = b"0 0 1 rg 0 0 400 200 re f"
    made["pdf with a field of a lost form"] = Case(with_field("x", appearance=stamp, listed=False), "image")
    made["pdf with a field in Māori"] = Case(with_field("Hāmi Tāwhiao"), "refused")
    letter = document_pdf()
    made["pdf with a page behind its end"] = Case(letter + b"<html>" + bytes(4000), "image")
    made["pdf without an end marker"] = Case(letter.replace(b"%%EOF", b""), "image")
    made["pdf without a pointer"] = Case(letter.replace(b"startxref", b"%"), "image")
    made["pdf behind printable lines"] = Case(b"@PJL ENTER LANGUAGE=PDF\r\n" + letter, "image")
    made["pdf whose table of objects is lost"] = Case(_without_its_table("<< /Root 1 0 R >>"), "image")
    made["pdf whose table has a wrong size"] = Case(
        _without_its_table("<< /Root 1 0 R /Size /Many >>"), "image"
    )
    made["pdf turned"] = Case(_turned(letter), "image")
    return made


def _without_its_table(trailer: str) -> bytes:
    drawn = b"0 0 1 rg 100 100 300 300 re f"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn),
    )
    body = b"".join(b"%d 0 obj\n%b\nendobj\n" % (number, each) for number, each in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + f"trailer\n{trailer}\nstartxref\n0\n%%EOF\n".encode()


def _turned(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.pages[0].rotate(90, relative=False)
        pdf.pages[0].obj.CropBox = Array([50, 60, 500, 700])
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()
