"""TIFFs in the layouts that Pillow doesn't write: BigTIFF, separate planes, tiles, YCbCr without JPEG."""

import io
from typing import Any

import numpy as np
import tifffile

from image_files import scene

_PHOTOMETRIC = {
    "L": "minisblack", "RGB": "rgb", "RGBA": "rgb", "CMYK": "separated", "YCbCr": "ycbcr", "LAB": "cielab",
}  # fmt: skip
_SUBSAMPLING = 530


def layout_tiff(mode: str = "RGB", *, planes: bool = False, tile: int = 0, **options: Any) -> bytes:
    """Return the scene of 320 × 240 pixels in a mode of Pillow's; the `options` are tifffile's."""
    image = scene(320, 240)
    if mode == "RGBA":
        image.putalpha(200)
    pixels = np.asarray(image.convert(mode))
    if planes:
        pixels = np.moveaxis(pixels, 2, 0)
        options["planarconfig"] = "separate"
    if tile:
        options["tile"] = (tile, tile)
    if mode == "RGBA":
        options["extrasamples"] = ["unassalpha"]
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, photometric=_PHOTOMETRIC[mode], metadata=None, **options)
    return out.getvalue()


def subsampled_tiff(**options: Any) -> bytes:
    """Return the scene in YCbCr with its colours at half size, not as JPEG, as a camera may write it.

    Each four pixels' brightness is followed by their colours.
    """
    blocks = np.asarray(scene(320, 240).convert("YCbCr")).reshape(120, 2, 160, 2, 3).transpose(0, 2, 1, 3, 4)
    blocks = blocks.reshape(120, 160, 4, 3)
    colours = blocks[:, :, :, 1:].mean(2).round().astype(np.uint8)
    packed = np.concatenate([blocks[:, :, :, 0], colours], axis=2)
    out = io.BytesIO()
    # The same number of bytes as an RGB of half the width.
    tifffile.imwrite(
        out,
        packed.reshape(240, 160, 3),
        photometric="rgb",
        metadata=None,
        rowsperstrip=240,
        extratags=[(_SUBSAMPLING, "H", 2, (2, 2), True)],
        **options,
    )
    out.seek(0)
    with tifffile.TiffFile(out) as written:
        written.pages.first.tags["ImageWidth"].overwrite(320)
        written.pages.first.tags["PhotometricInterpretation"].overwrite(tifffile.PHOTOMETRIC.YCBCR)
    return out.getvalue()
