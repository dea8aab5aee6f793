"""Parse the boxes (ISO base media) of a HEIC or AVIF: its primary image, size, rotation and colours; nothing is decoded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.formats import exif, icc

_STILL_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"})
_SEQUENCE_BRANDS: Final = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1", b"avis"})
_IMAGE_ITEM_TYPES: Final = frozenset({b"hvc1", b"av01", b"grid", b"iden", b"iovl"})
"""Types of a primary item: coded in one piece, or derived from several."""
_ALPHA: Final = re.compile(rb":alpha|:auxid:1\x00")
"""As AV1's standard and HEVC's name an alpha channel."""
_MAX_BOXES: Final = 20_000
_MAX_EXIF: Final = 65_536
_EXIF: Final = re.compile(rb"Exif\x00\x00(II\*\x00|MM\x00\*)")

_VIDEO: Final = "This is a video. Add a photo instead."
_SEQUENCE: Final = "This is a series of photos or a video. Save one of them as JPEG and add that."
_CROPPED: Final = "This image is cropped and transparent, which programs show differently. Export it as PNG or JPEG and add that."

Box = tuple[bytes, int, int]
"""Type, start of the body, end."""


@dataclass(frozen=True)
class HeifHeader:
    """The header of the primary image of a HEIC or AVIF. `width` and `height` are as displayed, after any rotation."""

    width: int
    height: int
    bits: int
    has_alpha: bool
    grey: bool
    profile: bytes | None
    primaries: int
    """The colour primaries if there is no profile, as numbered in ITU-T H.273: 1 sRGB, 12 Display P3, 2 unknown."""
    gamma: float | None = None
    """The exponent of its samples if there is no profile and that isn't about sRGB's."""
    taken: exif.Taken | None = None
    av1: bool = False
    """Whether it is coded as AV1, and the file is an AVIF."""
    full_chroma: bool = False
    """Whether it has the colour of every pixel (4:4:4)."""
    cropped: bool = False
    """Whether only a part of the coded image is displayed."""
    orientation: int = 1
    """Always 1: as the standard requires, the decoder applies the rotation of the boxes and ignores Exif's."""

    @property
    def pixel_bytes(self) -> int:
        """Memory the decoder needs for the whole image at once, in bytes: its planes, rotated copies and the output."""
        each = (8 if self.bits <= 8 else 12) * (1 + self.av1)  # bits; measured for both decoders
        return self.width * self.height * (each + 2 * self.has_alpha)


def is_iso_media(content: bytes) -> bool:
    """Check the first bytes; videos match too, so that they can be refused by name."""
    return content[4:8] == b"ftyp"


def read_header(content: bytes) -> HeifHeader:
    """Read the boxes around the primary image. Raises ImageBroken, ImageUnsupported."""
    try:
        return _read(content)
    except IndexError as error:
        raise ImageBroken(integrator="A box of the HEIC or AVIF is empty.") from error


def _read(content: bytes) -> HeifHeader:
    _check_brand(content)
    meta = _find(content, b"meta", 0, len(content))
    if meta is None:
        raise ImageBroken(integrator="The HEIC has no meta box.")
    start, end = meta[0] + 4, meta[1]
    primary = _primary_item(content, start, end)
    types = _item_types(content, start, end)
    kind = types.get(primary)
    if kind not in _IMAGE_ITEM_TYPES:
        raise ImageUnsupported(
            "This kind of HEIC isn't supported. Export the photo as JPEG and add it again.",
            integrator=f"The primary image is of type {kind!r}.",
        )
    # A grid's tiles are all coded alike.
    av1 = kind == b"av01" or (kind != b"hvc1" and b"av01" in types.values())
    properties = _item_properties(content, start, end, primary)
    if kind not in {b"hvc1", b"av01"} and not any(each[0] == b"colr" for each in properties):
        properties += _colours_of_parts(content, start, end, primary)
    return _read_properties(content, properties, av1=av1)


def _colours_of_parts(content: bytes, start: int, end: int, item: int) -> list[Box]:
    """Return the colours of the first image that an item is made of: an iPhone may describe a grid's tiles only."""
    found = _find(content, b"iref", start, end)
    if found is None:
        return []
    size = 4 if content[found[0]] else 2
    for kind, at, stop in _boxes(content, found[0] + 4, found[1]):
        first = at + size + 2  # after the item, and how many it is made of
        if kind == b"dimg" and first + size <= stop and int.from_bytes(content[at : at + size]) == item:
            part = int.from_bytes(content[first : first + size])
            return [each for each in _item_properties(content, start, end, part) if each[0] == b"colr"]
    return []


