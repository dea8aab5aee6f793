"""The one place where images are decoded and encoded: libvips, which only ever receives stripped files."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pyvips
from pyvips.voperation import Introspect

from clinicpro_images.imaging.errors import ImageBroken
from clinicpro_images.imaging.formats import bmp, heif, icc, jpeg, jpeg_strip, png, tiff, webp
from clinicpro_images.imaging.formats.bmp_pixels import decode_bmp
from clinicpro_images.imaging.formats.heif_pixels import decode_heif
from clinicpro_images.imaging.formats.tiff_pixels import decode_tiff
from clinicpro_images.imaging.inspect import Inspection, square
from clinicpro_images.imaging.need import check_need
from clinicpro_images.imaging.watched import State, decode_watched

_WHITE: Final = 255
_GREY: Final = 128
_MOST_MISSING: Final = 0.25
"""The share of a photo that may be missing; what is left of the others isn't what was photographed."""
_TOO_MUCH_MISSING: Final = (
    "More than a quarter of this photo could not be read: that part of the file is missing or damaged. "
    "Export it again, or take a new photo."
)
_MAX_OPTIMISED_PIXELS: Final = 30_000_000
"""Up to this size Huffman tables are optimised, which saves 5 % but holds all coefficients in memory: with full chroma,
twice as many."""

_OPERATIONS: Final = (
    *(
        "jpegload_buffer",
        "pngload_buffer",
        "webpload_buffer",
        "tiffload_buffer",
        "heifload_buffer",
        "jpegsave_buffer",
        "pngsave_buffer",
    ),
    *(
        "icc_transform",
        "colourspace",
        "thumbnail_image",
        "resize",
        "flatten",
        "cast",
        "copy",
        "autorot",
        "extract_band",
        "maplut",
        "identity",
        "black",
        "subtract",
        "multiply",
        "linear",
        "math2_const",
        "round",
        "bandjoin",
    ),
    *("abs", "avg", "bandbool", "deviate", "getpoint", "jpegload_source", "relational_const"),
)


def configure_libvips() -> None:
    """Configure libvips for a server: one thread per operation, and no cache, which would keep patients' images in memory.

    Called once at start-up. Decoding works without it, but concurrent images then share the machine less
    well.
    """
    pyvips.concurrency_set(1)
    pyvips.cache_set_max(0)


def prepare_libvips() -> None:
    """Read the descriptions of the operations used here, which pyvips otherwise does at the first use of each."""
    for name in _OPERATIONS:
        Introspect.get(name)


def strip(content: bytes, found: Inspection) -> bytes:
    """Return the same encoded pixels without any metadata. Raises ImageBroken if the file is truncated.

    A HEIC, AVIF or BMP is returned unchanged: their decoders output pixels and nothing else.
    """
    match found.header:
        case jpeg.JpegHeader():
            return jpeg_strip.strip(content, found.header)
        case png.PngHeader():
            return png.strip(content)
        case webp.WebpHeader():
            return webp.strip(content)
        case tiff.TiffHeader():
            return tiff.strip(content, found.header.pages[0])
    return content


def decode_upright(
    stripped: bytes, found: Inspection, *, edge: int | None = None, checked: bool = False
) -> pyvips.Image:
    """Decode to upright 8-bit sRGB or grey, with transparency flattened onto white. Use it once, or after `copy_to_memory`.

    `checked` accepts warnings: of a JPEG that `decode_exactly` has looked at, and of a fax, where noise costs a line.

    `stripped` is the result of `strip`: libvips never sees Exif, so malicious Exif can't harm it. With `edge`
    the image is downscaled, never upscaled, until its longest edge has that many pixels. Raises ImageBroken
    if the pixels can't be decoded, which may happen as late as on encoding or copying.
    """
    with _translate_errors():
        opened = open_sequential(stripped, found, shrink=_shrink_factor(found, edge), checked=checked)
        image = _finish(opened, found, edge)
        if found.orientation == 1:
            return image
        check_need(3 * image.width * image.height, f"Rotating {image.width} x {image.height} pixels")
        return _rotate(image.copy_memory(), found.orientation)


