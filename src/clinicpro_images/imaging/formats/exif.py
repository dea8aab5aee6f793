"""Read the two things in Exif that are used, the orientation and when the photo was taken, and write the first."""

import re
import struct
from dataclasses import dataclass
from typing import Final, Literal

_ORIENTATION: Final = 0x0112
_EXIF_DIRECTORY: Final = 0x8769
_TAKEN, _OFFSET, _SUB_SECOND = 0x9003, 0x9011, 0x9291
_DIGITISED, _DIGITISED_OFFSET, _DIGITISED_SUB_SECOND = 0x9004, 0x9012, 0x9292
_ASCII, _SHORT, _LONG = 2, 3, 4
_SIZES: Final = {1: 1, _ASCII: 1, _SHORT: 2, _LONG: 4, 6: 1, 8: 2, 9: 4}
"""Of one text character or number by its type, in bytes; the last three have a sign."""
_MAX_ENTRIES: Final = 1000
_DATE: Final = re.compile(r"(\d{4}):(\d\d):(\d\d)[ T](\d\d):(\d\d):(\d\d)")
_ZONE: Final = re.compile(r"([+-])(\d\d):?(\d\d)")


@dataclass(frozen=True)
class Taken:
    """When a camera says that it took the photo: its local time, and the offset of that from UTC in minutes if it says so."""

    local: str
    """Year to second, as `2026-11-28T14:30:05`, with the fraction of a second if there is one."""
    offset_minutes: int | None = None


def orientation(block: bytes) -> int:
    """Return the Orientation (1-8) of an Exif block that starts with its TIFF header, or 1 if it has no valid one.

    Never raises: a corrupt Exif block is no reason to refuse an image whose pixels are sound.
    """
    found = _Block(block)
    kind, count, value = found.entries(found.first).get(_ORIENTATION, (0, 0, b""))
    # Some programs write it as a number of another size, which not all viewers mind.
    number = found.integer(value) if kind != _ASCII and count == 1 else 1
    return number if 1 <= number <= 8 else 1  # Exif's range


def orientation_block(number: int) -> bytes:
    """Return an Exif block with this orientation and nothing else."""
    return struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, _ORIENTATION, _SHORT, 1, number, 0, 0)


def taken(block: bytes) -> Taken | None:
    """Return when the photo was taken, or None if the block doesn't have it in a valid form. Never raises."""
    found = _Block(block)
    kind, _, value = found.entries(found.first).get(_EXIF_DIRECTORY, (0, 0, b""))
    entries = found.entries(found.integer(value[:4])) if kind == _LONG else {}
    for date, zone, fraction in (
        (_TAKEN, _OFFSET, _SUB_SECOND),
        (_DIGITISED, _DIGITISED_OFFSET, _DIGITISED_SUB_SECOND),
    ):
        written = _DATE.match(_text(entries.get(date)))
        if written is not None:
            year, month, day, hour, minute, second = written.groups()
            part = _text(entries.get(fraction))
            part = f".{part[:6]}" if part.isascii() and part.isdecimal() else ""
            return Taken(
                f"{year}-{month}-{day}T{hour}:{minute}:{second}{part}", _minutes(_text(entries.get(zone)))
            )
    return None


def _minutes(zone: str) -> int | None:
    """Return an offset such as +13:00 in minutes."""
    if zone == "Z":
        return 0
    written = _ZONE.fullmatch(zone)
    if written is None:
        return None
    minutes = 60 * int(written[2]) + int(written[3])
    return -minutes if written[1] == "-" else minutes


Entry = tuple[int, int, bytes]
"""Type, count and the value's bytes."""


def _text(entry: Entry | None) -> str:
    if entry is None or entry[0] != _ASCII:
        return ""
    return entry[2].split(b"\x00")[0].decode("ascii", "replace").strip()


class _Block:
    """The bytes of an Exif block; everything that points outside it counts as missing."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._order: Literal["little", "big"] = "little" if block[:4] == b"II*\x00" else "big"
        self.first = self.integer(block[4:8]) if block[:4] in {b"II*\x00", b"MM\x00*"} else 0

    def integer(self, part: bytes) -> int:
        return int.from_bytes(part, self._order)

    def entries(self, at: int) -> dict[int, Entry]:
        """Return a directory's whole numbers and texts by tag; the first of each tag."""
        found: dict[int, Entry] = {}
        if not at:
            return found
        count = self.integer(self._block[at : at + 2])
        for number in range(min(count, _MAX_ENTRIES)):
            entry = self._block[at + 2 + 12 * number : at + 14 + 12 * number]
            if len(entry) < 12:
                break
            kind, values = self.integer(entry[2:4]), self.integer(entry[4:8])
            size = _SIZES.get(kind, 0) * values
            if 0 < size <= 64:  # dates and offsets are shorter
                start = self.integer(entry[8:12])
                value = entry[8 : 8 + size] if size <= 4 else self._block[start : start + size]
                found.setdefault(self.integer(entry[:2]), (kind, values, value))
        return found
