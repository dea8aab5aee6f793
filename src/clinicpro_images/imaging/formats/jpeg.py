"""Parse a JPEG's markers: its segments and its header."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.formats import exif

SOI, EOI, SOS, DQT, DHT, DRI, APP0, APP1, APP2, APP14 = (
    0xD8,
    0xD9,
    0xDA,
    0xDB,
    0xC4,
    0xDD,
    0xE0,
    0xE1,
    0xE2,
    0xEE,
)
BASELINE, EXTENDED, PROGRESSIVE = 0xC0, 0xC1, 0xC2
SOF_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {DHT, 0xC8, 0xCC}
"""Start-of-frame markers: C8 is reserved, C4 and CC are tables."""
FILL: Final = 0xFF
"""Any number of these may precede a marker."""
STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: TEM and the restart markers."""

_SKIPPED: Final = {FILL: 1, 0: 2} | dict.fromkeys(STANDALONE, 2)
"""How many bytes to skip of what is no segment."""
_TIFF_SAMPLINGS: Final = frozenset({(1, 1), (2, 1), (2, 2)})

# Inside a scan FF is followed by 00 (byte stuffing), a restart marker or fill bytes (FF); anything else ends
# the scan.
_SCAN_END: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_MAX_SEGMENTS: Final = 10_000
"""Most segments of one file: cameras write a few hundred, for previews and depth maps; millions are an attack."""


@dataclass(frozen=True)
class Component:
    """One colour channel: its id and its horizontal and vertical sampling factors."""

    id: int
    h: int
    v: int


