"""A PDF that can't be drawn, or shown by any program, is refused at intake and not tried again."""

import io
import time

import pikepdf
import pytest

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.worker.pool import open_workers

pytestmark = pytest.mark.anyio


def nested(depth: int) -> bytes:
    """Forms that each draw the one before twice."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    drawn = _form(pdf, b"0 0 1 1 re f", None)
    for _ in range(depth):
        drawn = _form(pdf, b"/A Do /A Do", drawn)
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(A=drawn))
    page.obj.Contents = pdf.make_stream(b"/A Do")
    return _saved(pdf)


def wide(points: int) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200)).obj.MediaBox = [0, 0, points, 200]
    return _saved(pdf)


def printed(inks: int, *, indexed: bool) -> bytes:
    """A page with an image in so many inks, whose pixels name them or an entry in a table of them."""
    names = pikepdf.Array([pikepdf.Name(f"/Ink{number}") for number in range(inks)])
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    grey = pdf.make_stream(
        b"{" + b" pop" * (inks - 1) + b" }",
        FunctionType=4,
        Domain=pikepdf.Array([0, 1] * inks),
        Range=pikepdf.Array([0, 1]),
    )
    colours = pikepdf.Array([pikepdf.Name.DeviceN, names, pikepdf.Name.DeviceGray, grey])
    if indexed:
        table = pikepdf.String(bytes(inks))
        colours = pikepdf.Array([pikepdf.Name.Indexed, colours, 0, table])
    image = pdf.make_stream(
        bytes(1 if indexed else inks),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=1,
        Height=1,
        BitsPerComponent=8,
        ColorSpace=colours,
    )
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(A=image))
    page.obj.Contents = pdf.make_stream(b"100 0 0 100 0 0 cm /A Do")
    return _saved(pdf)


def _form(pdf: pikepdf.Pdf, content: bytes, inner: pikepdf.Object | None) -> pikepdf.Object:
    form = pdf.make_stream(content)
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox = [0, 0, 200, 200]
    if inner is not None:
        form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(A=inner))
    return form


def _saved(pdf: pikepdf.Pdf) -> bytes:
    held = io.BytesIO()
    pdf.save(held)
    return held.getvalue()


async def test_pages_that_cannot_be_drawn_or_shown_are_refused() -> None:
    async with open_workers(1) as workers:
        for bomb in (nested(30), wide(10**9), wide(14_401)):
            started = time.monotonic()
            with pytest.raises(ImageBroken):
                await workers.clean(bomb)
            assert time.monotonic() - started < 60
        assert (await workers.clean(nested(3))).pages == 1
        assert (await workers.clean(wide(14_400))).pages == 1


@pytest.mark.parametrize("indexed", [False, True])
async def test_more_inks_than_programs_can_show_are_refused(indexed: bool) -> None:
    async with open_workers(1) as workers:
        assert (await workers.clean(printed(32, indexed=indexed))).pages == 1
        with pytest.raises(ImageUnsupported, match="more inks"):
            await workers.clean(printed(33, indexed=indexed))