def finish(image: pyvips.Image, found: Inspection, *, edge: int | None = None) -> pyvips.Image:
    """Return what `decode_upright` does, of an image that has been opened and is upright. Raises ImageBroken."""
    with _translate_errors():
        return _finish(image, found, edge)


def decode_exactly(stripped: bytes, found: Inspection, *, edge: int | None) -> tuple[pyvips.Image, State]:
    """Decode a JPEG as `decode_upright` does, into memory; also return the state of its scan.

    Raises ImageBroken if more than a quarter of the pixels are missing.
    """

    def finish(image: pyvips.Image) -> pyvips.Image:
        return _finish(image, found, edge).copy_memory()

    def after(image: pyvips.Image, state: State) -> pyvips.Image:
        if state == "missing":
            check_share(image, found)
        return image if found.orientation == 1 else _rotate(image, found.orientation).copy_memory()

    with _translate_errors():
        return decode_watched(stripped, shrink=_shrink_factor(found, edge), finish=finish, after=after)


def check_share(image: pyvips.Image, found: Inspection) -> None:
    """Raise ImageBroken if libjpeg left too many of the pixels grey, because it had nothing to fill them with."""
    bands = {"grey": 1, "rgb": 3, "cmyk": 4}[found.colour]
    space = {"grey": "b-w", "rgb": "srgb", "cmyk": "cmyk"}[found.colour]
    blank = (pyvips.Image.black(1, 1, bands=bands) + _GREY).cast("uchar").copy(interpretation=space)
    grey = _finish(blank, found, None)(0, 0)
    near = ((image - grey).abs() <= 1).bandand()
    if near.avg() / _WHITE > _MOST_MISSING:
        raise ImageBroken(_TOO_MUCH_MISSING)


def shrink_to(image: pyvips.Image, edge: int) -> pyvips.Image:
    """Return an upright in-memory image with a longest edge of at most `edge` pixels. Raises ImageBroken."""
    if max(image.width, image.height) <= edge:
        return image
    with _translate_errors():
        return _resize_to_edge(image, edge).copy_memory()


def can_convert(found: Inspection) -> bool:
    """Return whether the colours can be converted from the file's profile; viewers ignore one that is corrupt, and so must this."""
    profile, bands = found.foreign_profile, {"grey": 1, "rgb": 3, "cmyk": 4}[found.colour]
    if profile is None:
        return False
    space = {"grey": "b-w", "rgb": "srgb", "cmyk": "cmyk"}[found.colour]
    pixel = pyvips.Image.black(1, 1, bands=bands).copy(interpretation=space)
    try:
        _convert(pixel, profile).avg()
    except pyvips.Error:
        return False
    return True


