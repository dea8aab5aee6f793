"""TIFF in layouts that scanners' and printers' programs write beside the usual one: BigTIFF, separate planes, tiles, YCbCr."""

import io
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.inspect import inspect
from containers import make_tiff
from image_files import is_upright, scene
from layout_tiffs import layout_tiff, subsampled_tiff

BIG: dict[str, Any] = {"bigtiff": True}
BIG_ENDIAN: dict[str, Any] = {"bigtiff": True, "byteorder": ">", "compression": "zlib", "rowsperstrip": 16}
PLANES: dict[str, Any] = {"planes": True}
STRIPS: dict[str, Any] = {"planes": True, "rowsperstrip": 16, "compression": "zlib", "predictor": True}
TILES: dict[str, Any] = {"planes": True, "tile": 64, "compression": "zlib"}

LAYOUTS = [
    *((mode, options) for mode in ("L", "RGB", "RGBA", "CMYK", "YCbCr") for options in (BIG, BIG_ENDIAN)),
    *((mode, options) for mode in ("RGB", "RGBA", "CMYK") for options in (PLANES, STRIPS, TILES)),
    *(("YCbCr", options) for options in ({}, {"tile": 64}, {"compression": "zlib"})),
]


@pytest.mark.parametrize(("mode", "options"), LAYOUTS)
def test_each_layout_shows_what_two_other_programs_see(
    mode: str, options: dict[str, Any], tmp_path: Path
) -> None:
    content = layout_tiff(mode, **options)
    path = tmp_path / "sent.tiff"
    path.write_bytes(content)

    shown = np.asarray(Image.open(io.BytesIO(clean(content).content)).convert("RGB")).astype(int)

    flat = scene(320, 240).convert(mode).convert("RGB")
    if mode == "RGBA":
        flat = Image.blend(Image.new("RGB", flat.size, "white"), flat, 200 / 255)
    assert np.abs(shown - np.asarray(flat).astype(int)).mean() < 3
    assert np.abs(shown - _as_imagemagick_shows(path)).mean() < 3


def _as_imagemagick_shows(path: Path) -> Any:
    flat = ["-background", "white", "-alpha", "remove", "-colorspace", "sRGB", "-depth", "8"]
    program = "/usr/bin/magick" if Path("/usr/bin/magick").exists() else "/usr/bin/convert"
    run = subprocess.run([program, str(path), *flat, "rgb:-"], capture_output=True, check=True)
    return np.frombuffer(run.stdout, np.uint8).reshape(240, 320, 3).astype(int)


def test_pages_of_a_bigtiff_and_its_orientation_are_found() -> None:
    assert inspect(layout_tiff(bigtiff=True, extratags=[(274, "H", 1, 6, True)])).width == 240
    with pytest.raises(ImageBroken):
        inspect(b"II+\x00\x08\x00\x00\x00" + (2**40).to_bytes(8, "little"))
    with pytest.raises(ImageBroken):
        inspect(b"II+\x00\x08\x00\x00\x00" + (16).to_bytes(8, "little") + (2**60).to_bytes(8, "little"))


def test_a_damaged_page_that_only_pillow_reads_is_not_filed() -> None:
    content = layout_tiff("CMYK", **TILES)
    at = len(content) // 2

    with pytest.raises(ImageBroken):
        clean(content[:at] + bytes(4000) + content[at + 4000 :])


@pytest.mark.parametrize("options", [{}, {"planes": True}, {"tile": 64}, {"bigtiff": True}])
def test_colours_that_programs_show_differently_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(ImageUnsupported, match=r"CIE L\*a\*b\*.*Export it in RGB"):
        inspect(layout_tiff("LAB", **options))


def test_colours_at_half_size_without_jpeg_are_refused_but_not_with_jpeg() -> None:
    for options in ({}, {"compression": "zlib"}):
        with pytest.raises(ImageUnsupported, match="colours at a lower resolution"):
            inspect(subsampled_tiff(**options))
    assert is_upright(clean(make_tiff(compression="jpeg")).content)
