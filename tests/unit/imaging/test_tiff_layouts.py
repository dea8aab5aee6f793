"""TIFF in layouts that scanners' and printers' programs write beside the usual one: BigTIFF, separate planes, tiles, YCbCr."""

import io
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.inspect import inspect
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


@pytest.mark.parametrize("options", [{}, {"compression": "zlib", "byteorder": ">"}])
def test_colours_at_half_size_without_jpeg_are_read_as_libtiff_reads_them(
    options: dict[str, Any], tmp_path: Path
) -> None:
    path, plain = tmp_path / "sent.tiff", tmp_path / "plain.tiff"
    path.write_bytes(subsampled_tiff(**options))

    shown = np.asarray(Image.open(io.BytesIO(clean(path.read_bytes()).content)).convert("RGB")).astype(int)

    subprocess.run(["/usr/bin/tiff2rgba", "-c", "none", str(path), str(plain)], check=True)
    assert np.abs(shown - np.asarray(Image.open(plain).convert("RGB")).astype(int)).mean() < 3
    assert np.abs(shown - np.asarray(scene(320, 240)).astype(int)).mean() < 3


def test_separate_planes_of_16_bits_are_read() -> None:
    pixels = np.asarray(scene(320, 240)).astype(np.uint16) * 257
    out = io.BytesIO()
    tifffile.imwrite(out, np.moveaxis(pixels, 2, 0), photometric="rgb", planarconfig="separate")

    assert is_upright(clean(out.getvalue()).content)


def test_tiles_that_are_listed_as_strips_are_found() -> None:
    content = layout_tiff(tile=64)
    listed = content
    for tiles, strips in ((324, 273), (325, 279)):
        listed = listed.replace(tiles.to_bytes(2, "little"), strips.to_bytes(2, "little"), 1)
    assert listed != content

    assert clean(listed).content == clean(content).content


def test_the_thumbnail_of_a_small_camera_photo_is_no_page() -> None:
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        writer.write(np.asarray(scene(640, 480)), photometric="rgb", extratags=[(65_000, "I", 1, 8, True)])
        writer.write(np.asarray(scene(160, 120)), photometric="rgb")
    document = out.getvalue()
    long_of_one = (4).to_bytes(2, "little") + (1).to_bytes(4, "little")
    own, exif = ((tag).to_bytes(2, "little") + long_of_one for tag in (65_000, 34_665))
    assert document.count(own) == 1

    assert inspect(document).pages == 2
    assert inspect(document.replace(own, exif)).pages == 1


def test_transparent_cmyk_is_refused_as_programs_blend_it_differently() -> None:
    out = io.BytesIO()
    pixels = np.full((16, 16, 5), 90, np.uint8)
    tifffile.imwrite(out, pixels, photometric="separated", extrasamples=["unassalpha"])
    with pytest.raises(ImageUnsupported, match="two programs see different pictures"):
        inspect(out.getvalue())