def _check_brand(content: bytes) -> None:
    end = int.from_bytes(content[:4])
    if not 16 <= end <= min(len(content), 4096):  # a header and one brand; no real file lists a thousand
        raise ImageBroken(integrator="The HEIC's brands are corrupt.")
    major = content[8:12]
    brands = {major, *(content[at : at + 4] for at in range(16, end - 3, 4))}
    if major in _SEQUENCE_BRANDS:
        raise ImageUnsupported(_SEQUENCE)
    if not brands & _STILL_BRANDS:
        raise ImageUnsupported(_VIDEO)


def _read_properties(content: bytes, properties: list[Box], *, av1: bool) -> HeifHeader:
    width, height = _size(content, properties)
    bits, channels, primaries, transfer, alpha, full_chroma, profile = 8, 3, 2, 2, False, False, None
    for kind, start, end in properties:
        body = content[start:end]
        if kind == b"pixi" and len(body) >= 6:  # version, count, one channel
            channels, bits = body[4], max(body[5 : 5 + body[4]] or (8,))
        elif kind == b"colr" and body[:4] in {b"prof", b"rICC"}:
            profile = body[4:]
        elif kind == b"colr" and body[:4] == b"nclx" and len(body) >= 6:  # type, primaries
            primaries, transfer = int.from_bytes(body[4:6]), int.from_bytes(body[6:8])
        elif kind == b"av1C" and len(body) >= 4:
            bits = max(bits, 12 if body[2] & 0x20 else 10 if body[2] & 0x40 else 8)
            full_chroma = not body[2] & 0x0C
        elif kind == b"hvcC" and len(body) > 16:
            full_chroma = body[16] & 3 == 3
        elif kind == b"alpha":
            alpha = True
    if transfer in icc.HDR_TRANSFERS or (profile is None and primaries == icc.BT_2020):
        sentence = icc.HDR if transfer in icc.HDR_TRANSFERS else icc.WIDE
        raise ImageUnsupported(sentence, integrator=f"Primaries {primaries}, transfer {transfer}.")
    cropped = any(kind == b"clap" for kind, _, _ in properties)
    if cropped and alpha:
        raise ImageUnsupported(
            _CROPPED, integrator="libheif would lay the whole alpha channel over the crop."
        )
    return HeifHeader(
        width=width,
        height=height,
        bits=bits,
        has_alpha=alpha,
        grey=channels == 1,
        profile=profile,
        primaries=primaries,
        gamma=icc.GAMMA.get(transfer) if profile is None else None,
        taken=_taken(content) or _created(content, properties),
        av1=av1,
        full_chroma=full_chroma,
        cropped=cropped,
    )


