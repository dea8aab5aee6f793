"""Sound files: every container, colour, depth, turn and way of packing that has to be shown as it was meant."""

import io
import struct
import zlib

import numpy as np
import pyvips
from PIL import Image

from containers import (
    document_pdf,
    filled_form_pdf,
    photo_heic,
    photo_tiff,
    photo_webp,
    planted_containers,
    tiff_16_bit_rgb,
)
from corpus.case import Case
from photos import icc_profile, photo_jpeg, photo_png, planted, png_16_bit, scene

_ON_ITS_SIDE = b"\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01" + struct.pack(
    ">HHIHHI", 0x0112, 3, 1, 6, 0, 0
)
"""An Exif segment that says nothing but that the camera was held upright."""


def sound() -> dict[str, Case]:
    """All of them by name."""
    return turned() | colours() | shapes() | documents() | packed() | carrying()


def turned() -> dict[str, Case]:
    """Every orientation in every container that knows one."""
    made: dict[str, Case] = {}
    for turn in range(1, 9):
        made[f"jpeg turned {turn}"] = Case(photo_jpeg(orientation=turn, gps=True), "picture", scene=True)
        made[f"progressive jpeg turned {turn}"] = Case(
            photo_jpeg(orientation=turn, gps=True, progressive=True), "picture", scene=True
        )
        made[f"png turned {turn}"] = Case(photo_png(orientation=turn), "picture", scene=True)
        made[f"heic turned {turn}"] = Case(photo_heic(orientation=turn), "picture", scene=True)
        made[f"webp turned {turn}"] = Case(photo_webp(orientation=turn), "picture", scene=True)
        made[f"tiff turned {turn}"] = Case(photo_tiff(orientation=turn), "picture", scene=True)
    return made


def colours() -> dict[str, Case]:
    """Grey, palette, see-through, CMYK, 16 bits, wide gamut."""
    made = {f"png {mode}": Case(photo_png(mode=mode), "picture") for mode in ("L", "LA", "P", "1", "I;16")}
    made |= {f"png {mode}": Case(photo_png(mode=mode), "picture", scene=True) for mode in ("RGB", "RGBA")}
    made |= {f"jpeg {mode}": Case(photo_jpeg(mode=mode), "picture") for mode in ("L", "CMYK")}
    made |= {
        f"jpeg {sampling}": Case(photo_jpeg(subsampling=sampling), "picture", scene=True)
        for sampling in ("4:4:4", "4:2:2", "4:2:0")
    }
    made |= {f"heic {mode}": Case(photo_heic(mode=mode), "picture") for mode in ("L", "RGBA")}
    made["webp RGBA"] = Case(photo_webp(mode="RGBA"), "picture", scene=True)
    made["webp lossless"] = Case(photo_webp(lossless=True), "picture", scene=True)
    made["webp lossless RGBA"] = Case(photo_webp(lossless=True, mode="RGBA"), "picture", scene=True)
    for mode in ("L", "RGBA", "CMYK", "P", "1", "I;16", "LA"):
        made[f"tiff {mode}"] = Case(photo_tiff(mode=mode), "picture")
    made["png 16 bit rgb"] = Case(png_16_bit(), "picture")
    made["tiff 16 bit rgb"] = Case(tiff_16_bit_rgb(), "picture")
    wide = icc_profile("p3")
    made["jpeg wide gamut"] = Case(photo_jpeg(profile=wide), "picture")
    made["png wide gamut"] = Case(photo_png(profile=wide), "picture")
    made["heic wide gamut"] = Case(photo_heic(profile=wide), "picture")
    made["webp wide gamut"] = Case(photo_webp(profile=wide), "picture")
    made["tiff wide gamut"] = Case(photo_tiff(profile=wide), "picture")
    made["jpeg broken profile"] = Case(photo_jpeg(profile=wide[:150]), "picture", scene=True)
    return made


