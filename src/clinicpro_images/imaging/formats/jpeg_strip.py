"""Strip a JPEG to the data its pixels need: frame, tables in use, scans."""

from collections.abc import Iterator, Sequence
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.formats import exif
from clinicpro_images.imaging.formats.jpeg import DHT, DQT, DRI, FILL, SOF_MARKERS, SOS, JpegHeader, segments
from clinicpro_images.imaging.limits import MAX_SCANS

_JFIF: Final = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_END: Final = b"\xff\xd9"
_ADOBE: Final = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"
"""Adobe's segment without its last byte, the colour transform."""

_PROFILE_PART: Final = 65_000
"""A segment has room for 65,519 bytes of a profile."""

Piece = bytes | tuple[int, int]
"""Newly written bytes, or the start and end of a range that is copied from the file."""

Table = tuple[int, int]
"""DQT or DHT, and the table's class and number in one byte, as the standard packs them."""


def strip(content: bytes, header: JpegHeader) -> bytes:
    """Return the same image without any other segment, unused table or trailing data.

    The scans are copied byte for byte, so no pixel changes. A new JFIF segment declares YCbCr or grey;
    Adobe's segment is kept (rewritten) only if the channels are RGB or CMYK and would be misread without it.
    Tables are written before the scan that uses them: a table that is never used, or that is replaced before
    use, could hold any data. A missing end marker is added: some panoramas lack it, and every viewer shows them.
    Raises ImageBroken if the file ends before its first scan or a table is truncated.
    """
    pieces: list[Piece] = [b"\xff\xd8", _colour_segment(header)]
    defined: dict[Table, bytes] = {}
    written: dict[Table, bytes] = {}
    restart, quantisers, scans = b"", dict[int, int](), 0
    for marker, start, end in segments(content):
        # For a scan, only its header.
        body = content[
            start + 4 : end if marker != SOS else start + 2 + int.from_bytes(content[start + 2 : start + 4])
        ]
        if marker in {DQT, DHT}:
            defined |= {(marker, key): table for key, table in _parse_tables(marker, body)}
        elif marker in SOF_MARKERS:
            if quantisers:
                raise ImageBroken(integrator="The JPEG has two frame headers.")
            quantisers = {body[at]: body[at + 2] for at in range(6, len(body), 3)}
            pieces.append((start, end))
        elif marker == DRI:
            restart = content[start : start + 6]
        elif marker == SOS:
            scans += 1
            needed = [(key, defined[key]) for key in _tables_in_use(body, quantisers) if key in defined]
            pieces += [_table_segment(key, table) for key, table in needed if written.get(key) != table]
            written |= dict(needed)
            pieces += [restart, (start, _without_fill(content, end))]
            restart = b""
            if not header.multi_scan:
                break  # all pixels are in this scan: whatever follows is not part of the image
    if not scans:
        raise ImageBroken(integrator="The JPEG has no scan.")
    if scans > MAX_SCANS:
        raise ImageUnsupported(
            "This JPEG has an unusual structure. Export it again as a standard JPEG.",
            integrator=f"{scans} scans.",
        )
    return _join([*pieces, _END], content)


def _without_fill(content: bytes, end: int) -> int:
    """Return where a scan ends: it can't end in FF (that would be stuffed), so trailing FFs are fill bytes without meaning."""
    while content[end - 1] == FILL:
        end -= 1
    return end


def has_stripped_header(content: bytes, header: JpegHeader) -> bool:
    """Return whether everything before the pixels of the first scan is as `strip` would leave it, and the end marker is last."""
    head = content[: header.length] + _END
    return content.endswith(_END) and strip(head, header) == head


def with_display(stripped: bytes, *, orientation: int, profile: bytes | None) -> bytes:
    """Return a stripped JPEG that says how it is displayed: its orientation and colour profile, and nothing else.

    Both are read by every browser, so that the scan can be kept and is turned and converted only where it is shown.
    """
    start = 2 + 2 + int.from_bytes(stripped[4:6])  # behind the colour segment
    extra = b""
    if orientation > 1:
        block = b"Exif\x00\x00" + exif.orientation_block(orientation)
        extra += b"\xff\xe1" + (2 + len(block)).to_bytes(2) + block
    parts = (
        [profile[at : at + _PROFILE_PART] for at in range(0, len(profile), _PROFILE_PART)] if profile else []
    )
    for number, part in enumerate(parts, 1):
        body = b"ICC_PROFILE\x00" + bytes([number, len(parts)]) + part
        extra += b"\xff\xe2" + (2 + len(body)).to_bytes(2) + body
    return b"".join([stripped[:start], extra, stripped[start:]]) if extra else stripped


def _join(pieces: Sequence[Piece], content: bytes) -> bytes:
    """Join the pieces. If they are all of `content`, as for an image that is stripped already, nothing is copied."""
    at, same = 0, True
    for piece in pieces:
        if isinstance(piece, bytes):
            same = same and content.startswith(piece, at)
            at += len(piece)
        else:
            same = same and piece[0] == at
            at += piece[1] - piece[0]
    if same and at == len(content):
        return content
    view = memoryview(content)
    return b"".join(piece if isinstance(piece, bytes) else view[slice(*piece)] for piece in pieces)


def _colour_segment(header: JpegHeader) -> bytes:
    if len(header.components) == 4:  # CMYK
        return _ADOBE + bytes([header.adobe]) if header.adobe is not None else b""
    return _ADOBE + b"\x00" if header.stored_as_rgb else _JFIF


def _parse_tables(marker: int, body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (class and number, content) of every table in a DQT or DHT segment. Raises ImageBroken if one is truncated."""
    at = 0
    while at < len(body):
        key = body[at]
        length = (128 if key >> 4 else 64) if marker == DQT else 16 + sum(body[at + 1 : at + 17])
        if at + 1 + length > len(body):
            raise ImageBroken(integrator="A JPEG table is truncated.")
        yield key, body[at + 1 : at + 1 + length]
        at += 1 + length


def _tables_in_use(scan: bytes, quantisers: dict[int, int]) -> list[Table]:
    """Return the tables that a scan header refers to: each channel's quantisation, DC and AC Huffman tables."""
    if len(scan) < 1 or len(scan) < 1 + 2 * scan[0]:
        raise ImageBroken(integrator="A JPEG scan header is truncated.")
    tables: dict[Table, None] = {}
    for at in range(1, 1 + 2 * scan[0], 2):
        quantiser = quantisers.get(scan[at], 0)
        tables |= dict.fromkeys([(DQT, quantiser), (DQT, 0x10 | quantiser)])
        tables |= dict.fromkeys([(DHT, scan[at + 1] >> 4), (DHT, 0x10 | (scan[at + 1] & 15))])
    return sorted(tables, key=lambda table: (table[0] == DHT, table[1]))


def _table_segment(key: Table, table: bytes) -> bytes:
    return bytes([0xFF, key[0]]) + (len(table) + 3).to_bytes(2) + bytes([key[1]]) + table
