"""Decode HEIC with libheif if it is installed: the wheel contains GPL-licensed code, so it is an optional extra."""

from typing import Final

import pyvips

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported

_NOT_INSTALLED = (
    "This is a HEIC photo, which this installation can't read. On an iPhone choose Settings, Camera, Formats, "
    "Most Compatible, or export the photo as JPEG, and add it again."
)


def decode_heif(content: bytes) -> pyvips.Image:
    """Decode the primary image, upright. Raises ImageBroken, ImageUnsupported (not installed)."""
    try:
        import pillow_heif  # noqa: PLC0415 - optional, and needed only for a HEIC
    except ImportError as error:
        raise ImageUnsupported(
            _NOT_INSTALLED, integrator="Install the extra: clinicpro-images[heic]."
        ) from error

    try:
        image = pillow_heif.open_heif(content)
        width, height = image.size
        pixels, mode = image.data, image.mode
    except (ValueError, RuntimeError, OSError, EOFError, SyntaxError, MemoryError, IndexError) as error:
        # IndexError: libheif opened the file but found no image in it that it can decode.
        raise ImageBroken(integrator="libheif could not decode all of it.") from error
    bands, format_ = _LAYOUTS.get(mode, (0, "uchar"))
    size = 2 if format_ == "ushort" else 1
    if not bands or len(pixels) != width * height * bands * size:
        raise ImageBroken(integrator=f"libheif returned pixels of mode {mode}.")
    image = pyvips.Image.new_from_memory(pixels, width, height, bands, format_)
    if format_ == "ushort":
        return image.copy(interpretation="grey16")
    return image.copy(interpretation="srgb" if bands > 2 else "b-w")  # more than grey and alpha


_LAYOUTS: Final = {
    "L": (1, "uchar"),
    "LA": (2, "uchar"),
    "I;16": (1, "ushort"),
    "RGB": (3, "uchar"),
    "RGBA": (4, "uchar"),
}
"""Channels and libvips's format, by the decoder's mode; only deep grey is not reduced to 8 bits by it."""
