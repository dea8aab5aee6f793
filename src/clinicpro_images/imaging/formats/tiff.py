"""Parse a TIFF's tags: its pages, their properties, and a single page stripped of everything else."""

import struct
from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.errors import DIFFERS, ImageBroken, ImageUnsupported
from clinicpro_images.imaging.formats import exif, jpeg
from clinicpro_images.imaging.formats.tiff_directory import Layout, Tag, read_directory

_NUMBERS: Final = {1: "B", 3: "H", 4: "I", 6: "B", 8: "H", 9: "I", 13: "I"}
"""By type, for `struct`; those with a sign too, because no tag that is read here can be negative."""
_MAX_PAGES: Final = 1000
_MAX_SEGMENTS: Final = 200_000
_KEPT: Final = frozenset(
    {
        256, 257, 258, 259, 262, 266, 277, 278, 284, 292, 293, 317, 320, 322, 323, 332, 338, 339, 347, 529, 530, 531, 532,
    }
)  # fmt: skip
"""The tags needed to read the pixels; offsets and lengths of strips and tiles are rewritten."""
_NEEDED: Final = _KEPT | {273, 279, 324, 325}
_COMPRESSIONS: Final = frozenset({1, 2, 3, 4, 5, 7, 8, 32773, 32946})
_CHANNELS: Final = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3}
"""By photometric interpretation: grey (both polarities), RGB, palette, CMYK, YCbCr. Raw sensors, Lab and masks are not accepted."""
_FAX: Final = frozenset({2, 3, 4})
_FAX_CODES: Final = frozenset(code.to_bytes(2, order) for code in _FAX for order in ("little", "big"))
_JPEG, _CMYK, _YCBCR = 7, 5, 6
_LAB: Final = frozenset({8, 9, 10})
"""CIE L*a*b* in three encodings."""
_TILE_WIDTH: Final = 322
_WHOLE_BYTES: Final = 12
"""For each pixel: libtiff's four, Pillow's four, and the four or fewer that are passed on."""
_THUMBNAIL_TIMES: Final = 4
"""A later image whose edges are this much smaller than the first one's is a camera's thumbnail, not a page."""
_EXIF, _EXIF_THUMBNAIL_EDGE = 34665, 160
"""A camera's directory, and the size that its standard gives to thumbnails, in pixels."""
_ASPECTS: Final = (0.4, 2.5)
"""The ratios of resolutions down and across that are believed: a standard fax has 98 to 204."""
_THUMBNAIL_OR_MASK: Final = 0b101
_RAW_TAGS: Final = frozenset({50706, 33421, 33422})
"""DNG's version and the sensor's colour filter: only a raw camera file has them."""
_RAW: Final = "This is a raw camera file. Export the photo as JPEG and add it again."
_NOT_SUPPORTED: Final = "This kind of TIFF isn't supported. Export it again as a standard TIFF, JPEG or PDF."
_IN_LAB: Final = (
    "This TIFF has its colours in CIE L*a*b*, which programs show differently. Export it in RGB and add that."
)


@dataclass(frozen=True)
class TiffPage:
    """One page as its directory describes it. `width` and `height` are as stored, not yet upright."""

    order: str
    tags: dict[int, Tag]
    segments: tuple[tuple[int, int], ...]
    """Offset and length of every segment: a strip or a tile."""

    def number(self, tag: int, default: int = 0) -> int:
        """Return a tag's first number."""
        return next(iter(self.numbers(tag)), default)

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Return a tag's numbers; empty if it is missing or doesn't hold whole numbers."""
        kind, count, value = self.tags.get(tag, (0, 0, b""))
        letter = _NUMBERS.get(kind)
        return struct.unpack(f"{self.order}{count}{letter}", value) if letter else ()

    @property
    def width(self) -> int:
        """In pixels."""
        return self.number(256)

    @property
    def height(self) -> int:
        """In pixels."""
        return self.number(257)

    @property
    def orientation(self) -> int:
        """1-8, as in Exif."""
        found = self.number(274, 1)
        return found if 1 <= found <= 8 else 1  # TIFF's range

    @property
    def bits(self) -> int:
        """Per channel."""
        return max(self.numbers(258) or (1,))

    @property
    def samples(self) -> int:
        """Number of channels, including extra ones."""
        return self.number(277, 1)

    @property
    def colour_channels(self) -> int:
        """Number of channels that are colours."""
        return _CHANNELS.get(self.number(262, -1), 0)

    @property
    def has_alpha(self) -> bool:
        """Whether the first extra channel is transparency."""
        return self.samples > self.colour_channels and self.number(338) in {1, 2}

    @property
    def planes(self) -> bool:
        """Whether each channel is stored apart."""
        return self.number(284, 1) == 2 and self.samples > 1

    @property
    def needs_pillow(self) -> bool:
        """Whether libvips can't read it, but Pillow can: YCbCr without JPEG, and tiles of separate planes."""
        return (self.number(262) == _YCBCR and not self.jpeg) or (self.planes and _TILE_WIDTH in self.tags)

    @property
    def profile(self) -> bytes | None:
        """The colour profile."""
        return self.tags[34675][2] if 34675 in self.tags else None  # ICC's tag

    @property
    def fax(self) -> bool:
        """Whether it is compressed as faxes are, line by line, so that noise costs a line and no more."""
        return self.number(259) in _FAX

    @property
    def jpeg(self) -> bool:
        """Whether its strips or tiles are JPEGs."""
        return self.number(259) == _JPEG

    @property
    def aspect(self) -> float:
        """How much taller than wide its pixels are: 1 if they are square, as nearly all are."""
        across, down = self._resolution(282), self._resolution(283)
        found = across / down if across and down else 1.0
        return found if _ASPECTS[0] <= found <= _ASPECTS[1] and abs(found - 1) > 0.03 else 1.0

    def _resolution(self, tag: int) -> float:
        kind, count, value = self.tags.get(tag, (0, 0, b""))
        if kind != 5 or count != 1:  # a fraction
            return 0.0
        top, bottom = struct.unpack(f"{self.order}II", value)
        return top / bottom if bottom else 0.0

    @property
    def segment_bytes(self) -> int:
        """Memory that one decompressed strip or tile may need, in bytes; of the whole page if that is decoded at once."""
        if self.needs_pillow:
            return self.width * self.height * _WHOLE_BYTES
        rows = min(self.number(278, self.height) or self.height, self.height)
        if 322 in self.tags:  # TileWidth
            # libvips holds a whole row of tiles.
            rows = self.number(323)
        return rows * self.width * self.samples * (2 if self.bits > 8 else 1)  # bits


