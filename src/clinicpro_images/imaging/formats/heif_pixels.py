"""Decode HEIC with libheif if it is installed: the wheel contains GPL-licensed code, so it is an optional extra."""

import pyvips

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported

_NOT_INSTALLED = (
    "This is a HEIC photo, which this installation can't read. On an iPhone choose Settings, Camera, Formats, "
    "Most Compatible, or export the photo as JPEG, and add it again."
)


def decode_heif(content: bytes) -> pyvips.Image:
    """Decode the primary image, upright, 8 bits per channel. Raises ImageBroken, ImageUnsupported (not installed)."""
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
    bands = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}.get(mode)
    if bands is None or len(pixels) != width * height * bands:
        raise ImageBroken(integrator=f"libheif returned pixels of mode {mode}.")
    image = pyvips.Image.new_from_memory(pixels, width, height, bands, "uchar")
    return image.copy(interpretation="srgb" if bands > 2 else "b-w")  # more than grey and alpha
