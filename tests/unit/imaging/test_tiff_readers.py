"""Every TIFF the pipeline writes can be read by libtiff, Pillow, ImageMagick, libvips and JavaScript, pixel for pixel."""

import io
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import pyvips
from numpy.typing import NDArray
from PIL import Image

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.fit import fit_scan
from clinicpro_images.imaging.limits import FitLimits
from containers import make_heic, make_tiff, make_webp
from image_files import make_jpeg, make_png

ROOT = Path(__file__).parents[3]

SOURCES = {
    "wrapped 4:2:0": make_jpeg(),
    "wrapped 4:2:2": make_jpeg(subsampling="4:2:2"),
    "wrapped 4:4:4": make_jpeg(subsampling="4:4:4"),
    "wrapped grey": make_jpeg(mode="L"),
    "wrapped, odd size": make_jpeg(width=333, height=217),
    "turned": make_jpeg(orientation=6, gps=True),
    "progressive": make_jpeg(progressive=True),
    "cmyk": make_jpeg(mode="CMYK"),
    "too large": make_jpeg(width=2600, height=400),
    "png": make_png(),
    "png grey": make_png(mode="L"),
    "heic": make_heic(),
    "webp": make_webp(),
    "tiff": make_tiff(),
    "fax": make_tiff(mode="1", compression="group4"),
}

NEAR = 3
"""Decoders round the conversion from YCbCr to RGB differently."""
SMOOTHED = 40
"""At sharp colour edges some decoders interpolate halved chroma and some repeat it; on average that must not show."""


@cache
def filed(name: str) -> tuple[bytes, bytes]:
    """The TIFF, and the JPEG inside it."""
    cleaned = clean(SOURCES[name])
    tiff = fit_scan(
        cleaned.content, cleaned.content_type, description="Left forearm", limits=FitLimits()
    ).content
    return tiff, tiff[tiff.index(b"\xff\xd8\xff") :]


def pixels_of(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image.convert("RGB"))


def same(seen: NDArray[np.uint8], name: str) -> bool:
    """Whether these pixels match those of the JPEG inside."""
    meant = pixels_of(Image.open(io.BytesIO(filed(name)[1])))
    if seen.shape != meant.shape:
        return False
    apart = np.abs(seen.astype(int) - meant.astype(int))
    return (
        float(apart.mean()) < 1
        and float(np.percentile(apart, 99)) <= SMOOTHED
        and float(np.median(apart)) <= NEAR
    )


@pytest.fixture
def tiff(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "filed.tiff"
    path.write_bytes(filed(request.getfixturevalue("name"))[0])
    return path


every_source = pytest.mark.parametrize("name", SOURCES)


@every_source
def test_pillow_reads_exactly_the_pixels_of_the_jpeg_inside(name: str) -> None:
    tiff, jpeg = filed(name)

    assert np.array_equal(pixels_of(Image.open(io.BytesIO(tiff))), pixels_of(Image.open(io.BytesIO(jpeg))))


@every_source
def test_libvips_reads_exactly_the_pixels_of_the_jpeg_inside(name: str) -> None:
    tiff, jpeg = filed(name)
    seen = pyvips.Image.tiffload_buffer(tiff)
    meant = pyvips.Image.jpegload_buffer(jpeg)

    assert np.array_equal(seen.numpy(), meant.numpy())


@every_source
def test_libtiff_s_tools_read_it_without_a_warning(name: str, tiff: Path, tmp_path: Path) -> None:
    described = subprocess.run(
        ["/usr/bin/tiffinfo", "-D", str(tiff)], capture_output=True, text=True, check=True
    )
    out = tmp_path / "plain.tiff"
    converted = subprocess.run(
        ["/usr/bin/tiff2rgba", "-c", "none", str(tiff), str(out)], capture_output=True, text=True, check=True
    )

    assert (described.stderr, converted.stderr) == ("", "")
    assert same(pixels_of(Image.open(out)), name)


@every_source
def test_imagemagick_reads_it(name: str, tiff: Path, tmp_path: Path) -> None:
    out = tmp_path / "plain.png"
    output = subprocess.run(
        [imagemagick(), str(tiff), f"png:{out}"], capture_output=True, text=True, check=True
    )

    assert output.stderr == ""
    assert same(pixels_of(Image.open(out)), name)


@pytest.mark.widget
@every_source
def test_plain_javascript_reads_it(name: str, tiff: Path, tmp_path: Path) -> None:
    out = tmp_path / "pixels"
    program = """
        const [folder, tiff, out] = process.argv.slice(1);
        const fs = require("fs");
        import(folder + "/geotiff/dist-module/geotiff.js").then(async ({ fromFile }) => {
            const file = await fromFile(tiff);
            const page = await file.getImage(0);
            const pixels = await page.readRGB({ interleave: true });
            fs.writeFileSync(out, Buffer.from(pixels));
            console.log(page.getWidth(), page.getHeight(), await file.getImageCount());
            file.close();
        });
    """
    output = subprocess.run(
        [node(), "-e", program, str(ROOT / "widget/node_modules"), str(tiff), str(out)],
        capture_output=True,
        text=True,
        check=True,
    )
    width, height, pages = map(int, output.stdout.split())
    seen = np.frombuffer(out.read_bytes(), np.uint8).reshape(height, width, 3)

    assert pages == 1
    assert same(seen, name)


@every_source
def test_its_tags_are_what_a_strict_reader_needs(name: str, tiff: Path) -> None:
    output = subprocess.run(
        ["/usr/bin/tiffinfo", str(tiff)], capture_output=True, text=True, check=True
    ).stdout

    assert "Compression Scheme: JPEG" in output
    assert "Resolution: 300, 300 pixels/inch" in output
    assert "ImageDescription: Left forearm" in output
    assert "Planar Configuration: single image plane" in output
    grey = "grey" in name or name == "fax"
    assert f"Photometric Interpretation: {'min-is-black' if grey else 'YCbCr'}" in output
    assert ("YCbCr Subsampling" in output, "Reference Black/White" in output) == (not grey, not grey)
    assert "Orientation" not in output
    assert "ICC" not in output


def imagemagick() -> str:
    """Debian's name for it, or that of later versions."""
    return next(
        str(path) for path in map(Path, ("/usr/bin/convert-im6.q16", "/usr/bin/magick")) if path.exists()
    )


def node() -> str:
    """The machine's Node.js, or the one that scripts/setup installed."""
    found = subprocess.run(
        ["/bin/bash", "-c", "source scripts/node.sh && command -v node"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout.strip()
