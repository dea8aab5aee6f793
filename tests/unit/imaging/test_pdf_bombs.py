"""A PDF that can't be drawn, or shown by any program, is refused at intake and not tried again."""

import io
import time

import pikepdf
import pytest

from clinicpro_images.imaging.errors import ImageBroken
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
