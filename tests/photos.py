"""Real JPEG and PNG test pictures: four corners of different colour, phone-like metadata, markers planted everywhere."""

import io
import struct
import zlib
from typing import Final

import numpy as np
from PIL import Image

Rgb = tuple[int, int, int]

CORNERS: Final[dict[str, Rgb]] = {
    "top left": (200, 40, 40),
    "top right": (40, 170, 60),
    "bottom left": (50, 70, 200),
    "bottom right": (220, 190, 40),
}
"""What stands in each corner of the *upright* picture, whatever its stored orientation."""

_TURN_AWAY: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is laid down so that its Exif orientation says how to pick it up again."""


def scene(width: int, height: int, *, seed: int = 0) -> Image.Image:
    """An upright RGB picture of that size: a coloured block in each corner, a smooth middle with some grain."""
    rng = np.random.default_rng(seed)
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    middle = np.stack(
        [190 + 30 * rows * columns, 150 - 30 * rows + 0 * columns, 120 + 20 * columns + 0 * rows], axis=2
    )
    grain = rng.normal(0, 3, (height, width, 1)).astype(np.float32)
    pixels = np.clip(middle + grain, 0, 255).astype(np.uint8)
    tall, wide = max(1, height // 4), max(1, width // 4)
    pixels[:tall, :wide] = CORNERS["top left"]
    pixels[:tall, -wide:] = CORNERS["top right"]
    pixels[-tall:, :wide] = CORNERS["bottom left"]
    pixels[-tall:, -wide:] = CORNERS["bottom right"]
    return Image.fromarray(pixels)


def photo_jpeg(
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
) -> bytes:
    """A JPEG whose *upright* size is `width` by `height`; with Exif as soon as there is something to say in it."""
    picture = scene(width, height, seed=seed).convert(mode)
    if orientation in _TURN_AWAY:
        picture = picture.transpose(_TURN_AWAY[orientation])
    out = io.BytesIO()
    extra = {"icc_profile": profile} if profile else {}
    if mode == "RGB":
        extra["subsampling"] = subsampling  # type: ignore[assignment]  # Pillow takes its name here
    picture.save(out, "JPEG", quality=quality, progressive=progressive, **extra)
    made = out.getvalue()
    if orientation == 1 and not gps and not marker:
        return made
    block = b"Exif\x00\x00" + exif_block(orientation=orientation, gps=gps, marker=marker)
    return with_segments(made, [(0xE1, block)])


def photo_png(
    *,
    width: int = 320,
    height: int = 240,
    mode: str = "RGB",
    seed: int = 0,
    profile: bytes | None = None,
    orientation: int = 1,
) -> bytes:
    """A PNG in any of Pillow's modes; "I;16" is 16-bit grey, "RGBA" is see-through in the middle."""
    picture = scene(width, height, seed=seed)
    if orientation in _TURN_AWAY:
        picture = picture.transpose(_TURN_AWAY[orientation])
    if mode == "RGBA":
        alpha = np.full((picture.height, picture.width), 255, np.uint8)
        alpha[picture.height // 3 : 2 * picture.height // 3, picture.width // 3 : 2 * picture.width // 3] = 0
        picture.putalpha(Image.fromarray(alpha))
    elif mode == "I;16":
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    else:
        picture = picture.convert(mode)
    out = io.BytesIO()
    picture.save(out, "PNG", **({"icc_profile": profile} if profile else {}))
    made = out.getvalue()
    return made if orientation == 1 else with_chunks(made, [(b"eXIf", exif_block(orientation=orientation))])


def png_16_bit(*, width: int = 64, height: int = 48) -> bytes:
    """A 16-bit RGB PNG, which Pillow can't write: left half red, right half blue."""
    row = struct.pack(">HHH", 0xC8C8, 0x2828, 0x2828) * (width // 2)
    row += struct.pack(">HHH", 0x2828, 0x2828, 0xC8C8) * (width - width // 2)
    return _png(
        struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0), zlib.compress((b"\x00" + row) * height)
    )


def claims(content: bytes, width: int, height: int) -> bytes:
    """The same file, whose header now claims another size: a bomb that costs nothing to send."""
    if content.startswith(b"\x89PNG"):
        header = struct.pack(">II", width, height) + content[24:29]
        check = zlib.crc32(b"IHDR" + header)
        return content[:16] + header + struct.pack(">I", check) + content[33:]
    at = next(at for at in range(2, len(content)) if content[at] == 0xFF and content[at + 1] in {0xC0, 0xC2})
    return content[: at + 5] + struct.pack(">HH", height, width) + content[at + 9 :]


def planted(marker: str) -> dict[str, bytes]:
    """Pictures that carry `marker` in every place where metadata can stand, by the name of that place."""
    word = marker.encode()
    plain, png = photo_jpeg(width=96, height=64), photo_png(width=96, height=64)
    thumbnail = photo_jpeg(width=32, height=24)
    spots: dict[str, list[tuple[int, bytes]]] = {
        "jpeg exif": [(0xE1, b"Exif\x00\x00" + exif_block(gps=True, marker=marker))],
        "jpeg exif thumbnail": [
            (0xE1, b"Exif\x00\x00" + exif_block(thumbnail=with_segments(thumbnail, [(0xFE, word)])))
        ],
        "jpeg xmp": [(0xE1, b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>" + word + b"</x:xmpmeta>")],
        "jpeg extended xmp": [(0xE1, b"http://ns.adobe.com/xmp/extension/\x00" + word * 40)],
        "jpeg iptc": [(0xED, b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(word)) + word)],
        "jpeg comment": [(0xFE, word)],
        "jpeg jfif thumbnail": [(0xE0, b"JFXX\x00\x10" + with_segments(thumbnail, [(0xFE, word)]))],
        "jpeg multi-picture index": [(0xE2, b"MPF\x00MM\x00*" + word)],
        "jpeg flashpix": [(0xE2, b"FPXR\x00" + word)],
        "jpeg broken profile": [(0xE2, b"ICC_PROFILE\x00\x01\x01" + word)],
        "jpeg adobe": [(0xEE, b"Adobe\x00\x64\x00\x00\x00\x00\x01" + word)],
        "jpeg jpegls and unknown": [(0xF7, word), (0xEF, word), (0xE5, word)],
    }
    pictures = {name: with_segments(plain, segments) for name, segments in spots.items()}
    pictures["jpeg exif, turned"] = photo_jpeg(width=96, height=64, orientation=6, gps=True, marker=marker)
    pictures["jpeg srgb profile"] = photo_jpeg(
        width=96, height=64, profile=icc_profile("srgb", marker=marker)
    )
    pictures["jpeg wide profile"] = photo_jpeg(width=96, height=64, profile=icc_profile("p3", marker=marker))
    pictures["jpeg trailer"] = plain + word
    pictures["jpeg motion photo trailer"] = plain + b"\x00\x00\x00\x18ftypmp42" + word * 100
    pictures["jpeg second picture"] = plain + with_segments(thumbnail, [(0xFE, word)])
    unused = [(0xDB, b"\x03" + word.ljust(64, b"\x01")), (0xDB, b"\x00" + word.ljust(64, b"\x01"))]
    pictures["jpeg table never used, and one replaced before use"] = with_segments(plain, unused)
    pictures["jpeg before the scan"] = plain.replace(b"\xff\xda", word + b"\xff\xda", 1)
    pictures["png trailer"] = png + word
    text = word + b"\x00" + word
    chunks: dict[str, list[tuple[bytes, bytes]]] = {
        "png text": [(b"tEXt", text)],
        "png packed text": [(b"zTXt", word + b"\x00\x00" + zlib.compress(word))],
        "png international text": [(b"iTXt", word + b"\x00\x00\x00\x00\x00" + word)],
        "png exif": [(b"eXIf", exif_block(gps=True, marker=marker))],
        "png time and private": [(b"tIME", word[:7].ljust(7, b"\x01")), (b"prVt", word)],
        "png profile": [(b"iCCP", word + b"\x00\x00" + zlib.compress(icc_profile("p3", marker=marker)))],
    }
    pictures |= {name: with_chunks(png, added) for name, added in chunks.items()}
    return pictures


def with_segments(jpeg: bytes, segments: list[tuple[int, bytes]]) -> bytes:
    """The JPEG with those (marker, body) segments right behind its start."""
    added = b"".join(
        bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body for marker, body in segments
    )
    return jpeg[:2] + added + jpeg[2:]


def with_chunks(png: bytes, chunks: list[tuple[bytes, bytes]]) -> bytes:
    """The PNG with those (type, body) chunks right behind its header."""
    return png[:33] + b"".join(_chunk(kind, body) for kind, body in chunks) + png[33:]


def exif_block(*, orientation: int = 1, gps: bool = False, marker: str = "", thumbnail: bytes = b"") -> bytes:
    """An Exif block as a phone writes it, from its TIFF header on; `marker` is make, serial and maker note."""
    exif = Image.Exif()
    exif[0x0112] = orientation
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
    """A display profile with sRGB's tone curve: "srgb", or "p3" with the primaries of Apple's wide-gamut screens."""
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


def corners(picture: Image.Image) -> dict[str, Rgb]:
    """The average colour in the middle of each corner block of a decoded picture, to hold against `CORNERS`."""
    picture = picture.convert("RGB")
    right, bottom = picture.width - 1 - picture.width // 8, picture.height - 1 - picture.height // 8
    left, top = picture.width // 8, picture.height // 8
    places = {
        "top left": (left, top),
        "top right": (right, top),
        "bottom left": (left, bottom),
        "bottom right": (right, bottom),
    }
    found: dict[str, Rgb] = {}
    for name, place in places.items():
        spot = picture.crop((place[0] - 4, place[1] - 4, place[0] + 5, place[1] + 5)).resize(
            (1, 1), Image.Resampling.BOX
        )
        red, green, blue = np.asarray(spot)[0, 0]
        found[name] = (int(red), int(green), int(blue))
    return found


def is_upright(content: bytes, *, tolerance: int = 12) -> bool:
    """Whether a decoded file shows each corner's colour where an upright picture has it, ignoring what its tags say."""
    found = corners(Image.open(io.BytesIO(content)))
    return all(
        abs(a - b) <= tolerance for name in CORNERS for a, b in zip(found[name], CORNERS[name], strict=True)
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(header: bytes, pixels: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
