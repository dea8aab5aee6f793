"""Colour profiles: tell sRGB, which can be dropped, from any other, whose colours must be converted."""

import struct
from itertools import pairwise
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


HDR_TRANSFERS: Final = frozenset({16, 18})
"""PQ and HLG, as numbered in ITU-T H.273: brightness that a screen for sRGB can't show."""
GAMMA: Final = {5: 1 / 2.8, 8: 1.0}
"""Exponents by their number in ITU-T H.273 (BT.470 B and G, linear), where browsers show another picture than for sRGB."""
BT_2020: Final = 9
DISPLAY_P3: Final = 12
"""The numbers in ITU-T H.273 for the primaries of HDR television and of phones' wide-gamut displays."""
HDR: Final = (
    "This is an HDR photo, whose colours can't be filed as they are. Export it as JPEG and add it again."
)

WIDE: Final = "This photo has more colours than can be filed (BT.2020), so it would look pale. Export it as JPEG and add it again."


def is_hdr(profile: bytes | None) -> bool:
    """Return whether the profile itself says that its brightness is coded as PQ or HLG (its `cicp` tag)."""
    tag = _tags(profile).get(b"cicp", b"") if profile else b""
    return len(tag) >= 12 and tag[9] in HDR_TRANSFERS


def colour_space(profile: bytes) -> str | None:
    """Return the profile's colour space: "rgb", "grey" or "cmyk"; None if the profile can't be used."""
    if len(profile) < _HEADER_BYTES + 4 or profile[36:40] != b"acsp":
        return None
    return _SPACES.get(profile[16:20])


def is_srgb(profile: bytes) -> bool:
    """Return whether the profile is sRGB under any name: the same primaries and tone curves, within rounding.

    Cameras, Windows, Google and Apple each write their own sRGB profile, so names and checksums don't help. A table says
    more than primaries and curves, and every program prefers it.
    """
    tags = _tags(profile)
    if _has_table(tags):
        return False
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


def _has_table(tags: dict[bytes, bytes]) -> bool:
    return any(name[:3] in {b"A2B", b"D2B"} for name in tags)


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
    """Evaluate a tone curve (ICC.1 types `curv` and `para`) at `x`; -1 for an unknown type."""
    if tag.startswith(b"curv") and len(tag) >= 12:  # type, reserved, count
        count = min(int.from_bytes(tag[8:12]), (len(tag) - 12) // 2)
        points = struct.unpack_from(f">{count}H", tag, 12)
        if count == 0:
            return x
        if count == 1:
            return float(x ** (points[0] / 256))
        at = x * (count - 1)
        low = min(int(at), count - 2)
        return float(points[low] + (at - low) * (points[low + 1] - points[low])) / 65535
    if tag.startswith(b"para") and len(tag) >= 16:  # type, reserved, function, reserved
        return _parametric(tag, x)
    return -1.0


def _parametric(tag: bytes, x: float) -> float:
    """Evaluate a parametric curve: five functions of up to seven numbers, of which each adds to the one before it."""
    function = int.from_bytes(tag[8:10])
    if function > 4 or len(tag) < 12 + 4 * _PARAMETERS[function]:
        return -1.0
    gamma, a, b, c, d, e, f = (
        _fixed(tag, 12 + 4 * i) if i < _PARAMETERS[function] else default
        for i, default in enumerate((1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0))
    )
    if function in {1, 2}:
        base = a * x + b
        return float(base**gamma if base >= 0 else 0.0) + (c if function == 2 else 0.0)
    if function >= 3 and x < d:
        return c * x + f
    return float(max(a * x + b, 0.0) ** gamma) + e


_PARAMETERS: Final = (1, 3, 4, 5, 7)
"""How many numbers each of the parametric functions has."""

_MATRIX_TAGS: Final = {
    "rgb": (b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"),
    "grey": (b"wtpt", b"kTRC"),
}
_MAX_CURVE_POINTS: Final = 4096


def rewritten(profile: bytes) -> bytes | None:
    """Return a new profile with the same primaries and tone curves and nothing else; None if it needs more than those.

    Nothing of the file itself is copied but checked numbers, so the result can't carry a name or hide data.
    """
    space = colour_space(profile)
    if space not in _MATRIX_TAGS or profile[20:24] != b"XYZ ":
        return None
    found = _tags(profile)
    if _has_table(found):
        return None
    kept: dict[bytes, bytes] = {}
    for name in _MATRIX_TAGS[space]:
        value = (
            _plain_curve(found.get(name, b"")) if name.endswith(b"TRC") else _plain_xyz(found.get(name, b""))
        )
        if value is None:
            return None
        kept[name] = value
    kept[b"desc"] = b"mluc" + bytes(4) + struct.pack(">II", 0, 12)
    kept[b"cprt"] = kept[b"desc"]
    at = _HEADER_BYTES + 4 + 12 * len(kept)
    table, body = struct.pack(">I", len(kept)), b""
    for name, value in sorted(kept.items()):
        table += name + struct.pack(">II", at + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    d50 = struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)
    header = struct.pack(
        ">I4sI4s4s4s", at + len(body), bytes(4), 0x04000000, b"mntr", profile[16:20], b"XYZ "
    )
    header += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + d50
    return header.ljust(_HEADER_BYTES, b"\x00") + table + body


def _plain_xyz(tag: bytes) -> bytes | None:
    return b"XYZ " + bytes(4) + tag[8:20] if _xyz(tag) is not None else None


def _plain_curve(tag: bytes) -> bytes | None:
    """Return a tone curve without the bytes it doesn't use; None if it isn't one that rises from 0 to 1."""
    if tag.startswith(b"curv") and len(tag) >= 12:
        count = int.from_bytes(tag[8:12])
        if count > _MAX_CURVE_POINTS or len(tag) < 12 + 2 * count:
            return None
        plain = b"curv" + bytes(4) + tag[8 : 12 + 2 * count]
    elif tag.startswith(b"para") and len(tag) >= 16 and int.from_bytes(tag[8:10]) <= 4:
        plain = (
            b"para"
            + bytes(4)
            + tag[8:10]
            + bytes(2)
            + tag[12 : 12 + 4 * _PARAMETERS[int.from_bytes(tag[8:10])]]
        )
    else:
        return None
    try:
        values = [_curve(plain, x / 16) for x in range(17)]
    except ArithmeticError:
        return None
    rises = all(-0.01 <= a <= b + 0.01 for a, b in pairwise(values))
    return plain if rises and 0.9 <= values[-1] <= 1.1 else None


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
