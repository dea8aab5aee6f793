"""What a file is, judged by its content and before a single pixel is decoded; what can't be taken is refused here."""

from dataclasses import dataclass
from typing import Final, Literal

from clinicpro_images.errors import PictureEmpty, PictureTooLarge, PictureUnsupported
from clinicpro_images.imaging import icc, jpeg, png
from clinicpro_images.imaging.limits import MAX_BYTES, MAX_DECODE_BYTES, MAX_PIXELS

Colour = Literal["rgb", "grey", "cmyk"]

_SIDEWAYS: Final = frozenset({5, 6, 7, 8})
"""The orientations that swap width and height."""

_NO_PICTURE_YET: Final = "ClinicPro Images takes JPEG and PNG pictures."


@dataclass(frozen=True)
class Inspection:
    """What was found. `width` and `height` in pixels, upright; `orientation` 1-8 as Exif counts; `bits` per channel.

    `profile` is true where a colour profile other than sRGB is inside; `header` is what the format's own reader saw.
    """

    content_type: Literal["image/jpeg", "image/png"]
    width: int
    height: int
    orientation: int
    has_alpha: bool
    bits: int
    colour: Colour
    progressive: bool
    profile: bool
    header: jpeg.JpegHeader | png.PngHeader

    @property
    def foreign_profile(self) -> bytes | None:
        """The colour profile to convert from, None where the colours are sRGB already."""
        return self.header.profile if self.profile else None


def inspect(content: bytes) -> Inspection:
    """Say what an arriving file is, by its content and never by its name. Costs microseconds and decodes nothing.

    Raises PictureEmpty, PictureTooLarge (over 25 MB, over 100 megapixels, or more memory than one picture may take),
    PictureUnsupported (anything but a JPEG or a still PNG), PictureBroken (torn before its pixels begin).
    """
    if len(content) > MAX_BYTES:
        raise PictureTooLarge
    return recognise(content)


def recognise(content: bytes) -> Inspection:
    """Do the same for a picture that was taken in already: turning it may have carried it over 25 MB."""
    if not content:
        raise PictureEmpty
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content.startswith(png.SIGNATURE):
        return _png(content)
    raise PictureUnsupported(_what_instead(content))


def _jpeg(content: bytes) -> Inspection:
    header = jpeg.read_header(content)
    _refuse_large(header, whole=header.coefficient_bytes if header.multi_scan else 0)
    colours: dict[int, Colour] = {1: "grey", 3: "rgb", 4: "cmyk"}
    colour = colours[len(header.components)]
    width, height = _upright(header.width, header.height, header.orientation)
    return Inspection(
        content_type="image/jpeg",
        width=width,
        height=height,
        orientation=header.orientation,
        has_alpha=False,
        bits=header.precision,
        colour=colour,
        progressive=header.progressive,
        profile=_foreign(header.profile, colour),
        header=header,
    )


def _png(content: bytes) -> Inspection:
    header = png.read_header(content)
    _refuse_large(header, whole=header.pixel_bytes if header.interlaced else 0)
    colour: Colour = "grey" if header.grey else "rgb"
    width, height = _upright(header.width, header.height, header.orientation)
    return Inspection(
        content_type="image/png",
        width=width,
        height=height,
        orientation=header.orientation,
        has_alpha=header.has_alpha,
        bits=header.bits,
        colour=colour,
        progressive=header.interlaced,
        profile=_foreign(header.profile, colour),
        header=header,
    )


def _refuse_large(header: jpeg.JpegHeader | png.PngHeader, *, whole: int) -> None:
    """Refuse by pixels, and by memory: `whole` bytes where the decoder can't go row by row, and a turn needs all rows."""
    pixels = header.width * header.height
    if pixels > MAX_PIXELS:
        raise PictureTooLarge(integrator=f"{header.width} x {header.height} pixels.")
    needed = whole + (3 * pixels if header.orientation > 1 else 0)
    if needed > MAX_DECODE_BYTES:
        raise PictureTooLarge(
            "This picture is stored in a way that needs too much memory at this size. Save it again at a lower resolution.",
            integrator=f"{header.width} x {header.height} pixels would take {needed} bytes while decoding.",
        )


def _upright(width: int, height: int, orientation: int) -> tuple[int, int]:
    return (height, width) if orientation in _SIDEWAYS else (width, height)


def _foreign(profile: bytes | None, colour: Colour) -> bool:
    """Tell whether colours must be converted; a profile for another kind of picture is a slip of the writer's."""
    return profile is not None and icc.colour_of(profile) == colour and not icc.says_srgb(profile)


def _what_instead(content: bytes) -> str:
    """Name what the file is where that is easily said, and what to do about it."""
    brand = content[8:12] if content[4:8] == b"ftyp" else b""
    if brand in {b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis"}:
        return (
            f"This is a HEIC photo. {_NO_PICTURE_YET} On an iPhone choose Settings, Camera, Formats, "
            "Most Compatible, or export the photo as JPEG, and add it again."
        )
    if brand:
        return f"This is a video. {_NO_PICTURE_YET}"
    if content[:4] in {b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"}:
        return f"This is a TIFF or raw camera file. {_NO_PICTURE_YET} Export it as JPEG and add it again."
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return f"This is a WebP picture. {_NO_PICTURE_YET} Export it as JPEG and add it again."
    for start, name in ((b"GIF8", "a GIF"), (b"BM", "a BMP"), (b"%PDF", "a PDF"), (b"<svg", "an SVG")):
        if content.startswith(start):
            return f"This is {name} file. {_NO_PICTURE_YET} Export the picture as JPEG and add it again."
    return PictureUnsupported.default_detail