@dataclass(frozen=True)
class JpegHeader:
    """The header of a JPEG, up to its first scan. `width` and `height` are as stored, not yet upright."""

    frame: int
    precision: int
    width: int
    height: int
    components: tuple[Component, ...]
    jfif: bool
    adobe: int | None
    """Adobe's colour transform: 0 none, 1 YCbCr, 2 YCCK; None without an Adobe marker."""
    orientation: int
    profile: bytes | None
    taken: exif.Taken | None
    """When it was taken, by its Exif."""
    interleaved: bool
    """Whether the first scan contains all channels."""
    length: int
    """The number of bytes before the pixels of the first scan."""

    @property
    def progressive(self) -> bool:
        """Whether the image is stored in passes of increasing detail."""
        return self.frame == PROGRESSIVE

    @property
    def multi_scan(self) -> bool:
        """Whether the image has several scans, so that a decoder must hold all of it in memory."""
        return self.progressive or not self.interleaved

    @property
    def coefficient_bytes(self) -> int:
        """Memory a decoder needs to hold the whole image, in bytes: two for every sample of every channel."""
        samples = sum(c.h * c.v for c in self.components) / max(c.h * c.v for c in self.components)
        return int(2 * samples * self.width * self.height)

    @property
    def stored_as_rgb(self) -> bool:
        """Whether the three channels are red, green and blue, by libjpeg's rules."""
        if len(self.components) != 3 or self.jfif:  # three channels
            return False
        if self.adobe is not None:
            return self.adobe == 0
        return tuple(component.id for component in self.components) == tuple(b"RGB")

    @property
    def sampling(self) -> tuple[int, int]:
        """The number of luma samples per chroma sample, horizontally and vertically: (2, 2) is 4:2:0."""
        luma = self.components[0]
        if len(self.components) == 1:
            return (1, 1)
        widest = max(component.h for component in self.components[1:])
        tallest = max(component.v for component in self.components[1:])
        return (max(1, luma.h // widest), max(1, luma.v // tallest))

    @property
    def wrappable(self) -> bool:
        """Whether TIFF readers show the same image if this JPEG is wrapped in a TIFF unchanged.

        That needs baseline, 8 bits, and grey or YCbCr with chroma sampled once per block; some readers show
        anything else wrongly or not at all (libtiff warns about progressive, Adobe's transform 0 gives false
        colours). JPEG gives a single channel's sampling factors no meaning, but libtiff refuses any but 1 × 1;
        TIFF 6.0 has no chroma that is halved vertically only (4:4:0, a 4:2:2 that was turned).
        """
        if self.frame != BASELINE or not self.interleaved:
            return False
        luma, *chroma = self.components
        if not chroma:
            return (luma.h, luma.v) == (1, 1)
        if len(chroma) != 2 or self.stored_as_rgb:  # three channels
            return False
        return all((c.h, c.v) == (1, 1) for c in chroma) and (luma.h, luma.v) in _TIFF_SAMPLINGS


def is_jpeg(content: bytes) -> bool:
    """Check the first bytes."""
    return content.startswith(b"\xff\xd8\xff")


def read_header(content: bytes) -> JpegHeader:
    """Read a JPEG up to its first scan. Raises ImageBroken, ImageUnsupported."""
    frame: tuple[int, bytes] | None = None
    jfif, adobe, exif_block, in_scan, length = False, None, None, 0, 0
    profile_parts: dict[int, bytes] = {}
    profile_count = 0
    for marker, start, end in segments(content, scan_data=False):
        if marker == SOS:
            in_scan = content[start + 4] if end > start + 4 else 0
            length = end
            break
        body = content[start + 4 : end]
        if marker in SOF_MARKERS:
            if frame is not None:
                raise ImageBroken(integrator="The JPEG has two frame headers.")
            frame = (marker, body)
        elif marker == APP0 and body.startswith(b"JFIF\x00"):
            jfif = True
        elif marker == APP14 and body.startswith(b"Adobe") and len(body) >= 12:  # its fixed length
            adobe = body[11]
        elif marker == APP1 and body.startswith(b"Exif\x00") and exif_block is None:
            exif_block = body[6:]
        elif marker == APP2 and body.startswith(b"ICC_PROFILE\x00") and len(body) > 14:  # its header
            profile_parts[body[12]] = body[14:]
            profile_count = body[13]
    if frame is None:
        raise ImageBroken(integrator="The JPEG has no frame header before its first scan.")
    marker, body = frame
    precision, height, width, components = _parse_frame(marker, body)
    return JpegHeader(
        frame=marker,
        precision=precision,
        width=width,
        height=height,
        components=components,
        jfif=jfif,
        adobe=adobe,
        orientation=exif.orientation(exif_block) if exif_block is not None else 1,
        # As libjpeg does, and so every viewer: an incomplete profile is none.
        profile=b"".join(profile_parts[number] for number in sorted(profile_parts)) or None
        if profile_count == len(profile_parts)
        else None,
        taken=exif.taken(exif_block) if exif_block is not None else None,
        interleaved=in_scan == len(components),
        length=length,
    )


def segments(content: bytes, *, scan_data: bool = True) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) of every segment up to the end marker; a scan ends at the next marker.

    Without `scan_data` the first scan is the last segment and ends after its own header: searching for its
    end takes most of the time.

    As in every viewer, what follows a complete scan may be missing or damaged: the segments end there. Raises
    ImageBroken if that happens before a scan, ImageUnsupported if there are too many segments.
    """
    try:
        for count, segment in enumerate(_segments(content, scan_data=scan_data)):
            if count > _MAX_SEGMENTS:
                raise ImageUnsupported(
                    "This JPEG has an unusual structure. Export it again as a standard JPEG.",
                    integrator=f"More than {_MAX_SEGMENTS} segments.",
                )
            yield segment
    except _EndsEarly as ending:
        if not ending.after_scan:
            raise ImageBroken(integrator=str(ending)) from ending


class _EndsEarly(Exception):
    """The file ends, or stops making sense, before its end marker."""

    def __init__(self, reason: str, *, after_scan: bool) -> None:
        super().__init__(reason)
        self.after_scan = after_scan


def _segments(content: bytes, *, scan_data: bool) -> Iterator[tuple[int, int, int]]:
    at, scanned = 2, False
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise _EndsEarly("The JPEG ends before its end marker.", after_scan=scanned)
        marker = content[at + 1]
        if marker in _SKIPPED:
            at += _SKIPPED[marker]
        elif marker == EOI:
            return
        elif marker == SOI:
            raise _EndsEarly("A second JPEG starts before the first one ended.", after_scan=scanned)
        else:
            end = at + 2 + int.from_bytes(content[at + 2 : at + 4])
            if end < at + 4 or end > len(content):
                raise _EndsEarly("A JPEG segment is longer than the file.", after_scan=scanned)
            if marker == SOS and not scan_data:
                yield marker, at, end
                return
            if marker == SOS:
                end, scanned = _find_scan_end(content, end), True
            yield marker, at, end
            at = end


def _find_scan_end(content: bytes, at: int) -> int:
    following = _SCAN_END.search(content, at)
    return len(content) if following is None else following.start()


def _parse_frame(marker: int, body: bytes) -> tuple[int, int, int, tuple[Component, ...]]:
    if marker not in {BASELINE, EXTENDED, PROGRESSIVE}:
        raise ImageUnsupported(
            "This kind of JPEG isn't supported (lossless or arithmetic-coded). Export it again as a standard JPEG.",
            integrator=f"Start-of-frame marker {marker:02X}.",
        )
    if len(body) < 6 or len(body) != 6 + 3 * body[5]:  # the frame header's fixed part
        raise ImageBroken(integrator="The JPEG's frame header has the wrong length.")
    precision, height, width = body[0], int.from_bytes(body[1:3]), int.from_bytes(body[3:5])
    components = tuple(Component(body[i], body[i + 1] >> 4, body[i + 1] & 15) for i in range(6, len(body), 3))
    if not width or not height:
        raise ImageBroken(integrator="The JPEG's dimensions are zero.")
    if precision != 8 or len(components) not in {1, 3, 4}:  # bits
        raise ImageUnsupported(
            "This kind of JPEG isn't supported (not 8-bit grey, RGB or CMYK). Export it again as a standard JPEG.",
            integrator=f"{precision} bits, {len(components)} components.",
        )
    if not all(1 <= c.h <= 4 and 1 <= c.v <= 4 for c in components):  # the standard's range
        raise ImageBroken(integrator="The JPEG's sampling factors are out of range.")
    return precision, height, width, components
