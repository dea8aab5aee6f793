"""A JPEG with nothing left but what its pixels need: frame, tables in use, scans."""

from collections.abc import Iterator, Sequence
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.formats.jpeg import DHT, DQT, DRI, FILL, SOF_MARKERS, SOS, JpegHeader, segments
from clinicpro_images.imaging.limits import MAX_SCANS

_JFIF: Final = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_END: Final = b"\xff\xd9"
_ADOBE: Final = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"
"""Adobe's segment up to its last byte, the colour transform."""

Piece = bytes | tuple[int, int]
"""Something written anew, or where in the picture it stands as it is: start and end."""

Table = tuple[int, int]
"""DQT or DHT, and the table's class and number in one byte as the standard packs them."""


def strip(content: bytes, header: JpegHeader) -> bytes:
    """Return the same picture with every other segment, every unused table and all that trails left out.

    The scans are copied byte for byte, so not one pixel changes. A fresh JFIF segment says YCbCr or grey; Adobe's
    segment stays (rewritten) only where the channels are RGB or CMYK and would be misread without it. Tables are
    written anew before the scan that uses them: one that is never used, or replaced before use, could hold anything.
    Raises ImageBroken when the file ends before its end marker or a table is torn.
    """
    pieces: list[Piece] = [b"\xff\xd8", _colour_segment(header)]
    defined: dict[Table, bytes] = {}
    written: dict[Table, bytes] = {}
    restart, quantisers, scans = b"", dict[int, int](), 0
    for marker, start, end in segments(content):
        # Of a scan only its header is looked into.
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
            # A scan can't end in FF (it would be stuffed), so what does is fill: any number of bytes without meaning.
            while content[end - 1] == FILL:
                end -= 1  # noqa: PLW2901 - the scan's own end
            pieces += [restart, (start, end)]
            restart = b""
    if not scans:
        raise ImageBroken(integrator="The JPEG has no scan.")
    if scans > MAX_SCANS:
        raise ImageUnsupported(
            "This JPEG is built in a way no camera does. Export it again as a plain JPEG.",
            integrator=f"{scans} scans.",
        )
    return _join([*pieces, _END], content)


def has_stripped_header(content: bytes, header: JpegHeader) -> bool:
    """Tell whether all that stands before the first scan's pixels is as `bare` leaves it, and the end marker is last."""
    head = content[: header.length] + _END
    return content.endswith(_END) and strip(head, header) == head


def with_extra_component(stripped: bytes, header: JpegHeader) -> bytes:
    """Return a bare single-scan JPEG with one more channel announced than its scan holds.

    A decoder that waits for a scan that never comes has to read on to the end marker, and so notices what it otherwise
    doesn't: a last row that breaks off, and bytes that stand behind the last row. For checking only, never stored.
    """
    for marker, start, end in segments(stripped):
        if marker in SOF_MARKERS:
            frame = bytearray(stripped[start:end])
            frame[9] += 1
            if len(header.components) == 1:
                frame[11] = (
                    0x44  # sampling means nothing to a lone channel; the added one is a sixteenth of it now
                )
            unused = next(number for number in range(256) if all(c.id != number for c in header.components))
            frame += bytes([unused, 0x11, 0])
            frame[2:4] = (len(frame) - 2).to_bytes(2)
            return stripped[:start] + bytes(frame) + stripped[end:]
    raise ImageBroken(integrator="The JPEG has no frame header.")


def has_padding(stripped: bytes) -> bool:
    """Tell whether a bare JPEG's last scan ends in zeros, as some cameras leave them."""
    return stripped[-6:-2] == bytes(4)


def _join(pieces: Sequence[Piece], content: bytes) -> bytes:
    """Join what was kept. Where that is all of `content`, as in a picture that is bare already, it is not copied."""
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
    if len(header.components) == 4:  # noqa: PLR2004 (CMYK)
        return _ADOBE + bytes([header.adobe]) if header.adobe is not None else b""
    return _ADOBE + b"\x00" if header.stored_as_rgb else _JFIF


def _parse_tables(marker: int, body: bytes) -> Iterator[tuple[int, bytes]]:
    """Give (class and number, content) of every table in a DQT or DHT segment. Raises ImageBroken when one is torn."""
    at = 0
    while at < len(body):
        key = body[at]
        length = (128 if key >> 4 else 64) if marker == DQT else 16 + sum(body[at + 1 : at + 17])
        if at + 1 + length > len(body):
            raise ImageBroken(integrator="A JPEG table is torn.")
        yield key, body[at + 1 : at + 1 + length]
        at += 1 + length


def _tables_in_use(scan: bytes, quantisers: dict[int, int]) -> list[Table]:
    """Return the tables a scan header names: each channel's quantiser, its DC and its AC Huffman table."""
    if len(scan) < 1 or len(scan) < 1 + 2 * scan[0]:
        raise ImageBroken(integrator="A JPEG scan header is torn.")
    tables: dict[Table, None] = {}
    for at in range(1, 1 + 2 * scan[0], 2):
        quantiser = quantisers.get(scan[at], 0)
        tables |= dict.fromkeys([(DQT, quantiser), (DQT, 0x10 | quantiser)])
        tables |= dict.fromkeys([(DHT, scan[at + 1] >> 4), (DHT, 0x10 | (scan[at + 1] & 15))])
    return sorted(tables, key=lambda table: (table[0] == DHT, table[1]))


def _table_segment(key: Table, table: bytes) -> bytes:
    return bytes([0xFF, key[0]]) + (len(table) + 3).to_bytes(2) + bytes([key[1]]) + table
