"""Detect a file's type and dimensions from its content, before any pixel is decoded, and refuse what can't be accepted."""

from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from clinicpro_images.imaging.errors import ImageEmpty, ImageTooLarge, ImageUnsupported
from clinicpro_images.imaging.formats import bmp, heif, icc, jpeg, png, tiff, webp
from clinicpro_images.imaging.limits import (
    FILE_COPIES,
    IN_MEMORY_PIXELS,
    MAX_BYTES,
    MAX_DECODE_BYTES,
    MAX_PASSES_BYTES,
    MAX_PIXELS,
)
from clinicpro_images.imaging.need import check_need
from clinicpro_images.imaging.pdf import header as pdf_header

Colour = Literal["rgb", "grey", "cmyk"]
ContentType = Literal[
    "image/jpeg",
    "image/png",
    "image/heic",
    "image/avif",
    "image/webp",
    "image/tiff",
    "image/bmp",
    "application/pdf",
]
ImageHeader = (
    jpeg.JpegHeader | png.PngHeader | heif.HeifHeader | webp.WebpHeader | tiff.TiffHeader | bmp.BmpHeader
)
Header = ImageHeader | pdf_header.PdfHeader

ACCEPTED_TYPES: Final[tuple[str, ...]] = (*get_args(ContentType), "image/heif")
"""The types offered to a browser's file picker; the type of a file is always detected from its content."""

_TRANSPOSED: Final = frozenset({5, 6, 7, 8})
"""The orientations that swap width and height."""

_ACCEPTED: Final = "ClinicPro Images accepts JPEG, PNG, HEIC, AVIF, WebP, TIFF, BMP and PDF."


@dataclass(frozen=True)
class Inspection:
    """The result of an inspection. `width` and `height` are in pixels, upright; `orientation` is Exif's 1-8; `bits` is per channel.

    A PDF has no pixels: its size is 0 by 0. A multi-page TIFF is described by its first page. `profile` is
    true if the file has a colour profile other than sRGB; `header` is the header as the format's own parser
    read it.
    """

    content_type: ContentType
    width: int
    height: int
    orientation: int
    has_alpha: bool
    bits: int
    colour: Colour
    progressive: bool
    profile: bool
    header: Header

    @property
    def foreign_profile(self) -> bytes | None:
        """The colour profile to convert from, or None if the colours are already sRGB."""
        return self.header.profile if self.profile else None

    @property
    def pages(self) -> int:
        """The number of pages of a TIFF; a PDF's pages are counted when it is cleaned."""
        return len(self.header.pages) if isinstance(self.header, tiff.TiffHeader) else 1


def inspect(content: bytes) -> Inspection:
    """Detect the type and dimensions of an uploaded file by its content, never by its name. Takes microseconds; decodes nothing.

    Raises ImageEmpty, ImageTooLarge (over 25 MB, over 100 megapixels, or more memory than one image may use),
    ImageUnsupported (another file type, or an animation) and ImageBroken (truncated before its pixels begin).
    """
    if len(content) > MAX_BYTES:
        raise ImageTooLarge
    return inspect_stored(content)


def inspect_stored(content: bytes) -> Inspection:
    """Inspect an image that is already stored: rotating it may have made it larger than 25 MB."""
    if not content:
        raise ImageEmpty
    for is_of_kind, inspect_kind in (
        (jpeg.is_jpeg, _inspect_jpeg),
        (png.is_png, _inspect_png),
        (heif.is_iso_media, _inspect_heif),
        (webp.is_webp, _inspect_webp),
        (tiff.is_tiff, _inspect_tiff),
        (bmp.is_bmp, _inspect_bmp),
        (pdf_header.is_pdf, _inspect_pdf),
    ):
        if is_of_kind(content):
            return inspect_kind(content)
    raise ImageUnsupported(_unsupported_detail(content))


def _inspect_jpeg(content: bytes) -> Inspection:
    header = jpeg.read_header(content)
    whole = header.coefficient_bytes + FILE_COPIES * len(content) if header.multi_scan else 0
    _check_size(header, whole=whole, most=MAX_PASSES_BYTES)
    colours: dict[int, Colour] = {1: "grey", 3: "rgb", 4: "cmyk"}
    return _describe(
        "image/jpeg",
        header,
        colour=colours[len(header.components)],
        bits=header.precision,
        progressive=header.progressive,
    )


def _inspect_png(content: bytes) -> Inspection:
    header = png.read_header(content)
    most = MAX_PASSES_BYTES if header.interlaced else MAX_DECODE_BYTES
    _check_size(header, whole=header.pixel_bytes if header.interlaced else 0, most=most)
    return _describe(
        "image/png",
        header,
        colour="grey" if header.grey else "rgb",
        bits=header.bits,
        has_alpha=header.has_alpha,
        progressive=header.interlaced,
    )


def _inspect_heif(content: bytes) -> Inspection:
    header = heif.read_header(content)
    _check_size(header, whole=header.pixel_bytes)
    colour: Colour = "grey" if header.grey else "rgb"
    kind: ContentType = "image/avif" if header.av1 else "image/heic"
    return _describe(kind, header, colour=colour, bits=header.bits, has_alpha=header.has_alpha)


