"""A phone's JPEG: Exif with location, time, serial number and maker note, and a thumbnail."""

import io
import struct
from dataclasses import dataclass
from typing import Final

from PIL import Image

MAKE: Final = "Kahu"
MODEL: Final = "Kahu 7 Pro"
SERIAL: Final = "KH7P-INVENTED-0042"
MAKER_NOTE: Final = (
    b"KAHU\x00\x01" + b"serial=" + SERIAL.encode() + b";af=face;scene=close;lens=main;" + bytes(64)
)

_ASCII, _SHORT, _LONG, _RATIONAL, _UNDEFINED, _BYTE = 2, 3, 4, 5, 7, 1
_STORED_TRANSPOSE: Final = {
    1: None,
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}
"""How to transpose an upright image to its orientation on the sensor, by Exif orientation."""

Entry = tuple[int, int, bytes]


@dataclass(frozen=True)
class Capture:
    """How, when and where the photo was taken. `taken` is local time in Exif's format; south and east are in degrees."""

    orientation: int
    taken: str
    south: float
    east: float


def photo(upright: Image.Image, capture: Capture, *, max_bytes: int) -> bytes:
    """Return the JPEG a phone would save, with the highest quality that keeps it below `max_bytes`."""
    turn = _STORED_TRANSPOSE[capture.orientation]
    stored = upright if turn is None else upright.transpose(turn)
    small = stored.copy()
    small.thumbnail((160, 160))
    exif = b"Exif\x00\x00" + exif_block(capture, stored.size, _jpeg(small, 60))
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    low, high = 30, 92
    best = _jpeg(stored, low)
    while low < high:
        middle = (low + high + 1) // 2
        tried = _jpeg(stored, middle)
        if len(tried) + len(segment) <= max_bytes:
            low, best = middle, tried
        else:
            high = middle - 1
    return best[:2] + segment + best[2:]


def exif_block(capture: Capture, size: tuple[int, int], thumbnail: bytes) -> bytes:
    """Return a big-endian TIFF block with directories for the image, the camera, the location and the thumbnail."""
    camera: list[Entry] = [
        (0x829A, _RATIONAL, _rational(1, 100)),
        (0x829D, _RATIONAL, _rational(18, 10)),
        (0x8827, _SHORT, struct.pack(">H", 125)),
        (0x9000, _UNDEFINED, b"0232"),
        (0x9003, _ASCII, _text(capture.taken)),
        (0x9004, _ASCII, _text(capture.taken)),
        (0x9011, _ASCII, _text("+13:00")),
        (0x9209, _SHORT, struct.pack(">H", 16)),
        (0x920A, _RATIONAL, _rational(57, 10)),
        (0x927C, _UNDEFINED, MAKER_NOTE),
        (0xA001, _SHORT, struct.pack(">H", 1)),
        (0xA002, _LONG, struct.pack(">I", size[0])),
        (0xA003, _LONG, struct.pack(">I", size[1])),
        (0xA431, _ASCII, _text(SERIAL)),
        (0xA434, _ASCII, _text(f"{MODEL} main camera")),
    ]
    place: list[Entry] = [
        (0x0000, _BYTE, bytes([2, 3, 0, 0])),
        (0x0001, _ASCII, _text("S")),
        (0x0002, _RATIONAL, _degrees(capture.south)),
        (0x0003, _ASCII, _text("E")),
        (0x0004, _RATIONAL, _degrees(capture.east)),
        (0x0005, _BYTE, b"\x00"),
        (0x0006, _RATIONAL, _rational(3, 1)),
        (0x001D, _ASCII, _text(capture.taken[:10])),
    ]
    main: list[Entry] = [
        (0x010F, _ASCII, _text(MAKE)),
        (0x0110, _ASCII, _text(MODEL)),
        (0x0112, _SHORT, struct.pack(">H", capture.orientation)),
        (0x011A, _RATIONAL, _rational(72, 1)),
        (0x011B, _RATIONAL, _rational(72, 1)),
        (0x0128, _SHORT, struct.pack(">H", 2)),
        (0x0131, _ASCII, _text("KahuOS 12.1")),
        (0x0132, _ASCII, _text(capture.taken)),
    ]
    pointer = struct.pack(">I", 0)
    main_size = len(_directory([*main, (0x8769, _LONG, pointer), (0x8825, _LONG, pointer)], 8))
    camera_at = 8 + main_size
    place_at = camera_at + len(_directory(camera, camera_at))
    small_at = place_at + len(_directory(place, place_at))
    main += [(0x8769, _LONG, struct.pack(">I", camera_at)), (0x8825, _LONG, struct.pack(">I", place_at))]
    small: list[Entry] = [
        (0x0103, _SHORT, struct.pack(">H", 6)),
        (0x0201, _LONG, pointer),
        (0x0202, _LONG, struct.pack(">I", len(thumbnail))),
    ]
    thumbnail_at = small_at + len(_directory(small, small_at))
    small[1] = (0x0201, _LONG, struct.pack(">I", thumbnail_at))
    return b"".join(
        [
            b"MM\x00*\x00\x00\x00\x08",
            _directory(main, 8, following=small_at),
            _directory(camera, camera_at),
            _directory(place, place_at),
            _directory(small, small_at),
            thumbnail,
        ]
    )


def _directory(entries: list[Entry], at: int, *, following: int = 0) -> bytes:
    sizes = {_ASCII: 1, _SHORT: 2, _LONG: 4, _RATIONAL: 8, _UNDEFINED: 1, _BYTE: 1}
    values_at = at + 2 + 12 * len(entries) + 4
    table, values = b"", b""
    for tag, kind, value in sorted(entries):
        table += struct.pack(">HHI", tag, kind, len(value) // sizes[kind])
        if len(value) <= 4:  # noqa: PLR2004 (bytes that fit into an entry)
            table += value.ljust(4, b"\x00")
        else:
            table += struct.pack(">I", values_at + len(values))
            values += value + bytes(len(value) % 2)
    return struct.pack(">H", len(entries)) + table + struct.pack(">I", following) + values


def _text(text: str) -> bytes:
    return text.encode("ascii") + b"\x00"


def _rational(above: int, below: int) -> bytes:
    return struct.pack(">II", above, below)


def _degrees(value: float) -> bytes:
    whole, minutes = int(value), int(value * 60) % 60
    return _rational(whole, 1) + _rational(minutes, 1) + _rational(round((value * 3600 % 60) * 100), 100)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling="4:2:0", optimize=True)
    return out.getvalue()
