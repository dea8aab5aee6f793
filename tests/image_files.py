"""JPEG and PNG test images with a different colour in each corner, phone-like metadata and planted markers."""

import io
import struct
import zlib
from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image, ImageOps

Rgb = tuple[int, int, int]

CORNERS: Final[dict[str, Rgb]] = {
    "top left": (200, 40, 40),
    "top right": (40, 170, 60),
    "bottom left": (50, 70, 200),
    "bottom right": (220, 190, 40),
}
"""The colour of each corner of the *upright* image, whatever its stored orientation."""

STORED_TRANSPOSE: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How to transpose an upright image for each Exif orientation: the tag then describes how to undo it."""


def scene(width: int, height: int, *, seed: int = 0) -> Image.Image:
    """Return an upright RGB image: a coloured block in each corner, a smooth middle with some noise."""
    return _scene(width, height, seed).copy()


@lru_cache(maxsize=8)
def _scene(width: int, height: int, seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    smooth = np.stack(
        [190 + 30 * rows * columns, 150 - 30 * rows + 0 * columns, 120 + 20 * columns + 0 * rows], axis=2
    )
    noise = rng.normal(0, 3, (height, width, 1)).astype(np.float32)
    pixels = np.clip(smooth + noise, 0, 255).astype(np.uint8)
    block_height, block_width = max(1, height // 4), max(1, width // 4)
    pixels[:block_height, :block_width] = CORNERS["top left"]
    pixels[:block_height, -block_width:] = CORNERS["top right"]
    pixels[-block_height:, :block_width] = CORNERS["bottom left"]
    pixels[-block_height:, -block_width:] = CORNERS["bottom right"]
    return Image.fromarray(pixels)


def make_jpeg(
    *,
    width: int = 640,
    height: int = 480,
    orientation: int = 1,
    gps: bool = False,
    seed: int = 0,
    quality: int = 90,
    mode: str = "RGB",
    progressive: bool = False,
    subsampling: str = "4:2:0",
    profile: bytes | None = None,
    marker: str = "",
    taken: str = "",
    zone: str = "",
) -> bytes:
    """Return a JPEG whose *upright* size is `width` by `height`, with Exif if any argument requires it."""
    image = scene(width, height, seed=seed).convert(mode)
    if orientation in STORED_TRANSPOSE:
        image = image.transpose(STORED_TRANSPOSE[orientation])
    out = io.BytesIO()
    extra = {"icc_profile": profile} if profile else {}
    if mode == "RGB":
        extra["subsampling"] = subsampling  # type: ignore[assignment]  # Pillow accepts the name too
    image.save(out, "JPEG", quality=quality, progressive=progressive, **extra)
    content = out.getvalue()
    if orientation == 1 and not gps and not marker and not taken:
        return content
    block = b"Exif\x00\x00" + exif_block(
        orientation=orientation, gps=gps, marker=marker, taken=taken, zone=zone
    )
    return with_segments(content, [(0xE1, block)])


def make_png(
    *,
    width: int = 320,
    height: int = 240,
    mode: str = "RGB",
    seed: int = 0,
    profile: bytes | None = None,
    orientation: int = 1,
) -> bytes:
    """Return a PNG in any of Pillow's modes; "I;16" is 16-bit grey, "RGBA" is transparent in the middle."""
    image = scene(width, height, seed=seed)
    if orientation in STORED_TRANSPOSE:
        image = image.transpose(STORED_TRANSPOSE[orientation])
    if mode == "RGBA":
        alpha = np.full((image.height, image.width), 255, np.uint8)
        alpha[image.height // 3 : 2 * image.height // 3, image.width // 3 : 2 * image.width // 3] = 0
        image.putalpha(Image.fromarray(alpha))
    elif mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    else:
        image = image.convert(mode)
    out = io.BytesIO()
    image.save(out, "PNG", **({"icc_profile": profile} if profile else {}))
    content = out.getvalue()
    return (
        content
        if orientation == 1
        else with_chunks(content, [(b"eXIf", exif_block(orientation=orientation))])
    )


def png_16_bit(*, width: int = 64, height: int = 48) -> bytes:
    """Return a 16-bit RGB PNG, which Pillow can't write: left half red, right half blue."""
    row = struct.pack(">HHH", 0xC8C8, 0x2828, 0x2828) * (width // 2)
    row += struct.pack(">HHH", 0x2828, 0x2828, 0xC8C8) * (width - width // 2)
    return _png(
        struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0), zlib.compress((b"\x00" + row) * height)
    )


def growing_tiff(pages: int, *, quality: int = 20) -> bytes:
    """A small TIFF that is stored as megabytes a page: a fax of dots, whose pages share their pixels."""
    dots = [Image.effect_noise((2400, 3300), 90)] * pages
    held = io.BytesIO()
    dots[0].save(held, "TIFF", save_all=True, append_images=dots[1:], compression="jpeg", quality=quality)
    return held.getvalue()


def claims(content: bytes, width: int, height: int) -> bytes:
    """Return the file with another size in its header: a decompression bomb that is cheap to send."""
    if content.startswith(b"\x89PNG"):
        header = struct.pack(">II", width, height) + content[24:29]
        checksum = zlib.crc32(b"IHDR" + header)
        return content[:16] + header + struct.pack(">I", checksum) + content[33:]
    frame = next(i for i in range(2, len(content)) if content[i] == 0xFF and content[i + 1] in {0xC0, 0xC2})
    return content[: frame + 5] + struct.pack(">HH", height, width) + content[frame + 9 :]


def planted(marker: str) -> dict[str, bytes]:
    """Return images with `marker` in each place that can hold metadata, by the name of that place."""
    marker_bytes = marker.encode()
    plain, png = make_jpeg(width=96, height=64), make_png(width=96, height=64)
    thumbnail = make_jpeg(width=32, height=24)
    spots: dict[str, list[tuple[int, bytes]]] = {
        "jpeg exif": [(0xE1, b"Exif\x00\x00" + exif_block(gps=True, marker=marker))],
        "jpeg exif thumbnail": [
            (0xE1, b"Exif\x00\x00" + exif_block(thumbnail=with_segments(thumbnail, [(0xFE, marker_bytes)])))
        ],
        "jpeg xmp": [(0xE1, b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>" + marker_bytes + b"</x:xmpmeta>")],
        "jpeg extended xmp": [(0xE1, b"http://ns.adobe.com/xmp/extension/\x00" + marker_bytes * 40)],
        "jpeg iptc": [
            (
                0xED,
                b"Photoshop 3.0\x008BIM\x04\x04\x00\x00"
                + struct.pack(">I", len(marker_bytes))
                + marker_bytes,
            )
        ],
        "jpeg comment": [(0xFE, marker_bytes)],
        "jpeg jfif thumbnail": [(0xE0, b"JFXX\x00\x10" + with_segments(thumbnail, [(0xFE, marker_bytes)]))],
        "jpeg multi-picture index": [(0xE2, b"MPF\x00MM\x00*" + marker_bytes)],
        "jpeg flashpix": [(0xE2, b"FPXR\x00" + marker_bytes)],
        "jpeg broken profile": [(0xE2, b"ICC_PROFILE\x00\x01\x01" + marker_bytes)],
        "jpeg adobe": [(0xEE, b"Adobe\x00\x64\x00\x00\x00\x00\x01" + marker_bytes)],
        "jpeg jpegls and unknown": [(0xF7, marker_bytes), (0xEF, marker_bytes), (0xE5, marker_bytes)],
    }
    images = {name: with_segments(plain, segments) for name, segments in spots.items()}
    images["jpeg exif, turned"] = make_jpeg(width=96, height=64, orientation=6, gps=True, marker=marker)
    images["jpeg srgb profile"] = make_jpeg(width=96, height=64, profile=icc_profile("srgb", marker=marker))
    images["jpeg wide profile"] = make_jpeg(width=96, height=64, profile=icc_profile("p3", marker=marker))
    images["jpeg trailer"] = plain + marker_bytes
    images["jpeg motion photo trailer"] = plain + b"\x00\x00\x00\x18ftypmp42" + marker_bytes * 100
    images["jpeg second image"] = plain + with_segments(thumbnail, [(0xFE, marker_bytes)])
    unused = [
        (0xDB, b"\x03" + marker_bytes.ljust(64, b"\x01")),
        (0xDB, b"\x00" + marker_bytes.ljust(64, b"\x01")),
    ]
    images["jpeg table never used, and one replaced before use"] = with_segments(plain, unused)
    images["jpeg before the scan"] = plain.replace(b"\xff\xda", marker_bytes + b"\xff\xda", 1)
    images["png trailer"] = png + marker_bytes
    text = marker_bytes + b"\x00" + marker_bytes
    chunks: dict[str, list[tuple[bytes, bytes]]] = {
        "png text": [(b"tEXt", text)],
        "png packed text": [(b"zTXt", marker_bytes + b"\x00\x00" + zlib.compress(marker_bytes))],
        "png international text": [(b"iTXt", marker_bytes + b"\x00\x00\x00\x00\x00" + marker_bytes)],
        "png exif": [(b"eXIf", exif_block(gps=True, marker=marker))],
        "png time and private": [(b"tIME", marker_bytes[:7].ljust(7, b"\x01")), (b"prVt", marker_bytes)],
        "png profile": [
            (b"iCCP", marker_bytes + b"\x00\x00" + zlib.compress(icc_profile("p3", marker=marker)))
        ],
    }
    images |= {name: with_chunks(png, added) for name, added in chunks.items()}
    return images


def with_segments(jpeg: bytes, segments: list[tuple[int, bytes]]) -> bytes:
    """Return the JPEG with these (marker, body) segments directly after its start."""
    added = b"".join(
        bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body for marker, body in segments
    )
    return jpeg[:2] + added + jpeg[2:]


def with_chunks(png: bytes, chunks: list[tuple[bytes, bytes]]) -> bytes:
    """Return the PNG with these (type, body) chunks directly after its header."""
    return png[:33] + b"".join(_chunk(kind, body) for kind, body in chunks) + png[33:]


def exif_block(
    *,
    orientation: int = 1,
    gps: bool = False,
    marker: str = "",
    thumbnail: bytes = b"",
    taken: str = "",
    zone: str = "",
) -> bytes:
    """Return an Exif block as phones write it, without the "Exif" prefix; `marker` is make, serial and maker note."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    if zone:
        exif.get_ifd(0x8769)[0x9011] = zone
    if marker:
        exif[0x010F], exif[0x0110], exif[0x0131] = marker, marker, marker
        camera = exif.get_ifd(0x8769)
        camera[0xA431], camera[0x927C], camera[0x9286] = marker, marker.encode() * 3, marker.encode()
    if gps:
        place = exif.get_ifd(0x8825)
        place[1], place[2], place[3], place[4] = "S", (41.0, 30.0, 12.0), "E", (178.0, 5.0, 44.0)
        if marker:
            place[0x1B] = marker.encode()
    block = exif.tobytes().removeprefix(b"Exif\x00\x00")
    return block + thumbnail


def icc_profile(kind: str, *, marker: str = "") -> bytes:
    """Return a display profile with sRGB's tone curve: "srgb", or "p3" with Apple's wide-gamut primaries."""
    primaries = {
        "srgb": ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.7141)),
        "p3": ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407)),
    }[kind]

    def fixed(*numbers: float) -> bytes:
        return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)

    name = (marker or kind).encode()
    described = b"desc" + bytes(4) + struct.pack(">I", len(name) + 1) + name + bytes(1 + 78)
    curve = (
        b"para"
        + bytes(4)
        + struct.pack(">HH", 3, 0)
        + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    )
    tags = {b"desc": described, b"cprt": b"text" + bytes(4) + name + b"\x00"}
    tags[b"wtpt"] = b"XYZ " + bytes(4) + fixed(0.9642, 1.0, 0.8249)
    for letter, primary in zip("rgb", primaries, strict=True):
        tags[f"{letter}XYZ".encode()] = b"XYZ " + bytes(4) + fixed(*primary)
        tags[f"{letter}TRC".encode()] = curve
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for key, value in tags.items():
        padded = value + bytes(-len(value) % 4)
        table += key + struct.pack(">II", start + len(body), len(value))
        body += padded
    header = struct.pack(
        ">I4s4s4s4s4s", start + len(body), b"test", b"\x02\x10\x00\x00", b"mntr", b"RGB ", b"XYZ "
    )
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + fixed(0.9642, 1.0, 0.8249)
    return header.ljust(128, b"\x00") + table + body


def with_tag(profile: bytes, name: bytes, value: bytes) -> bytes:
    """Return the colour profile with one more tag, at its end."""
    count = int.from_bytes(profile[128:132])
    table_end = 132 + 12 * count
    moved = b"".join(
        profile[at : at + 4]
        + (int.from_bytes(profile[at + 4 : at + 8]) + 12).to_bytes(4)
        + profile[at + 8 : at + 12]
        for at in range(132, table_end, 12)
    )
    entry = name + (len(profile) + 12).to_bytes(4) + len(value).to_bytes(4)
    body = profile[table_end:] + value
    whole = profile[4:128] + (count + 1).to_bytes(4) + moved + entry + body
    return (len(whole) + 4).to_bytes(4) + whole


def table_profile() -> bytes:
    """Return a profile for channels that are no RGB: negative lightness, and the two colours of CIE L*a*b*.

    They are in a table, and their zero is a light blue.
    """
    ends = [(255 * (1 - x), 255 * y, 255 * z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    unchanged = bytes(range(256)) * 3
    matrix = struct.pack(">9i", *(0x10000 * (at % 4 == 0) for at in range(9)))
    table = b"mft1" + bytes(4) + bytes([3, 3, 2, 0]) + matrix
    table += unchanged + bytes(level for end in ends for level in end) + unchanged
    profile = with_tag(icc_profile("p3").replace(b"rXYZ", b"none"), b"A2B0", table)
    profile = with_tag(profile, b"A2B1", table)
    return profile[:8] + b"\x04" + profile[9:20] + b"Lab " + profile[24:]  # version 4


def corners(image: Image.Image) -> dict[str, Rgb]:
    """Return the average colour in the middle of each corner block, to compare with `CORNERS`."""
    image = image.convert("RGB")
    right, bottom = image.width - 1 - image.width // 8, image.height - 1 - image.height // 8
    left, top = image.width // 8, image.height // 8
    places = {
        "top left": (left, top),
        "top right": (right, top),
        "bottom left": (left, bottom),
        "bottom right": (right, bottom),
    }
    found: dict[str, Rgb] = {}
    for name, place in places.items():
        spot = image.crop((place[0] - 4, place[1] - 4, place[0] + 5, place[1] + 5)).resize(
            (1, 1), Image.Resampling.BOX
        )
        red, green, blue = np.asarray(spot)[0, 0]
        found[name] = (int(red), int(green), int(blue))
    return found


def is_upright(content: bytes, *, tolerance: int = 12) -> bool:
    """Return whether each corner has an upright image's colour, as a viewer shows it."""
    found = corners(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
    return all(
        abs(a - b) <= tolerance for name in CORNERS for a, b in zip(found[name], CORNERS[name], strict=True)
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(header: bytes, pixels: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
