"""Damaged, inconsistent and malicious files."""

import io
import struct
import zipfile
import zlib

import numpy as np
import pikepdf
from PIL import Image

from containers import document_pdf, make_avif, make_bmp, make_heic, make_tiff, make_webp, protected_pdf
from corpus.case import Case
from image_files import claims, make_jpeg, make_png

_KINDS = {
    "jpeg": make_jpeg(),
    "progressive jpeg": make_jpeg(progressive=True),
    "png": make_png(),
    "heic": make_heic(),
    "avif": make_avif(),
    "bmp": make_bmp(),
    "webp": make_webp(),
    "tiff": make_tiff(),
    "jpeg tiff": make_tiff(compression="jpeg"),
    "pdf": document_pdf(pages=2),
}


def hostile() -> dict[str, Case]:
    """Return all of them by name."""
    return damaged() | inconsistent() | bombs() | polyglots() | unsupported()


def damaged() -> dict[str, Case]:
    """Truncated files, flipped bits, and zeroed or duplicated parts."""
    made: dict[str, Case] = {}
    rng = np.random.default_rng(11)
    for name, content in _KINDS.items():
        size = len(content)
        for part in (0.02, 0.3, 0.7, 0.98):
            # Viewers show what there is of a JPEG, and of a progressive one all of it sooner.
            shown = "jpeg" in name and "tiff" not in name and part > (0.1 if "progressive" in name else 0.8)
            made[f"{name} truncated at {part}"] = Case(
                content[: int(size * part)], "image" if shown else "refused"
            )
        for number in range(4):
            flipped = bytearray(content)
            for position in rng.integers(0, size, 3 * (number + 1)):
                flipped[position] ^= 1 << int(rng.integers(0, 8))
            made[f"{name} flipped {number}"] = Case(bytes(flipped), "either")
        made[f"{name} with zeroed bytes"] = Case(
            content[: size // 2] + bytes(64) + content[size // 2 + 64 :], "either"
        )
        made[f"{name} with a duplicated part"] = Case(content[: size // 2] + content[size // 3 :], "either")
        made[f"{name} followed by random bytes"] = Case(content + rng.bytes(5000), "either")
    return made


def inconsistent() -> dict[str, Case]:
    """Headers with a wrong size, no pixels, or lengths beyond the end of the file."""
    made: dict[str, Case] = {}
    for name in ("jpeg", "progressive jpeg", "png"):
        content = _KINDS[name]
        for width, height in ((0, 0), (0, 9), (9, 0), (60_000, 60_000), (65_535, 2_000)):
            made[f"{name} of {width} x {height}"] = Case(claims(content, width, height), "refused")
        made[f"{name} taller than its pixels"] = Case(claims(content, 640, 5000), "refused")
    for name, content, spot in (
        ("heic", _KINDS["heic"], _KINDS["heic"].index(b"ispe") + 8),
        ("webp", make_webp(lossless=True), 21),
        ("tiff", _KINDS["tiff"], 8),
    ):
        made[f"{name} with a wrong size"] = Case(
            content[:spot] + b"\xff\xff\xff\x7f" + content[spot + 4 :], "refused"
        )
        made[f"{name} of size 0"] = Case(content[:spot] + bytes(4) + content[spot + 4 :], "either")
    made["tiff with a directory loop"] = Case(_circular_tiff(), "refused")
    made["tiff of a million strips"] = Case(make_tiff(compression="raw", tags={278: 1}), "either")
    made["tiff with strips beyond its end"] = Case(b"II*\x00\x08\x00\x00\x00\xff\xff" + bytes(600), "refused")
    made["heic box of size 1"] = Case(
        _KINDS["heic"][:24] + struct.pack(">I", 1) + _KINDS["heic"][28:], "either"
    )
    made["jpeg segment too long"] = Case(b"\xff\xd8\xff\xe1\xff\xff" + bytes(300), "refused")
    made["png chunk too long"] = Case(_KINDS["png"][:33] + b"\x7f\xff\xff\xffIDAT" + bytes(99), "refused")
    return made


def bombs() -> dict[str, Case]:
    """Small files that decompress to large data."""
    made = {"png of a gigabyte": Case(_png_bomb(18_000, 18_000), "refused")}
    made["png of 99 megapixels"] = Case(_png_bomb(9_900, 9_900), "either")
    made["interlaced png of 99 megapixels in 16 bits"] = Case(
        _png_bomb(9_900, 9_900, depth=16, interlace=1), "refused"
    )
    scans = _KINDS["progressive jpeg"]
    start = scans.index(b"\xff\xda")
    made["jpeg of 3,000 scans"] = Case(scans[:-2] + scans[start:-2] * 3000 + b"\xff\xd9", "refused")
    made["png profile bomb"] = Case(_profile_bomb(), "image")
    made["pdf content bomb"] = Case(_pdf_bomb(), "either")
    made["pdf with a page tree loop"] = Case(_pdf_loop(), "refused")
    made["pdf nested deeply"] = Case(_pdf_deep(), "either")
    made["webp of 16,383 x 16,383"] = Case(_webp_claim(16_383, 16_383), "refused")
    return made


def polyglots() -> dict[str, Case]:
    """Files that are valid in two formats, and disguised archives: at most the image is kept, nothing appended to it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as pack:
        pack.writestr("run.exe", b"MZ" + bytes(500))
    zip_file = archive.getvalue()
    html = b"<html><script>alert(1)</script></html>"
    return {
        "zip in a jpeg": Case(_KINDS["jpeg"] + zip_file, "image", scene=True),
        "zip in a png": Case(_KINDS["png"] + zip_file, "image", scene=True),
        "zip in a webp": Case(_KINDS["webp"] + zip_file, "image", scene=True),
        "html in a jpeg": Case(_KINDS["jpeg"] + html, "image", scene=True),
        "pdf behind a jpeg": Case(_KINDS["jpeg"] + _KINDS["pdf"], "image", scene=True),
        "pdf behind a gif": Case(b"GIF89a" + _KINDS["pdf"], "refused"),
        "zip behind a pdf": Case(_KINDS["pdf"] + zip_file, "either"),
        "jpeg with a png signature": Case(b"\x89PNG\r\n\x1a\n" + _KINDS["jpeg"], "refused"),
        "png with a jpeg signature": Case(b"\xff\xd8\xff" + _KINDS["png"], "refused"),
        "zip": Case(zip_file, "refused"),
    }


def unsupported() -> dict[str, Case]:
    """Other file types, animations and protected files."""
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    made: dict[str, Case] = {}
    for kind in ("GIF", "WEBP", "PNG"):
        out = io.BytesIO()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:])
        made[f"animated {kind}"] = Case(out.getvalue(), "refused")
    for kind in ("GIF", "JPEG2000", "ICO", "PPM", "TGA"):
        out = io.BytesIO()
        frames[0].save(out, kind)
        made[f"plain {kind}"] = Case(out.getvalue(), "refused")
    made |= {
        "pdf behind a password": Case(protected_pdf(), "refused"),
        "pdf with restricted permissions": Case(protected_pdf(owner_only=True), "image"),
        "pdf of 21 pages": Case(document_pdf(pages=21), "refused"),
        "tiff of 21 pages": Case(make_tiff(width=20, height=20, pages=21), "refused"),
        "video": Case(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(900), "refused"),
        "svg": Case(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "refused"),
        "text": Case(b"Dear colleague,\n", "refused"),
        "empty": Case(b"", "refused"),
        "one byte": Case(b"\xff", "refused"),
        "26 MB": Case(_KINDS["jpeg"].ljust(26 * 1024 * 1024 + 1, b"\x00"), "refused"),
    }
    return made


def _circular_tiff() -> bytes:
    content = bytearray(make_tiff(compression="raw"))
    directory = int.from_bytes(content[4:8], "little")
    entries = int.from_bytes(content[directory : directory + 2], "little")
    next_directory = directory + 2 + 12 * entries
    content[next_directory : next_directory + 4] = content[4:8]
    return bytes(content)


def _packed_zeros(size: int) -> bytes:
    """Return a zlib stream of a million zeros or more: after a full flush a packer makes the same bytes of the same again."""
    packer, piece = zlib.compressobj(9), bytes(1_000_000)
    start = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    pieces, rest = divmod(size - len(piece), len(piece))
    # Of zeros, Adler's first sum stays 1 and the second grows by that for each of them.
    checksum = (size % 65_521) << 16 | 1
    end = packer.compress(bytes(rest)) + packer.flush()
    return start + again * pieces + end[:-4] + struct.pack(">I", checksum)


def _png_bomb(width: int, height: int, *, depth: int = 8, interlace: int = 0) -> bytes:
    packed = _packed_zeros((1 + width * 3 * depth // 8) * height)
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, interlace)
    chunks = b""
    for kind, body in ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b"")):
        chunks += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return b"\x89PNG\r\n\x1a\n" + chunks


def _profile_bomb() -> bytes:
    content = make_png()
    body = b"x\x00\x00" + zlib.compress(bytes(200_000_000), 9)
    chunk = struct.pack(">I", len(body)) + b"iCCP" + body + struct.pack(">I", zlib.crc32(b"iCCP" + body))
    return content[:33] + chunk + content[33:]


def _webp_claim(width: int, height: int) -> bytes:
    content = bytearray(make_webp(lossless=True))
    bits = (width - 1) | (height - 1) << 14
    content[21:25] = bits.to_bytes(4, "little")
    return bytes(content)


def _pdf_bomb() -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(600, 800))
    page.Contents = pdf.make_stream(b"")
    packed = zlib.compress(b"0 0 1 1 re f % text\n" * 5_000_000, 9)
    page.Contents.write(packed, filter=pikepdf.Name.FlateDecode)
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def _pdf_loop() -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n"
        b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
    )


def _pdf_deep() -> bytes:
    nested = b"[" * 5000 + b"]" * 5000
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</X " + nested + b">>>>endobj\n"
        b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
    )
