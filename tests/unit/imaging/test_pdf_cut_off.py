"""A PDF of which something was cut off is filed as readers show it, and said to be incomplete; one that only looks so isn't."""

import io
import zlib
from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from clinicpro_images.imaging.intake import take_in
from clinicpro_images.imaging.limits import FitLimits
from image_files import make_jpeg

LINES = b"".join(
    b"BT /F1 12 Tf 72 %d Td (Line %d of the letter, number %d) Tj ET\n" % (760 - 14 * n, n, n * 7919)
    for n in range(50)
)
PHOTO = make_jpeg(width=1600, height=1200)


def flushed(content: bytes) -> bytes:
    """Compressed by a writer that never closes its stream."""
    packer = zlib.compressobj()
    return packer.compress(content) + packer.flush(zlib.Z_SYNC_FLUSH)


def letter(*, text: bytes = zlib.compress(LINES), form: bytes = b"", photo: bytes = PHOTO) -> bytes:
    """A page of text; a form with the same text, and a photo."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    fonts = Dictionary(F1=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    image = pikepdf.Stream(pdf, b"")
    image.write(photo, filter=Name.DCTDecode)
    image.update(
        Dictionary(
            Type=Name.XObject, Subtype=Name.Image, Width=1600, Height=1200,
            ColorSpace=Name.DeviceRGB, BitsPerComponent=8,
        )
    )  # fmt: skip
    objects = Dictionary(Photo=image)
    contents = [compressed(pdf, text), pikepdf.Stream(pdf, b"q 160 0 0 120 300 40 cm /Photo Do Q")]
    if form:
        objects.Form = compressed(pdf, form)
        objects.Form.update(
            Dictionary(
                Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 595, 842], Resources=Dictionary(Font=fonts)
            )
        )
        contents.append(pikepdf.Stream(pdf, b"q 1 0 0 1 200 0 cm /Form Do Q"))
    page.obj.Resources = Dictionary(Font=fonts, XObject=objects)
    page.obj.Contents = pikepdf.Array([pdf.make_indirect(each) for each in contents])
    out = io.BytesIO()
    pdf.save(out, compress_streams=False, static_id=True)
    return out.getvalue()


def compressed(pdf: pikepdf.Pdf, content: bytes) -> pikepdf.Stream:
    stream = pikepdf.Stream(pdf, b"")
    stream.write(content, filter=Name.FlateDecode)
    return stream


WHOLE = zlib.compress(LINES)


@pytest.mark.parametrize(
    "made",
    [
        lambda: letter(text=WHOLE[: len(WHOLE) // 3]),
        lambda: letter(form=WHOLE[: len(WHOLE) // 2]),
        lambda: letter(photo=PHOTO[: len(PHOTO) // 2]),
    ],
    ids=["text", "form", "photo"],
)
def test_what_was_cut_off_is_said(made: Callable[[], bytes]) -> None:
    assert take_in(made(), limits=FitLimits(), targets=("scan",)).incomplete


@pytest.mark.parametrize(
    "made",
    [
        letter,
        lambda: letter(form=WHOLE),
        lambda: letter(text=b""),
        lambda: letter(text=WHOLE[:-4]),
        lambda: letter(text=flushed(LINES)),
        lambda: letter(photo=PHOTO.removesuffix(b"\xff\xd9")),
        lambda: letter(photo=PHOTO + b"\r\n"),
    ],
    ids=[
        "whole",
        "form",
        "empty",
        "without its check sum",
        "never closed",
        "without its end marker",
        "padded",
    ],
)
def test_a_whole_page_is_not_called_incomplete(made: Callable[[], bytes]) -> None:
    assert not take_in(made(), limits=FitLimits(), targets=("scan",)).incomplete
