"""Strip comments and marked-content text, which programs leave between drawing instructions, from PDF pages."""

import zlib
from contextlib import suppress
from typing import Final

import pikepdf
from pikepdf import ContentStreamInlineImage, ContentStreamInstruction, Dictionary, Name, Operator

from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.limits import MAX_PDF_DRAWING

_MARKED_CONTENT: Final = frozenset({"BDC", "DP"})
_TEXT_OPERATORS: Final = (b"%", b"BDC", b"DP", b"BI")
"""A content stream without any of these has nothing to remove and is kept byte for byte."""


class NeedsDrawing(Exception):
    """A page holds something that can be drawn but not cleaned."""


def strip_text(pdf: pikepdf.Pdf) -> None:
    """Rewrite pages, forms and patterns that hold a comment or marked content; raises NeedsDrawing, ImageTooLarge."""
    for page in pdf.pages:
        parts = page.obj.get("/Contents")
        for part in parts if isinstance(parts, pikepdf.Array) else [parts]:
            if isinstance(part, pikepdf.Stream):
                _check_size(part)
        page.contents_coalesce()
        if "/Contents" in page and isinstance(page.Contents, pikepdf.Stream):
            _strip_stream(page.Contents)
    for part in pdf.objects:
        if isinstance(part, pikepdf.Stream) and (part.get("/Subtype") == Name.Form or "/PatternType" in part):
            _strip_stream(part)


_MAX_REWRITTEN: Final = 1_000_000
"""Most drawing instructions of a stream that are rewritten, in bytes: reading more takes seconds, drawing them doesn't."""


def _check_size(stream: pikepdf.Stream) -> None:
    """Raise ImageTooLarge if the instructions decompress to more than any real page needs."""
    raw = bytes(stream.read_raw_bytes())
    size = len(raw)
    if str(stream.get("/Filter")) in {"/FlateDecode", "/Fl"}:
        with suppress(zlib.error):
            size = len(zlib.decompressobj().decompress(raw, MAX_PDF_DRAWING + 1))
    if size > MAX_PDF_DRAWING:
        raise ImageTooLarge(
            "A page of this PDF is too complex to check. Print it to a new PDF as an image and add that.",
            integrator=f"More than {MAX_PDF_DRAWING} bytes of drawing instructions.",
        )


def _strip_stream(stream: pikepdf.Stream) -> None:
    _check_size(stream)
    drawn = stream.read_bytes()
    if not any(word in drawn for word in _TEXT_OPERATORS):
        return
    if len(drawn) > _MAX_REWRITTEN:
        raise NeedsDrawing("Rewriting the instructions would take seconds.")
    kept: list[ContentStreamInstruction | ContentStreamInlineImage] = []
    for step in pikepdf.parse_content_stream(stream):
        if isinstance(step, ContentStreamInlineImage):
            if any("DCT" in str(each) for each in step.iimage.filters):
                raise NeedsDrawing("An inline JPEG.")
            kept.append(step)
        elif (
            str(step.operator) in _MARKED_CONTENT
            and len(step.operands) > 1
            and isinstance(step.operands[-1], Dictionary)
        ):
            kept.append(
                ContentStreamInstruction([step.operands[0], Dictionary()], Operator(str(step.operator)))
            )
        else:
            kept.append(step)
    stream.write(pikepdf.unparse_content_stream(kept))