@dataclass(frozen=True)
class TiffHeader:
    """All pages without thumbnails and masks; its own properties are those of the first page."""

    pages: tuple[TiffPage, ...]
    taken: exif.Taken | None = None

    @property
    def width(self) -> int:
        """Of the first page."""
        return self.pages[0].width

    @property
    def height(self) -> int:
        """Of the first page."""
        return self.pages[0].height

    @property
    def orientation(self) -> int:
        """Of the first page."""
        return self.pages[0].orientation

    @property
    def profile(self) -> bytes | None:
        """Of the first page."""
        return self.pages[0].profile


def is_tiff(content: bytes) -> bool:
    """Check the first bytes, which are others for BigTIFF."""
    return content[:4] in {b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"}


def read_header(content: bytes) -> TiffHeader:
    """Read every page's directory. Raises ImageBroken, ImageUnsupported."""
    layout = Layout.of(content)
    if not layout.big and content[8:10] == b"CR":
        raise ImageUnsupported(_RAW, integrator="Canon raw.")
    pages: list[TiffPage] = []
    seen: set[int] = set()
    at = layout.first(content)
    while at:
        if at in seen or len(seen) >= _MAX_PAGES:
            raise ImageBroken(integrator="The TIFF's directories form a loop.")
        seen.add(at)
        tags, at = read_directory(content, at, layout, _NEEDED)
        if 262 not in tags and 259 in tags and tags[259][2][:2] in _FAX_CODES:
            tags[262] = (3, 1, bytes(2))  # black on white, as every reader assumes
        page = TiffPage(layout.order, tags, ())
        if _RAW_TAGS & tags.keys() or (len(seen) == 1 and page.number(254) & 1):
            raise ImageUnsupported(_RAW, integrator="Raw camera tags, or the first image is a thumbnail.")
        if not page.number(254) & _THUMBNAIL_OR_MASK and not _is_thumbnail(page, pages):
            pages.append(TiffPage(layout.order, tags, _read_segments(content, page)))
    if not pages:
        raise ImageBroken(integrator="The TIFF has no page.")
    return TiffHeader(tuple(pages), exif.taken(content))


def _is_thumbnail(page: TiffPage, before: list[TiffPage]) -> bool:
    if not before:
        return False
    longest = max(page.width, page.height)
    by_camera = _EXIF in before[0].tags and longest <= _EXIF_THUMBNAIL_EDGE
    return by_camera or _THUMBNAIL_TIMES * longest <= min(before[0].width, before[0].height)


def strip(content: bytes, page: TiffPage) -> bytes:
    """Return a TIFF of this page alone, with only its pixels and the tags they need; its orientation is dropped."""
    offsets_tag, lengths_tag = (324, 325) if 322 in page.tags else (273, 279)  # TileWidth
    tags = {tag: value for tag, value in page.tags.items() if tag in _KEPT}
    if not page.planes:
        tags.pop(284, None)  # a single channel has none
    count, order = len(page.segments), page.order
    if page.number(259) == _JPEG and page.number(262) == _YCBCR and 530 not in tags:
        # libtiff finds the subsampling itself, but with a warning that can't be told from damage.
        found = _jpeg_sampling(content[slice(page.segments[0][0], sum(page.segments[0]))])
        tags[530] = (3, 2, struct.pack(f"{order}2H", *found))
    if 320 in tags and not any(value > 255 for value in page.numbers(320)):
        # Some scanners' programs write a palette of 8 bits; not every reader notices.
        scaled = [257 * value for value in page.numbers(320)]
        tags[320] = (3, len(scaled), struct.pack(f"{order}{len(scaled)}H", *scaled))
    body = bytearray()
    offsets, lengths = [], []
    for offset, length in page.segments:
        offsets.append(8 + len(body))
        lengths.append(length)
        body += content[offset : offset + length]
        body += b"\x00" * (len(body) % 2)
    tags[offsets_tag] = (4, count, struct.pack(f"{order}{count}I", *offsets))
    tags[lengths_tag] = (4, count, struct.pack(f"{order}{count}I", *lengths))
    entries = bytearray(struct.pack(order + "H", len(tags)))
    directory_at = 8 + len(body)
    values_at = directory_at + 2 + 12 * len(tags) + 4
    values = bytearray()
    for tag in sorted(tags):
        kind, number, value = tags[tag]
        entries += struct.pack(order + "HHI", tag, kind, number)
        if len(value) <= 4:  # fits into the entry
            entries += value.ljust(4, b"\x00")
        else:
            entries += struct.pack(order + "I", values_at + len(values))
            values += value + b"\x00" * (len(value) % 2)
    start = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, directory_at)
    return start + bytes(body) + bytes(entries) + bytes(4) + bytes(values)


