"""A second look: what is about to leave is decoded by a decoder that didn't make it, and compared with what came in."""

import io
from typing import Final

import pyvips
from PIL import (
    Image,
    JpegImagePlugin,
    TiffImagePlugin,
)

PLUGINS: Final = (JpegImagePlugin, TiffImagePlugin)
"""Imported so that Pillow knows these formats, and never has to search its folder for others."""

EDGE: Final = 320
"""Longest edge of the pictures that are taken, in pixels."""
_COMPARED_EDGE: Final = 128
"""Longest edge at which they are compared."""
_MIN_PSNR: Final = 20.0
"""In dB, at that size. A JPEG of the lowest quality that is filed has 26 or more; another picture has 5 to 15."""
_MAX_SHIFT: Final = 5.0
"""Most by which the mean of a colour channel may differ, of 255."""
_UNREADABLE: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    KeyError,
    TypeError,
    IndexError,
    RuntimeError,
)


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
            seen = _to_vips(opened, (small.width, small.height))
    except (*_UNREADABLE, Image.DecompressionBombError):
        return False
    return same(seen, small)


def _smoothed(shown: pyvips.Image) -> pyvips.Image:
    """Shrink a picture to a quarter or less, so that the grain and dither that any JPEG loses don't count."""
    longest = max(shown.width, shown.height)
    edge = min(longest, max(8, min(_COMPARED_EDGE, longest // 4)))
    if edge == longest:
        return shown
    return shown.thumbnail_image(edge, height=edge, size="down").copy_memory()


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


def confirmed(stripped: bytes, shown: pyvips.Image, *, size: tuple[int, int]) -> bool:
    """Return whether Pillow shows a stripped TIFF, as stored and with square pixels, as `shown`; true if it can't read it.

    `size` is that of the file's own pixels.
    """
    try:
        with Image.open(io.BytesIO(stripped), formats=("TIFF",)) as opened:
            if opened.mode not in _COMPARABLE or opened.size != size:
                return True
            small = _smoothed(shown)
            flat: Image.Image = opened
            if "A" in opened.mode:
                rgba = opened.convert("RGBA")
                flat = Image.alpha_composite(Image.new("RGBA", rgba.size, (255, 255, 255, 255)), rgba)
            seen = _to_vips(flat, (small.width, small.height))
    except (*_UNREADABLE, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return True
    return same(seen, small)


_COMPARABLE: Final = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "RGBX"})


def same(seen: pyvips.Image, shown: pyvips.Image) -> bool:
    """Return whether two small sRGB or grey pictures show the same: dimensions, noise (PSNR) and mean colour."""
    if (seen.width, seen.height) != (shown.width, shown.height):
        return False
    difference = _rgb(seen) - _rgb(shown)
    shift = max(abs(band.avg()) for band in difference.bandsplit())
    error = (difference * difference).avg()
    return bool(shift <= _MAX_SHIFT and error <= 255**2 / 10 ** (_MIN_PSNR / 10))


def _to_vips(opened: Image.Image, size: tuple[int, int]) -> pyvips.Image:
    """Return Pillow's picture at this size, as an image in memory."""
    grey = opened.mode in {"1", "L", "LA"}
    read = opened if opened.mode in {"L", "RGB"} else opened.convert("L" if grey else "RGB")
    # By whole numbers only, to no less than three times the size; the rest as the other picture is shrunk.
    factor = max(1, min(read.width // (3 * size[0]), read.height // (3 * size[1])))
    small = read.reduce(factor)
    image = pyvips.Image.new_from_memory(
        small.tobytes(), small.width, small.height, 1 if grey else 3, "uchar"
    )
    image = image.thumbnail_image(size[0], height=size[1], size="force").copy_memory()
    return image.copy(interpretation="b-w" if grey else "srgb")


def _rgb(image: pyvips.Image) -> pyvips.Image:
    return image if image.bands == 3 else image.colourspace("srgb")
