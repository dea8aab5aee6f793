"""Read the Exif orientation, the only tag that is used."""

from typing import Final, Literal

_ORIENTATION: Final = 0x0112
_SHORT: Final = 3


def orientation(block: bytes) -> int:
    """Return the Orientation (1-8) of an Exif block that starts with its TIFF header, or 1 if it has no valid one.

    Never raises: a corrupt Exif block is no reason to refuse an image whose pixels are sound.
    """
    order: Literal["little", "big"]
    if block[:4] == b"II*\x00":
        order = "little"
    elif block[:4] == b"MM\x00*":
        order = "big"
    else:
        return 1

    def number(at: int, size: int) -> int:
        return int.from_bytes(block[at : at + size], order)

    directory = number(4, 4)
    for index in range(number(directory, 2)):
        entry = directory + 2 + 12 * index
        if entry + 12 > len(block):
            return 1
        if number(entry, 2) == _ORIENTATION:
            found = number(entry + 8, 2) if number(entry + 2, 2) == _SHORT else 1
            return found if 1 <= found <= 8 else 1  # Exif's range
    return 1