def as_stored(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Turn a small upright image back to how a file of this orientation stores it."""
    inverse = {6: 8, 8: 6}.get(orientation, orientation)
    return image if inverse == 1 else _rotate(image, inverse).copy_memory()


def copy_to_memory(image: pyvips.Image) -> pyvips.Image:
    """Decode an image into memory, so that it can be encoded more than once. Raises ImageBroken."""
    with _translate_errors():
        return image.copy_memory()


def downscale(image: pyvips.Image, scale: float) -> pyvips.Image:
    """Return an in-memory image with its edges multiplied by `scale`, at least one pixel each."""
    with _translate_errors():
        return image.thumbnail_image(
            max(1, int(image.width * scale)), height=max(1, int(image.height * scale)), size="force"
        ).copy_memory()


def encode_jpeg(image: pyvips.Image, *, quality: int, subsample: bool, optimise: bool = True) -> bytes:
    """Encode a baseline JPEG without metadata, with chroma at half size (4:2:0) if `subsample`. Raises ImageBroken.

    Unless `optimise` is set, the standard's Huffman tables are used: less than half the time, 5 to 20 % more
    bytes.
    """
    most = _MAX_OPTIMISED_PIXELS if subsample else _MAX_OPTIMISED_PIXELS // 2
    with _translate_errors():
        encoded: bytes = image.jpegsave_buffer(
            Q=quality,
            subsample_mode="on" if subsample else "off",
            optimize_coding=optimise and image.width * image.height <= most,
            interlace=False,
            keep="none",
        )
    # If the caller holds no reference either, this frees the pixels before the encoded image is copied.
    del image
    return jpeg_strip.strip(encoded, jpeg.read_header(encoded))


def encode_png(image: pyvips.Image) -> bytes:
    """Encode a PNG without metadata. Raises ImageBroken."""
    with _translate_errors():
        encoded: bytes = image.pngsave_buffer(compression=4, filter="up", keep="none")
    return encoded


def encode_bilevel(image: pyvips.Image) -> bytes:
    """Encode a lossless black-and-white PNG, one bit per pixel. Raises ImageBroken."""
    with _translate_errors():
        encoded: bytes = image.pngsave_buffer(compression=9, filter="none", bitdepth=1, keep="none")
    return encoded


def open_sequential(
    stripped: bytes, found: Inspection, *, shrink: int = 1, checked: bool = False
) -> pyvips.Image:
    """Open a stripped file for one pass from top to bottom; a JPEG at 1/`shrink` (1, 2, 4 or 8) of its size.

    Only the loader of the format that `inspect` detected is used; libvips never guesses the format itself.
    """
    match found.content_type:
        case "image/png" | "image/webp":
            is_png = found.content_type == "image/png"
            load = pyvips.Image.pngload_buffer if is_png else pyvips.Image.webpload_buffer
            return load(stripped, access="sequential", fail_on="warning")
        case "image/tiff":
            return _open_tiff(stripped, found, strict=not checked)
        case "image/heic":
            return decode_heif(stripped)
        case "image/avif":
            return pyvips.Image.heifload_buffer(stripped, fail_on="warning")
        case "image/bmp" if isinstance(found.header, bmp.BmpHeader):
            return decode_bmp(stripped, found.header)
    fail_on = "error" if checked else "warning"
    return pyvips.Image.jpegload_buffer(stripped, access="sequential", fail_on=fail_on, shrink=shrink)


def _open_tiff(stripped: bytes, found: Inspection, *, strict: bool) -> pyvips.Image:
    if isinstance(found.header, tiff.TiffHeader) and found.header.pages[0].needs_pillow:
        image = decode_tiff(stripped, found.header.pages[0])
    else:
        fail_on = "warning" if strict else "error"
        image = pyvips.Image.tiffload_buffer(stripped, access="sequential", fail_on=fail_on)
    if not isinstance(found.header, tiff.TiffHeader) or found.header.pages[0].aspect == 1:
        return image
    page = found.header.pages[0]
    wide, tall = square(image.width, image.height, page.aspect)
    kernel = "nearest" if page.bits == 1 else "linear"  # black and white stays so
    return image.resize(wide / image.width, vscale=tall / image.height, kernel=kernel)


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except pyvips.Error as error:
        raise ImageBroken(integrator="libvips could not decode all of it.") from error


def _resize_to_edge(image: pyvips.Image, edge: int) -> pyvips.Image:
    """Downscale an image until its longest edge has `edge` pixels; both edges keep at least one pixel."""
    if image.hasalpha():
        # Premultiplies alpha: invisible colours must not bleed into visible ones.
        return image.thumbnail_image(edge, height=edge, size="down")
    scale = edge / max(image.width, image.height)
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(width / image.width, vscale=height / image.height)


def _finish(image: pyvips.Image, found: Inspection, edge: int | None) -> pyvips.Image:
    """Make an opened image as small as wanted, then 8-bit sRGB or grey on white: colours are converted when it is small."""
    if edge is not None and max(image.width, image.height) > edge:
        image = _resize_to_edge(image, edge)
    return _flatten(_to_srgb(image, found))


def _shrink_factor(found: Inspection, edge: int | None) -> int:
    """Choose how far libjpeg shrinks while decoding: at least twice the wanted edge remains, for a precise resize."""
    if edge is None:
        return 1
    longest, shortest = max(found.width, found.height), min(found.width, found.height)
    return next((factor for factor in (8, 4, 2) if longest // factor >= 2 * edge and shortest >= factor), 1)


def _to_srgb(image: pyvips.Image, found: Inspection) -> pyvips.Image:
    if isinstance(found.header, tiff.TiffHeader):
        image = _drop_extra_channels(image, found.header.pages[0])
    converted = None if found.foreign_profile is None else _converted(image, found)
    if (
        found.header.profile is None
        and isinstance(found.header, heif.HeifHeader | png.PngHeader)
        and found.header.primaries == icc.DISPLAY_P3
        and image.bands >= 3
    ):
        image = image.icc_transform("srgb", input_profile="p3", intent="relative")
    elif converted is not None:
        image = converted
    elif found.colour == "cmyk":
        image = _inks_to_rgb(image)
    elif isinstance(found.header, heif.HeifHeader | png.PngHeader) and found.header.gamma is not None:
        image = _apply_gamma(image, found.header.gamma)
    grey = found.colour == "grey"
    if isinstance(found.header, heif.HeifHeader):
        grey = image.bands < 3  # what was decoded, whatever the boxes say
    space = "b-w" if grey else "srgb"
    return image if image.interpretation == space else image.colourspace(space)


def _converted(image: pyvips.Image, found: Inspection) -> pyvips.Image | None:
    """Convert the colours; None if the profile can't be used, which viewers ignore then."""
    profile = found.foreign_profile or b""
    try:
        if found.colour == "grey" and image.bands >= 3:
            return _convert_greys(image, profile)
        return _convert(image, profile)
    except pyvips.Error:
        return None


def _convert(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    image = image.copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image.icc_transform("srgb", embedded=True, intent="perceptual", black_point_compensation=True)


def _convert_greys(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    """Convert a grey picture that was decoded as RGB, as libvips does with an AVIF's; transparency has no profile."""
    deep = image.format == "ushort"
    greys = pyvips.Image.identity(ushort=deep).copy(interpretation="grey16" if deep else "b-w")
    converted = _mapped(image, _convert(greys, profile).extract_band(0))
    return converted.copy(interpretation=image.interpretation)


def _inks_to_rgb(image: pyvips.Image) -> pyvips.Image:
    """Convert CMYK without a profile as browsers do: each ink, and black, take away their share of the light."""
    most = 65_535 if image.format == "ushort" else _WHITE
    inks, black = image.extract_band(0, n=3), image.extract_band(3)
    light = ((most - inks) * ((most - black) / most)).rint().cast(image.format)
    return light.copy(interpretation="rgb16" if image.format == "ushort" else "srgb")


def _apply_gamma(image: pyvips.Image, gamma: float) -> pyvips.Image:
    """Convert samples of this exponent to sRGB's, as browsers do; transparency has none."""
    levels = 65_536 if image.format == "ushort" else 256
    position = pyvips.Image.identity(ushort=levels > 256, size=levels) / (levels - 1)
    table = ((position ** (1 / (2.2 * gamma))) * (levels - 1)).rint().cast(image.format)
    return _mapped(image, table).copy(interpretation=image.interpretation)


def _mapped(image: pyvips.Image, table: pyvips.Image) -> pyvips.Image:
    """Replace each sample by the table's, except those of transparency."""
    colours = image.bands - (1 if image.hasalpha() else 0)
    converted = image.extract_band(0, n=colours).maplut(table)
    return converted.bandjoin(image.extract_band(colours)) if colours < image.bands else converted


def _drop_extra_channels(image: pyvips.Image, page: tiff.TiffPage) -> pyvips.Image:
    """Drop masks and spot colours, which libvips would take for colour or transparency."""
    wanted = page.colour_channels + page.has_alpha
    if page.number(262) == 3 or image.bands <= wanted:  # a palette is expanded already
        return image
    return image.extract_band(0, n=wanted)


def _flatten(image: pyvips.Image) -> pyvips.Image:
    if image.hasalpha():
        image = image.flatten(background=[_WHITE])
    return image if image.format == "uchar" else image.cast("uchar")


def _rotate(image: pyvips.Image, orientation: int) -> pyvips.Image:
    image = image.copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return image.autorot()