def _created(content: bytes, properties: list[Box]) -> exif.Taken | None:
    """Return when the image was created by its own property, or by the movie that some cameras put beside it."""
    for kind, start, end in properties:
        if kind == b"crtt" and end - start >= 12:  # version, microseconds
            return _since_1904(int.from_bytes(content[start + 4 : start + 12]) // 1_000_000)
    movie = _find(content, b"moov", 0, len(content))
    header = movie and _find(content, b"mvhd", *movie)
    if not header:
        return None
    size = 8 if content[header[0]] else 4
    return _since_1904(int.from_bytes(content[header[0] + 4 : header[0] + 4 + size]))


def _since_1904(seconds: int) -> exif.Taken | None:
    """Return a time as QuickTime counts it, in UTC."""
    try:
        created = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return exif.Taken(created.isoformat(timespec="seconds"), 0) if seconds else None


_EPOCH: Final = datetime(1904, 1, 1)  # noqa: DTZ001 - its offset is stated beside it


def _taken(content: bytes) -> exif.Taken | None:
    """Return the date in its Exif item, wherever that is: the item's bytes start with the same marker as in a JPEG."""
    found = _EXIF.search(content)
    return exif.taken(content[found.start(1) : found.start(1) + _MAX_EXIF]) if found else None


def _size(content: bytes, properties: list[Box]) -> tuple[int, int]:
    width = height = 0
    # Some writers list the crop before the size.
    for kind, start, end in sorted(properties, key=lambda each: each[0] != b"ispe"):
        body = content[start:end]
        if kind == b"ispe" and len(body) >= 12:  # version, width, height
            width, height = int.from_bytes(body[4:8]), int.from_bytes(body[8:12])
        elif kind == b"clap" and len(body) >= 32:  # eight numbers
            aperture = [int.from_bytes(body[at : at + 4]) for at in range(0, 16, 4)]
            if (
                not aperture[1]
                or not aperture[3]
                or aperture[0] > aperture[1] * width
                or aperture[2] > aperture[3] * height
            ):
                raise ImageBroken(integrator="The HEIC's crop is larger than the image.")
            width, height = aperture[0] // aperture[1], aperture[2] // aperture[3]
        elif kind == b"irot" and body:
            width, height = (height, width) if body[0] & 1 else (width, height)
    if not width or not height:
        raise ImageBroken(integrator="The HEIC has no dimensions.")
    return width, height


def _primary_item(content: bytes, start: int, end: int) -> int:
    found = _find(content, b"pitm", start, end)
    if found is None:
        raise ImageBroken(integrator="The HEIC has no primary image.")
    size = 4 if content[found[0]] else 2
    return int.from_bytes(content[found[0] + 4 : found[0] + 4 + size])


def _item_types(content: bytes, start: int, end: int) -> dict[int, bytes]:
    found = _find(content, b"iinf", start, end)
    if found is None:
        raise ImageBroken(integrator="The HEIC lists no images.")
    types: dict[int, bytes] = {}
    for kind, at, stop in _boxes(content, found[0] + (8 if content[found[0]] else 6), found[1]):
        if kind == b"infe" and content[at] >= 2:  # earlier versions have no types
            size = 2 if content[at] == 2 else 4  # the version
            name = at + 4 + size + 2
            if name + 4 <= stop:
                types[int.from_bytes(content[at + 4 : at + 4 + size])] = content[name : name + 4]
    return types


def _item_properties(content: bytes, start: int, end: int, item: int) -> list[Box]:
    """Return an item's property boxes in order, plus one of type `alpha` if another item is its alpha channel."""
    outer = _find(content, b"iprp", start, end)
    inner = outer and _find(content, b"ipco", *outer)
    if outer is None or inner is None:
        raise ImageBroken(integrator="The HEIC's images have no properties.")
    known = list(_boxes(content, *inner))
    found: list[Box] = []
    for kind, at, stop in _boxes(content, *outer):
        if kind == b"ipma":
            found += [
                known[index - 1]
                for index in _associated_properties(content, at, stop, item)
                if 0 < index <= len(known)
            ]
    if any(kind == b"auxC" and _ALPHA.search(content[at:stop]) for kind, at, stop in known):
        found.append((b"alpha", 0, 0))
    return found


def _associated_properties(content: bytes, at: int, stop: int, item: int) -> list[int]:
    """Return the properties (counted from 1) that an `ipma` box associates with an item."""
    version, wide = content[at], content[at + 3] & 1
    count, at = int.from_bytes(content[at + 4 : at + 8]), at + 8
    id_size, index_size = (4 if version else 2), (2 if wide else 1)
    for _ in range(min(count, _MAX_BOXES)):
        if at + id_size + 1 > stop:
            break
        owner, number = int.from_bytes(content[at : at + id_size]), content[at + id_size]
        at += id_size + 1
        if owner == item:
            mask = 0x7FFF if wide else 0x7F
            positions = range(at, min(at + number * index_size, stop), index_size)
            return [
                int.from_bytes(content[position : position + index_size]) & mask for position in positions
            ]
        at += number * index_size
    return []


def _find(content: bytes, wanted: bytes, start: int, end: int) -> tuple[int, int] | None:
    return next(((at, stop) for kind, at, stop in _boxes(content, start, end) if kind == wanted), None)


def _boxes(content: bytes, at: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two offsets. Raises ImageBroken if one is longer than the box around it."""
    for _ in range(_MAX_BOXES):
        if at + 8 > end:
            return
        size, kind, body = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8], at + 8
        if size == 1:
            size, body = int.from_bytes(content[at + 8 : at + 16]), at + 16
        stop = end if size == 0 else at + size
        if stop < body or stop > end:
            raise ImageBroken(integrator=f"A box of type {kind!r} is longer than the file.")
        yield kind, body, stop
        at = stop
