"""What a PDF page draws, without the comments and the words that programs leave between the drawing."""

from typing import Final

import pikepdf
from pikepdf import ContentStreamInlineImage, ContentStreamInstruction, Dictionary, Name, Operator

from clinicpro_images.errors import PictureUnsupported

_MARKS: Final = frozenset({"BDC", "DP"})
_TALKING: Final = (b"%", b"BDC", b"DP", b"BI")
"""Only where one of these stands can there be anything to leave out; the others are kept byte for byte."""


def silence(pdf: pikepdf.Pdf) -> None:
    """Rewrite every page, form and pattern that holds a comment or a marked part; raises PictureUnsupported."""
    for page in pdf.pages:
        page.contents_coalesce()
        if "/Contents" in page and isinstance(page.Contents, pikepdf.Stream):
            _silence(page.Contents)
    for part in pdf.objects:
        if isinstance(part, pikepdf.Stream) and (part.get("/Subtype") == Name.Form or "/PatternType" in part):
            _silence(part)


def _silence(stream: pikepdf.Stream) -> None:
    drawn = stream.read_bytes()
    if not any(word in drawn for word in _TALKING):
        return
    kept: list[ContentStreamInstruction | ContentStreamInlineImage] = []
    for step in pikepdf.parse_content_stream(stream):
        if isinstance(step, ContentStreamInlineImage):
            if any("DCT" in str(each) for each in step.iimage.filters):
                raise PictureUnsupported(
                    "This PDF holds a picture in a rare form. Print it to a new PDF and add that.",
                    integrator="An inline JPEG.",
                )
            kept.append(step)
        elif str(step.operator) in _MARKS and isinstance(step.operands[-1], Dictionary):
            kept.append(
                ContentStreamInstruction([step.operands[0], Dictionary()], Operator(str(step.operator)))
            )
        else:
            kept.append(step)
    stream.write(pikepdf.unparse_content_stream(kept))