def _inspect_webp(content: bytes) -> Inspection:
    header = webp.read_header(content)
    _check_size(header, whole=header.pixel_bytes)
    return _describe("image/webp", header, colour="rgb", bits=8, has_alpha=header.has_alpha)


def _inspect_tiff(content: bytes) -> Inspection:
    return inspect_page(tiff.read_header(content), 0)


def _inspect_bmp(content: bytes) -> Inspection:
    header = bmp.read_header(content)
    _check_size(header, whole=header.pixel_bytes)
    return _describe("image/bmp", header, colour="rgb", bits=8)


def inspect_page(header: tiff.TiffHeader, number: int) -> Inspection:
    """Describe one page of a TIFF, counted from 0. Raises ImageTooLarge."""
    page = header.pages[number]
    _check_size(page, whole=page.segment_bytes)
    first = replace(header, pages=(page, *header.pages[:number], *header.pages[number + 1 :]))
    found = _describe(
        "image/tiff", first, colour=_tiff_colour(page), bits=page.bits, has_alpha=page.has_alpha
    )
    if page.aspect == 1:
        return found
    wide, tall = square(page.width, page.height, page.aspect)
    if wide * tall > MAX_PIXELS:
        raise ImageTooLarge(integrator=f"{wide} x {tall} pixels once they are square.")
    transposed = page.orientation in _TRANSPOSED
    return replace(found, width=tall if transposed else wide, height=wide if transposed else tall)


def square(width: int, height: int, aspect: float) -> tuple[int, int]:
    """Return the size of an image once its pixels are square: the coarser direction is enlarged, so no detail is lost."""
    return (width, round(height * aspect)) if aspect > 1 else (round(width / aspect), height)


def _tiff_colour(page: tiff.TiffPage) -> Colour:
    colours: dict[int, Colour] = {0: "grey", 1: "grey", 5: "cmyk"}
    return colours.get(page.number(262), "rgb")


def _inspect_pdf(content: bytes) -> Inspection:
    return Inspection(
        content_type="application/pdf",
        width=0,
        height=0,
        orientation=1,
        has_alpha=False,
        bits=8,
        colour="rgb",
        progressive=False,
        profile=False,
        header=pdf_header.read_header(content),
    )


def _describe(
    content_type: ContentType,
    header: ImageHeader,
    *,
    colour: Colour,
    bits: int,
    has_alpha: bool = False,
    progressive: bool = False,
) -> Inspection:
    """Describe an image as it is displayed: upright, with `profile` set only if its colours must be converted.

    Raises ImageUnsupported if the profile says that the brightness can't be shown on a screen for sRGB.
    """
    if icc.is_hdr(header.profile):
        raise ImageUnsupported(icc.HDR, integrator="The colour profile is of PQ or HLG.")
    transposed = header.orientation in _TRANSPOSED
    return Inspection(
        content_type=content_type,
        width=header.height if transposed else header.width,
        height=header.width if transposed else header.height,
        orientation=header.orientation,
        has_alpha=has_alpha,
        bits=bits,
        colour=colour,
        progressive=progressive,
        profile=_needs_conversion(header.profile, colour),
        header=header,
    )


def _check_size(header: ImageHeader | tiff.TiffPage, *, whole: int, most: int = MAX_DECODE_BYTES) -> None:
    """Limit pixels and memory: `whole` bytes, of `most`, if the decoder can't work row by row, and copies of the rows."""
    pixels = header.width * header.height
    if pixels > MAX_PIXELS:
        raise ImageTooLarge(integrator=f"{header.width} x {header.height} pixels.")
    said = f"{header.width} x {header.height} pixels"
    check_need(whole, said, most=most)
    check_need(whole + _copied(header), said)


def _copied(header: ImageHeader | tiff.TiffPage) -> int:
    """Return how many bytes of rows are in memory beside what the decoder holds: it is rotated there, or used twice.

    A JPEG is rotated once it is small; where it isn't, that is checked then.
    """
    pixels = header.width * header.height
    if isinstance(header, jpeg.JpegHeader | webp.WebpHeader | heif.HeifHeader):
        return 3 * pixels if header.orientation > 1 and not isinstance(header, jpeg.JpegHeader) else 0
    return 3 * pixels if header.orientation > 1 or pixels <= IN_MEMORY_PIXELS else 0


def _needs_conversion(profile: bytes | None, colour: Colour) -> bool:
    """Return whether the colours must be converted; a profile for a different colour space is ignored as a mistake."""
    return profile is not None and icc.colour_space(profile) == colour and not icc.is_srgb(profile)


def _unsupported_detail(content: bytes) -> str:
    """Return a sentence that names the file type, if it is easily recognised, and says what to do about it."""
    for start, name in ((b"GIF8", "a GIF"), (b"<svg", "an SVG"), (b"PK\x03\x04", "a ZIP")):
        if content.startswith(start):
            return f"This is {name} file. {_ACCEPTED} Export it as JPEG and add it again."
    return ImageUnsupported.default_detail