def _jpeg_sampling(stream: bytes) -> tuple[int, int]:
    """Return the luma samples per chroma sample across and down, from a strip's own JPEG header."""
    try:
        return jpeg.read_header(stream).sampling
    except (ImageBroken, ImageUnsupported):
        return (2, 2)  # TIFF's default


def check(page: TiffPage) -> None:
    """Refuse a page that can't be displayed as intended. Raises ImageBroken, ImageUnsupported."""
    if not page.width or not page.height:
        raise ImageBroken(integrator="The TIFF's dimensions are zero.")
    compression, photometric = page.number(259, 1), page.number(262, -1)
    if photometric in _LAB:
        raise ImageUnsupported(_IN_LAB, integrator=f"Photometric {photometric}.")
    formats = set(page.numbers(339)) or {1}
    depths = set(page.numbers(258)) or {1}
    if (
        compression not in _COMPRESSIONS
        or photometric not in _CHANNELS
        or formats != {1}
        or len(depths) != 1
        or not depths <= {1, 2, 4, 8, 16}
    ):
        raise ImageUnsupported(
            _NOT_SUPPORTED,
            integrator=f"Compression {compression}, photometric {photometric}, formats {formats}, bits {depths}.",
        )
    if photometric == _YCBCR and (page.samples != 3 or depths != {8}):
        raise ImageUnsupported(_NOT_SUPPORTED, integrator=f"{page.samples} channels of {depths} bits.")
    if photometric == _CMYK and page.has_alpha:
        raise ImageUnsupported(DIFFERS, integrator="Programs blend transparent CMYK differently.")
    if page.planes and (page.colour_channels < 3 or page.samples > 4 or photometric == _YCBCR):
        raise ImageUnsupported(_NOT_SUPPORTED, integrator="Separate planes that programs read differently.")
    if not page.colour_channels <= page.samples <= page.colour_channels + 4:
        raise ImageUnsupported(_NOT_SUPPORTED, integrator=f"{page.samples} channels.")


def _read_segments(content: bytes, page: TiffPage) -> tuple[tuple[int, int], ...]:
    check(page)
    tiled = _TILE_WIDTH in page.tags
    offsets, lengths = page.numbers(273), page.numbers(279)
    if tiled:
        # Some older programs list their tiles as strips.
        offsets, lengths = page.numbers(324) or offsets, page.numbers(325) or lengths
        wide, tall = page.number(_TILE_WIDTH), page.number(323)
        if not wide or not tall or wide % 16 or tall % 16:
            raise ImageBroken(integrator="The TIFF's tile size is invalid.")
        expected = -(-page.width // wide) * -(-page.height // tall)
    else:
        expected = -(-page.height // (min(page.number(278, page.height), page.height) or page.height))
    if page.planes:
        expected *= page.samples
    if not lengths and len(offsets) == expected == 1 and page.number(259, 1) in {0, 1}:
        row = -(-page.width * page.samples * page.bits // 8)
        lengths = (row * page.height,)
    if lengths == (0,) and len(offsets) == expected == 1:
        lengths = (max(0, len(content) - offsets[0]),)  # unknown to its writer
    offsets, lengths = offsets[:expected], lengths[:expected]  # some writers list more tiles than there are
    if expected > _MAX_SEGMENTS or len(offsets) != expected or len(lengths) != expected:
        raise ImageBroken(integrator=f"The TIFF should have {expected} strips or tiles.")
    if any(
        offset + length > len(content) or not length for offset, length in zip(offsets, lengths, strict=True)
    ):
        raise ImageBroken(integrator="A TIFF strip or tile is empty or extends past the end of the file.")
    if sum(lengths) > len(content):
        raise ImageBroken(integrator="The TIFF's strips or tiles overlap.")
    return tuple(zip(offsets, lengths, strict=True))
