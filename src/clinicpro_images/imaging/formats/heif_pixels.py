"""HEIC pixels by libheif, where the installation has it: the wheel carries GPL-licensed code, so it is an extra."""

import pyvips

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported

_NOT_INSTALLED = (
    "This is a HEIC photo, and this installation can't read those. On an iPhone choose Settings, Camera, Formats, "
    "Most Compatible, or export the photo as JPEG, and add it again."
)


def decode_heif(content: bytes) -> pyvips.Image:
    """Decode the main picture, upright, 8 bits per channel. Raises ImageBroken, ImageUnsupported (not installed)."""
    try:
        import pillow_heif  # noqa: PLC0415 - only where a HEIC arrives, and only where it is installed
    except ImportError as error:
        raise ImageUnsupported(
            _NOT_INSTALLED, integrator="Install the extra: clinicpro-images[heic]."
        ) from error

    try:
        image = pillow_heif.open_heif(content)
        width, height = image.size
        pixels, mode = image.data, image.mode
    except (ValueError, RuntimeError, OSError, EOFError, SyntaxError, MemoryError, IndexError) as error:
        # IndexError: libheif opened the file and found no picture in it that it can decode.
        raise ImageBroken(integrator="libheif could not decode it to its end.") from error
    bands = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}.get(mode)
    if bands is None or len(pixels) != width * height * bands:
        raise ImageBroken(integrator=f"libheif gave pixels of mode {mode}.")
    image = pyvips.Image.new_from_memory(pixels, width, height, bands, "uchar")
    return image.copy(interpretation="srgb" if bands > 2 else "b-w")  # noqa: PLR2004 (grey, alpha)
