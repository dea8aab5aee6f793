"""A second look: what is about to leave is decoded by a decoder that didn't make it, and compared with what came in."""

import io
from dataclasses import dataclass
from typing import Final

import pyvips
from PIL import (
    AvifImagePlugin,
    Image,
    ImageChops,
    ImageCms,
    ImageStat,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from clinicpro_images.imaging import pixels
from clinicpro_images.imaging.formats.pillow import UNREADABLE
from clinicpro_images.imaging.formats.tiff_pixels import open_with_libtiff

PLUGINS: Final = (AvifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
"""Imported so that Pillow knows these formats, and never has to search its folder for others."""

EDGE: Final = 320
"""Longest edge of the pictures that are taken, in pixels."""
_CONVERTED_EDGE: Final = 2400
"""Longest edge, at least, at which colours are converted: those of a scan are at its own size, as in the other picture."""
_COMPARED_EDGE: Final = 128
"""Longest edge at which they are compared."""
_MIN_PSNR: Final = 20.0
"""In dB, at that size. A JPEG of the lowest quality that is filed has 26 or more; another picture has 5 to 15."""
_MAX_SHIFT: Final = 5.0
"""Most by which the mean of a colour channel may differ, of 255; three times that for a few pixels, which a JPEG rounds."""
_FEW_PIXELS: Final = 16


def looks_the_same(encoded: bytes, kind: str, shown: pyvips.Image, *, size: tuple[int, int]) -> bool:
    """Return whether a JPEG or TIFF has these dimensions and shows `shown`, an upright sRGB picture of `EDGE` pixels.

    It is read by Pillow, with libjpeg-turbo and libtiff of its own. A TIFF is decoded whole, a JPEG at a reduced size.
    """
    try:
        with Image.open(io.BytesIO(encoded), formats=(kind,)) as opened:
            if opened.size != size or opened.getexif().get(0x0112, 1) != 1:
                return False
            opened.draft(None, (EDGE, EDGE))
            small = _smoothed(shown)
            seen = _shrunk(opened, small.size)
    except UNREADABLE:
        return False
    return _same(seen, small)


def _smoothed(shown: pyvips.Image) -> Image.Image:
    """Shrink a picture to a quarter or less, so that the grain and dither that any JPEG loses don't count."""
    longest = max(shown.width, shown.height)
    edge = min(longest, max(8, min(_COMPARED_EDGE, longest // 4)))
    width, height = (max(1, round(each * edge / longest)) for each in (shown.width, shown.height))
    return _from_vips(shown).resize((width, height), Image.Resampling.LANCZOS)


def _from_vips(image: pyvips.Image) -> Image.Image:
    """Return a grey or sRGB picture of 8 bits as Pillow's."""
    mode = "L" if image.bands == 1 else "RGB"
    return Image.frombytes(mode, (image.width, image.height), image.write_to_memory())


def alike(content: bytes, *, first: int) -> bytes:
    """Return b"yes" if two thumbnails, the first of which has `first` bytes, show the same picture; otherwise b"no".

    One may be from a smaller copy that was compressed more: it is the picture that counts, not its sharpness.
    """
    small = [
        pyvips.Image.jpegload_buffer(part, access="random", fail_on="warning").copy_memory()
        for part in (content[:first], content[first:])
    ]
    if abs(small[0].width / small[0].height * small[1].height / small[1].width - 1) > _SAME_SHAPE:
        return b"no"
    one, other = (each.thumbnail_image(64, height=64, size="force").copy_memory() for each in small)
    return b"yes" if same(one, other) else b"no"


_SAME_SHAPE: Final = 0.04
"""Small copies round their edges to whole pixels."""


@dataclass(frozen=True)
class Source:
    """An uploaded image as another program has to read it: its format by Pillow's name and its stripped bytes.

    `width` and `height` are as stored, `orientation` says how that is shown, and `profile` is what its colours are
    converted from.
    """

    kind: str
    stripped: bytes
    width: int
    height: int
    orientation: int
    profile: bytes | None


def confirmed(source: Source, shown: pyvips.Image) -> bool | None:
    """Return whether Pillow sees in an uploaded image what `shown` shows, upright; None if it can't read it."""
    if source.width * source.height > _MAX_CONFIRMED_PIXELS:
        return None
    try:
        with _opened(source) as opened:
            stored = {(source.width, source.height)}
            orientation = source.orientation
            if source.kind == "AVIF":  # it leaves turning to its caller
                orientation = _orientation(opened)
                stored.add((source.height, source.width))
            if opened.mode not in _COMPARABLE or opened.size not in stored:
                return None
            small = _smoothed(pixels.as_stored(shown, orientation))
            seen = _shrunk(opened, small.size, source.profile)
    except (*UNREADABLE, ImageCms.PyCMSError, Image.DecompressionBombWarning):
        return None
    return _same(seen, small) and not (source.kind == "AVIF" and _is_as_coded(small, seen))


def _is_as_coded(small: Image.Image, seen: Image.Image) -> bool:
    """Return whether a picture without colour has its brightness as video codes it, from 16 to 235, and not as it is meant."""
    if seen.mode != "L":
        return False
    grey, coded = small.convert("L"), seen.point(_CODED)
    return sum(_squares(coded, grey)) < sum(_squares(seen, grey))


_CODED: Final = [round(16 + level * 219 / 255) for level in range(256)]


def _squares(one: Image.Image, other: Image.Image) -> list[int]:
    """Return the sum of the squared differences of each channel."""
    return ImageStat.Stat(ImageChops.difference(one, other)).sum2


def _opened(source: Source) -> Image.Image:
    if source.kind == "TIFF":
        return open_with_libtiff(source.stripped)
    return Image.open(io.BytesIO(source.stripped), formats=(source.kind,))


def _orientation(opened: Image.Image) -> int:
    """Return the orientation that Pillow read from the boxes; its own look-up would also believe XMP."""
    found = Image.Exif()
    found.load(opened.info.get("exif", b""))
    return int(found.get(_ORIENTATION, 1))


_ORIENTATION: Final = 0x0112
_MAX_CONFIRMED_PIXELS: Final = 30_000_000
"""Pillow needs four bytes for each pixel; a larger image would exceed the memory of a decoder."""
_COMPARABLE: Final = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK"})


def same(seen: pyvips.Image, shown: pyvips.Image) -> bool:
    """Return whether two small sRGB or grey pictures show the same: dimensions, noise (PSNR) and mean colour."""
    return _same(_from_vips(seen), _from_vips(shown))


def _same(seen: Image.Image, shown: Image.Image) -> bool:
    if seen.size != shown.size:
        return False
    one, other = seen.convert("RGB"), shown.convert("RGB")
    shift = max(abs(a - b) for a, b in zip(ImageStat.Stat(one).mean, ImageStat.Stat(other).mean, strict=True))
    squares = _squares(one, other)
    error = sum(squares) / (len(squares) * one.width * one.height)
    most = _MAX_SHIFT if one.width * one.height >= _FEW_PIXELS else 3 * _MAX_SHIFT
    return bool(shift <= most and error <= 255**2 / 10 ** (_MIN_PSNR / 10))


def _shrunk(opened: Image.Image, size: tuple[int, int], profile: bytes | None = None) -> Image.Image:
    """Return Pillow's picture at this size, on white and in sRGB."""
    # By whole numbers only, to no less than three times the size; the rest as the other picture is shrunk.
    factor = max(1, min(opened.width // (3 * size[0]), opened.height // (3 * size[1])))
    if profile is None:
        small = _plain(opened).reduce(factor)
    else:
        # Once black and white are mixed, their conversion gives another grey.
        first = max(1, max(opened.size) // _CONVERTED_EDGE)
        small = _in_srgb(_plain(opened).reduce(first), profile).reduce(max(1, factor // first))
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, (255, 255, 255, 255)), small)
    if small.mode not in {"L", "RGB"}:
        small = small.convert("RGB")
    return small.resize(size, Image.Resampling.LANCZOS)


def _plain(opened: Image.Image) -> Image.Image:
    """Return a picture without a palette: grey, RGB, RGBA or CMYK."""
    if opened.has_transparency_data:
        return opened if opened.mode == "RGBA" else opened.convert("RGBA")
    if opened.mode in {"L", "RGB", "CMYK"}:
        opened.load()
        return opened
    return opened.convert("L" if opened.mode == "1" else "RGB")


def _in_srgb(small: Image.Image, profile: bytes) -> Image.Image:
    """Convert the colours with littlecms; raises ImageCms.PyCMSError. Transparency has none."""
    alpha = small.getchannel("A") if small.mode == "RGBA" else None
    colours = small.convert("RGB") if alpha else small
    converted = ImageCms.profileToProfile(
        colours,
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.PERCEPTUAL,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if converted is None:
        return small
    if alpha is not None:
        converted.putalpha(alpha)
    return converted
