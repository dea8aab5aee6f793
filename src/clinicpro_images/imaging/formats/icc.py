"""Colour profiles: tell sRGB, which can be dropped, from any other, whose colours must be converted."""

import struct
from typing import Final

_HEADER_BYTES: Final = 128
_SPACES: Final = {b"RGB ": "rgb", b"GRAY": "grey", b"CMYK": "cmyk"}
# Primaries of sRGB adapted to D50, as ICC profiles state them (IEC 61966-2-1).
_SRGB_PRIMARIES: Final = {
    b"rXYZ": (0.4361, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7141),
}
_PRIMARY_TOLERANCE: Final = 0.004
_CURVE_TOLERANCE: Final = 0.008
_CURVE_POINTS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)


def colour_space(profile: bytes) -> str | None:
    """Return the profile's colour space: "rgb", "grey" or "cmyk"; None if the profile can't be used."""
    if len(profile) < _HEADER_BYTES + 4 or profile[36:40] != b"acsp":
        return None
    return _SPACES.get(profile[16:20])


def is_srgb(profile: bytes) -> bool:
    """Return whether the profile is sRGB under any name: the same primaries and tone curves, within rounding.

    Cameras, Windows, Google and Apple each write their own sRGB profile, so names and checksums don't help.
    """
    tags = _tags(profile)
    for name, expected in _SRGB_PRIMARIES.items():
        found = _xyz(tags.get(name, b""))
        if found is None or any(
            abs(a - b) > _PRIMARY_TOLERANCE for a, b in zip(found, expected, strict=True)
        ):
            return False
    return all(_curve_is_srgb(tags.get(name, b"")) for name in (b"rTRC", b"gTRC", b"bTRC"))


def _tags(profile: bytes) -> dict[bytes, bytes]:
    count = min(int.from_bytes(profile[_HEADER_BYTES : _HEADER_BYTES + 4]), 100)
    tags: dict[bytes, bytes] = {}
    for index in range(count):
        at = _HEADER_BYTES + 4 + 12 * index
        offset, size = int.from_bytes(profile[at + 4 : at + 8]), int.from_bytes(profile[at + 8 : at + 12])
        tags[profile[at : at + 4]] = profile[offset : offset + size]
    return tags


def _xyz(tag: bytes) -> tuple[float, ...] | None:
    if not tag.startswith(b"XYZ ") or len(tag) < 20:  # type, reserved, three numbers
        return None
    return tuple(_fixed(tag, 8 + 4 * i) for i in range(3))


def _fixed(tag: bytes, at: int) -> float:
    return int.from_bytes(tag[at : at + 4], signed=True) / 65536


def _srgb(x: float) -> float:
    return ((x + 0.055) / 1.055) ** 2.4 if x > 0.04045 else x / 12.92  # the standard's constants


def _curve_is_srgb(tag: bytes) -> bool:
    try:
        return all(abs(_curve(tag, x) - _srgb(x)) <= _CURVE_TOLERANCE for x in _CURVE_POINTS)
    except ArithmeticError:  # absurd parameters: certainly not sRGB
        return False


def _curve(tag: bytes, x: float) -> float:
    """Evaluate a tone curve (ICC.1 types `curv` and `para` 0 and 3) at `x`; -1 for an unknown type."""
    if tag.startswith(b"curv") and len(tag) >= 12:  # type, reserved, count
        count = min(int.from_bytes(tag[8:12]), (len(tag) - 12) // 2)
        points = struct.unpack_from(f">{count}H", tag, 12)
        if count == 0:
            return x
        if count == 1:
            return float(x ** (points[0] / 256))
        place = x * (count - 1)
        low = min(int(place), count - 2)
        below, above = points[low], points[low + 1]
        return float(below + (above - below) * (place - low)) / 65535
    if tag.startswith(b"para") and len(tag) >= 16:  # type, reserved, function, gamma
        function = int.from_bytes(tag[8:10])
        gamma = _fixed(tag, 12)
        if function == 0:
            return float(x**gamma)
        if function == 3 and len(tag) >= 32:  # five parameters
            a, b, c, d = (_fixed(tag, 16 + 4 * i) for i in range(4))
            return float((a * x + b) ** gamma) if x >= d and a * x + b >= 0 else c * x
    return -1.0


_NEEDED: Final = frozenset(
    {
        b"wtpt",
        b"bkpt",
        b"chad",
        b"rXYZ",
        b"gXYZ",
        b"bXYZ",
        b"rTRC",
        b"gTRC",
        b"bTRC",
        b"kTRC",
        b"gamt",
        b"lumi",
    }
    | {kind + number for kind in (b"A2B", b"B2A", b"D2B", b"B2D") for number in (b"0", b"1", b"2", b"3")}
)


def strip_text(profile: bytes) -> bytes:
    """Return the profile with every text, name and private tag blanked out; the data for colour conversion stays."""
    count = min(int.from_bytes(profile[_HEADER_BYTES : _HEADER_BYTES + 4]), 100)
    table_end = _HEADER_BYTES + 4 + 12 * count
    emptied = bytearray(len(profile))
    emptied[:table_end] = profile[:table_end]
    emptied[44:64] = bytes(20)  # flags, device manufacturer and model
    emptied[80:128] = bytes(48)  # creator, checksum and reserved bytes
    for index in range(count):
        at = _HEADER_BYTES + 4 + 12 * index
        offset, size = int.from_bytes(profile[at + 4 : at + 8]), int.from_bytes(profile[at + 8 : at + 12])
        if offset >= table_end:
            kept = size if profile[at : at + 4] in _NEEDED else min(size, 8)
            part = profile[offset : offset + kept]
            emptied[offset : offset + len(part)] = part
    return bytes(emptied)