def shapes() -> dict[str, Case]:
    """One pixel, one line, odd sizes, and the largest that are taken."""
    made: dict[str, Case] = {}
    for width, height in ((1, 1), (1, 7), (17, 3), (33, 65), (255, 257)):
        made[f"jpeg {width} x {height}"] = Case(photo_jpeg(width=width, height=height), "picture")
        made[f"png {width} x {height}"] = Case(photo_png(width=width, height=height), "picture")
        made[f"webp {width} x {height}"] = Case(photo_webp(width=width, height=height), "picture")
        made[f"tiff {width} x {height}"] = Case(photo_tiff(width=width, height=height), "picture")
    made["png 1 x 100,000"] = Case(_line(1, 100_000), "picture")
    made["png 100,000 x 1"] = Case(_line(100_000, 1), "picture")
    made["jpeg 1 x 65,000"] = Case(photo_jpeg(width=1, height=65_000), "picture")
    made["jpeg 100 megapixels"] = Case(_large(10_000, 10_000), "picture")
    made["jpeg 48 megapixels, on its side"] = Case(_large(8_000, 6_000, turn=6), "picture")
    made["jpeg 100 megapixels, on its side"] = Case(_large(10_000, 10_000, turn=8), "picture")
    made["jpeg 100 megapixels, 23 MB"] = Case(heavy(), "picture")
    made["png 24 megapixels"] = Case(_flat_png(6_000, 4_000), "picture")
    made["heic 12 megapixels"] = Case(photo_heic(width=4032, height=3024, quality=60), "picture", scene=True)
    return made


def documents() -> dict[str, Case]:
    """PDFs, and TIFFs of several pages."""
    made = {
        f"pdf of {pages}": Case(document_pdf(pages=pages), "picture", pages=pages) for pages in (1, 3, 20)
    }
    made["pdf form"] = Case(filled_form_pdf("words"), "picture")
    made["tiff of 4 pages"] = Case(photo_tiff(pages=4), "picture", pages=4)
    made["fax of 20 pages"] = Case(photo_tiff(pages=20, mode="1", compression="group4"), "picture", pages=20)
    return made


def packed() -> dict[str, Case]:
    """Every compression a scanner chooses."""
    made = {
        f"tiff {compression}": Case(photo_tiff(compression=compression), "picture", scene=True)
        for compression in ("raw", "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "packbits", "jpeg")
    }
    made |= {
        f"fax {compression}": Case(photo_tiff(mode="1", compression=compression), "picture")
        for compression in ("tiff_ccitt", "group3", "group4")
    }
    picture = pyvips.Image.new_from_array(np.asarray(scene(320, 240)))
    for name, options in {
        "tiled jpeg": {"compression": "jpeg", "tile": True, "tile_width": 64, "tile_height": 64},
        "tiled deflate": {"compression": "deflate", "tile": True, "predictor": "horizontal"},
        "big-endian-ready strips": {"compression": "none", "rowjump": 0},
    }.items():
        wanted = {key: value for key, value in options.items() if key != "rowjump"}
        made[f"tiff {name}"] = Case(picture.tiffsave_buffer(**wanted), "picture", scene=True)
    made["png interlaced"] = Case(picture.pngsave_buffer(interlace=True), "picture", scene=True)
    return made


def carrying() -> dict[str, Case]:
    """Everything a camera or an office program writes besides the picture."""
    marker = "CORPUS-MARKER-51"
    return {f"carrying: {name}": Case(content, "either") for name, content in planted(marker).items()} | {
        f"carrying: {name}": Case(content, "picture", pages=3 if name == "tiff pages" else 1)
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
    picture = pyvips.Image.gaussnoise(width // 10, height // 10, mean=140, sigma=18).cast("uchar")
    picture = picture.resize(10).bandjoin([120, 90]).copy(interpretation="srgb")
    if turn > 1:
        picture = picture.copy()
        picture.set_type(pyvips.GValue.gint_type, "orientation", turn)
    made: bytes = picture.jpegsave_buffer(Q=80, keep="exif" if turn > 1 else "none")
    return made


def heavy(*, on_its_side: bool = False) -> bytes:
    """Return 100 megapixels in 23 MB, as the largest cameras write them: the file itself weighs on memory too."""
    tile = pyvips.Image.gaussnoise(1000, 1000, mean=140, sigma=18).cast("uchar").copy_memory()
    picture = tile.bandjoin([120, 90]).copy(interpretation="srgb").replicate(10, 10)
    made: bytes = picture.jpegsave_buffer(Q=88, keep="none")
    return made[:2] + _ON_ITS_SIDE + made[2:] if on_its_side else made
