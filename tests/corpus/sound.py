"""Valid files: every container, colour mode, depth, orientation and compression that must be shown correctly."""

import io
import struct
import zlib

import numpy as np
import pyvips
from PIL import Image

from containers import (
    document_pdf,
    filled_form_pdf,
    make_avif,
    make_bmp,
    make_heic,
    make_tiff,
    make_webp,
    planted_containers,
    tiff_16_bit_rgb,
)
from corpus.case import Case
from image_files import icc_profile, make_jpeg, make_png, planted, png_16_bit, scene
from layout_tiffs import layout_tiff

_ON_ITS_SIDE = b"\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01" + struct.pack(
    ">HHIHHI", 0x0112, 3, 1, 6, 0, 0
)
"""An Exif segment with nothing but an orientation: the camera was held in portrait."""


def sound() -> dict[str, Case]:
    """Return all of them by name."""
    return orientations() | colours() | shapes() | documents() | compressions() | with_metadata()


def orientations() -> dict[str, Case]:
    """Every orientation in every container that supports one."""
    made: dict[str, Case] = {}
    for turn in range(1, 9):
        made[f"jpeg turned {turn}"] = Case(make_jpeg(orientation=turn, gps=True), "image", scene=True)
        made[f"progressive jpeg turned {turn}"] = Case(
            make_jpeg(orientation=turn, gps=True, progressive=True), "image", scene=True
        )
        made[f"png turned {turn}"] = Case(make_png(orientation=turn), "image", scene=True)
        made[f"heic turned {turn}"] = Case(make_heic(orientation=turn), "image", scene=True)
        made[f"webp turned {turn}"] = Case(make_webp(orientation=turn), "image", scene=True)
        made[f"avif turned {turn}"] = Case(make_avif(orientation=turn), "image", scene=True)
        made[f"tiff turned {turn}"] = Case(make_tiff(orientation=turn), "image", scene=True)
    return made


def colours() -> dict[str, Case]:
    """Grey, palette, transparent, CMYK, 16-bit and wide-gamut images."""
    made = {f"png {mode}": Case(make_png(mode=mode), "image") for mode in ("L", "LA", "P", "1", "I;16")}
    made |= {f"png {mode}": Case(make_png(mode=mode), "image", scene=True) for mode in ("RGB", "RGBA")}
    made |= {f"jpeg {mode}": Case(make_jpeg(mode=mode), "image") for mode in ("L", "CMYK")}
    made |= {
        f"jpeg {sampling}": Case(make_jpeg(subsampling=sampling), "image", scene=True)
        for sampling in ("4:4:4", "4:2:2", "4:2:0")
    }
    made |= {f"heic {mode}": Case(make_heic(mode=mode), "image") for mode in ("L", "RGBA")}
    made |= {f"avif {mode}": Case(make_avif(mode=mode), "image") for mode in ("L", "RGBA")}
    made |= {f"bmp {mode}": Case(make_bmp(mode=mode), "image") for mode in ("1", "L", "P", "RGBA")}
    made["bmp RGB"] = Case(make_bmp(), "image", scene=True)
    made["webp RGBA"] = Case(make_webp(mode="RGBA"), "image", scene=True)
    made["webp lossless"] = Case(make_webp(lossless=True), "image", scene=True)
    made["webp lossless RGBA"] = Case(make_webp(lossless=True, mode="RGBA"), "image", scene=True)
    for mode in ("L", "RGBA", "CMYK", "P", "1", "I;16", "LA"):
        made[f"tiff {mode}"] = Case(make_tiff(mode=mode), "image")
    made["png 16 bit rgb"] = Case(png_16_bit(), "image")
    made["tiff 16 bit rgb"] = Case(tiff_16_bit_rgb(), "image")
    wide = icc_profile("p3")
    made["jpeg wide gamut"] = Case(make_jpeg(profile=wide), "image")
    made["png wide gamut"] = Case(make_png(profile=wide), "image")
    made["heic wide gamut"] = Case(make_heic(profile=wide), "image")
    made["avif wide gamut"] = Case(make_avif(profile=wide), "image")
    made["webp wide gamut"] = Case(make_webp(profile=wide), "image")
    made["tiff wide gamut"] = Case(make_tiff(profile=wide), "image")
    made["jpeg broken profile"] = Case(make_jpeg(profile=wide[:150]), "image", scene=True)
    return made


