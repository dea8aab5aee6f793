"""PDFs that are small and intact, and take long to draw."""

import io
import os

import pikepdf
from pikepdf import Dictionary, Name


def slow_pdf(fills: int, *, pages: int = 1, kilobytes: int = 0, quick_first: bool = False) -> bytes:
    """Return a PDF whose pages are each filled so many times with a blend mode: 25 fills are 10 s of CPU to take in.

    Each page has so many `kilobytes` of noise on it too, which nothing compresses; with `quick_first` the first page, which
    is drawn larger than the others, has one fill only.
    """
    pdf = pikepdf.new()
    for number in range(pages):
        count = 1 if quick_first and not number else fills
        drawn = b"/G gs " + b"".join(
            b"%.3f .5 .2 rg 0 0 600 800 re f\n" % (each / 1000) for each in range(count)
        )
        page = pdf.add_blank_page(page_size=(600, 800))
        page.obj.Resources = Dictionary(ExtGState=Dictionary(G=Dictionary(ca=0.5, BM=Name.Luminosity)))
        if kilobytes:
            rows = kilobytes * 10 // 3
            page.obj.Resources.XObject = Dictionary(
                I=pdf.make_stream(
                    os.urandom(300 * rows), Type=Name.XObject, Subtype=Name.Image, Width=100, Height=rows,
                    ColorSpace=Name.DeviceRGB, BitsPerComponent=8,
                )
            )  # fmt: skip
            drawn += b"q 50 0 0 50 10 10 cm /I Do Q"
        page.obj.Contents = pdf.make_stream(drawn)
    held = io.BytesIO()
    pdf.save(held)
    return held.getvalue()