def shapes() -> dict[str, Case]:
    """One pixel, one line, odd sizes, and the largest accepted sizes."""
    made: dict[str, Case] = {}
    for width, height in ((1, 1), (1, 7), (17, 3), (33, 65), (255, 257)):
        made[f"jpeg {width} x {height}"] = Case(make_jpeg(width=width, height=height), "image")
        made[f"png {width} x {height}"] = Case(make_png(width=width, height=height), "image")
        made[f"webp {width} x {height}"] = Case(make_webp(width=width, height=height), "image")
        made[f"tiff {width} x {height}"] = Case(make_tiff(width=width, height=height), "image")
    made["png 1 x 100,000"] = Case(_line(1, 100_000), "image")
    made["png 100,000 x 1"] = Case(_line(100_000, 1), "image")
    made["jpeg 1 x 65,000"] = Case(make_jpeg(width=1, height=65_000), "image")
    made["jpeg 100 megapixels"] = Case(_large(10_000, 10_000), "image")
    made["jpeg 48 megapixels, on its side"] = Case(_large(8_000, 6_000, turn=6), "image")
    made["jpeg 100 megapixels, on its side"] = Case(_large(10_000, 10_000, turn=8), "image")
    made["jpeg 100 megapixels, 23 MB"] = Case(heavy(), "image")
    made["png 24 megapixels"] = Case(_flat_png(6_000, 4_000), "image")
    made["heic 12 megapixels"] = Case(make_heic(width=4032, height=3024, quality=60), "image", scene=True)
    return made


def documents() -> dict[str, Case]:
    """PDFs and multi-page TIFFs."""
    made = {f"pdf of {pages}": Case(document_pdf(pages=pages), "image", pages=pages) for pages in (1, 3, 20)}
    made["pdf form"] = Case(filled_form_pdf("text"), "image")
    made["tiff of 4 pages"] = Case(make_tiff(pages=4), "image", pages=4)
    made["fax of 20 pages"] = Case(make_tiff(pages=20, mode="1", compression="group4"), "image", pages=20)
    return made


def compressions() -> dict[str, Case]:
    """Every compression that scanners use."""
    made = {
        f"tiff {compression}": Case(make_tiff(compression=compression), "image", scene=True)
        for compression in ("raw", "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "packbits", "jpeg")
    }
    made |= {
        f"fax {compression}": Case(make_tiff(mode="1", compression=compression), "image")
        for compression in ("tiff_ccitt", "group3", "group4")
    }
    image = pyvips.Image.new_from_array(np.asarray(scene(320, 240)))
    for name, options in {
        "tiled jpeg": {"compression": "jpeg", "tile": True, "tile_width": 64, "tile_height": 64},
        "tiled deflate": {"compression": "deflate", "tile": True, "predictor": "horizontal"},
        "big-endian-ready strips": {"compression": "none", "rowjump": 0},
    }.items():
        supported = {key: value for key, value in options.items() if key != "rowjump"}
        made[f"tiff {name}"] = Case(image.tiffsave_buffer(**supported), "image", scene=True)
    for mode in ("RGB", "RGBA", "CMYK", "YCbCr"):
        made[f"bigtiff {mode}"] = Case(layout_tiff(mode, bigtiff=True, byteorder=">"), "image")
    for mode in ("RGB", "RGBA", "CMYK"):
        made[f"tiff {mode} in planes"] = Case(layout_tiff(mode, planes=True), "image")
        made[f"tiff {mode} in tiles of planes"] = Case(layout_tiff(mode, planes=True, tile=64), "image")
    made["png interlaced"] = Case(image.pngsave_buffer(interlace=True), "image", scene=True)
    return made


def with_metadata() -> dict[str, Case]:
    """All the metadata that cameras and office programs add."""
    marker = "CORPUS-MARKER-51"
    return {
        f"with metadata: {name}": Case(content, "either") for name, content in planted(marker).items()
    } | {
        f"with metadata: {name}": Case(content, "image", pages=3 if name == "tiff pages" else 1)
        for name, content in planted_containers(marker).items()
    }


def _line(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (180, 120, 90)).save(out, "PNG")
    return out.getvalue()


def _flat_png(width: int, height: int) -> bytes:
    row = zlib.compress((b"\x00" + b"\xb4\x78\x5a" * width) * height, 1)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", row) + chunk(b"IEND", b"")


def _large(width: int, height: int, *, turn: int = 1) -> bytes:
    image = pyvips.Image.gaussnoise(width // 10, height // 10, mean=140, sigma=18).cast("uchar")
    image = image.resize(10).bandjoin([120, 90]).copy(interpretation="srgb")
    if turn > 1:
        image = image.copy()
        image.set_type(pyvips.GValue.gint_type, "orientation", turn)
    made: bytes = image.jpegsave_buffer(Q=80, keep="exif" if turn > 1 else "none")
    return made


def heavy(*, on_its_side: bool = False) -> bytes:
    """Return 100 megapixels in 23 MB, as the largest cameras write them, so that the file itself takes memory too."""
    tile = pyvips.Image.gaussnoise(1000, 1000, mean=140, sigma=18).cast("uchar").copy_memory()
    image = tile.bandjoin([120, 90]).copy(interpretation="srgb").replicate(10, 10)
    made: bytes = image.jpegsave_buffer(Q=88, keep="none")
    return made[:2] + _ON_ITS_SIDE + made[2:] if on_its_side else made
