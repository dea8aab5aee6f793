"""HEIC at box level (ISO base media): which picture is meant, its size and turn, its colours; nothing is decoded."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported

_STILL_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_SEQUENCE_BRANDS: Final = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1", b"avis"})
_AVIF: Final = b"avif"
_IMAGE_ITEM_TYPES: Final = frozenset({b"hvc1", b"grid", b"iden", b"iovl"})
"""What the picture may be: coded in one piece, or put together of such."""
_MAX_BOXES: Final = 20_000

_VIDEO: Final = "This is a video. Add a photo instead."
_SEQUENCE: Final = "This is a series of pictures or a video. Save one of them as JPEG and add that."
_AVIF_REFUSED: Final = "This is an AVIF picture. Export it as JPEG and add it again."

Box = tuple[bytes, int, int]
"""Type, where its body starts, where it ends."""


@dataclass(frozen=True)
class HeifHeader:
    """What a HEIC says of its main picture. `width` and `height` as they are shown, any turn taken into account."""

    width: int
    height: int
    bits: int
    has_alpha: bool
    grey: bool
    profile: bytes | None
    primaries: int
    """The colour primaries where no profile is inside, as ITU-T H.273 counts: 1 sRGB's, 12 Display P3's, 2 unknown."""
    orientation: int = 1
    """Always 1: the decoder turns the picture itself, by the boxes and not by Exif, as the standard wants it."""

    @property
    def pixel_bytes(self) -> int:
        """Memory the decoder needs for the whole picture at once: its planes, turned ones, and what comes out of them."""
        each = 8 if self.bits <= 8 else 14  # noqa: PLR2004 (bits)
        return self.width * self.height * (each + 2 * self.has_alpha)


def is_iso_media(content: bytes) -> bool:
    """Tell by the first bytes; videos count too, so that they can be refused by name."""
    return content[4:8] == b"ftyp"


def read_header(content: bytes) -> HeifHeader:
    """Read the boxes around the main picture. Raises ImageBroken, ImageUnsupported."""
    try:
        return _read(content)
    except IndexError as error:
        raise ImageBroken(integrator="A box of the HEIC is empty.") from error


def _read(content: bytes) -> HeifHeader:
    _check_brand(content)
    meta = _find(content, b"meta", 0, len(content))
    if meta is None:
        raise ImageBroken(integrator="The HEIC has no meta box.")
    start, end = meta[0] + 4, meta[1]
    primary = _primary_item(content, start, end)
    kind = _item_types(content, start, end).get(primary)
    if kind == b"av01":
        raise ImageUnsupported(_AVIF_REFUSED)
    if kind not in _IMAGE_ITEM_TYPES:
        raise ImageUnsupported(
            "This is a rare kind of HEIC. Export the photo as JPEG and add it again.",
            integrator=f"The main picture is of type {kind!r}.",
        )
    return _read_properties(content, _item_properties(content, start, end, primary))


def _check_brand(content: bytes) -> None:
    end = int.from_bytes(content[:4])
    if not 16 <= end <= min(len(content), 4096):  # noqa: PLR2004 (a header and one brand; nobody lists a thousand)
        raise ImageBroken(integrator="The file's brands are torn.")
    major = content[8:12]
    brands = {major, *(content[at : at + 4] for at in range(16, end - 3, 4))}
    if major in _SEQUENCE_BRANDS:
        raise ImageUnsupported(_SEQUENCE)
    if major == _AVIF or (_AVIF in brands and not brands & _STILL_BRANDS - {b"mif1"}):
        raise ImageUnsupported(_AVIF_REFUSED)
    if not brands & _STILL_BRANDS:
        raise ImageUnsupported(_VIDEO)


def _read_properties(content: bytes, properties: list[Box]) -> HeifHeader:
    width, height = _size(content, properties)
    bits, channels, primaries, alpha, profile = 8, 3, 2, False, None
    for kind, start, end in properties:
        body = content[start:end]
        if kind == b"pixi" and len(body) >= 6:  # noqa: PLR2004 (version, count, one channel)
            channels, bits = body[4], max(body[5 : 5 + body[4]] or (8,))
        elif kind == b"colr" and body[:4] in {b"prof", b"rICC"}:
            profile = body[4:]
        elif kind == b"colr" and body[:4] == b"nclx" and len(body) >= 6:  # noqa: PLR2004 (type, primaries)
            primaries = int.from_bytes(body[4:6])
        elif kind == b"alpha":
            alpha = True
    return HeifHeader(width, height, bits, alpha, channels == 1, profile, primaries)


def _size(content: bytes, properties: list[Box]) -> tuple[int, int]:
    width = height = 0
    for kind, start, end in properties:
        body = content[start:end]
        if kind == b"ispe" and len(body) >= 12:  # noqa: PLR2004 (version, width, height)
            width, height = int.from_bytes(body[4:8]), int.from_bytes(body[8:12])
        elif kind == b"clap" and len(body) >= 32:  # noqa: PLR2004 (eight numbers)
            aperture = [int.from_bytes(body[at : at + 4]) for at in range(0, 16, 4)]
            if (
                not aperture[1]
                or not aperture[3]
                or aperture[0] > aperture[1] * width
                or aperture[2] > aperture[3] * height
            ):
                raise ImageBroken(integrator="The HEIC is cropped to more than it has.")
            width, height = aperture[0] // aperture[1], aperture[2] // aperture[3]
        elif kind == b"irot" and body:
            width, height = (height, width) if body[0] & 1 else (width, height)
    if not width or not height:
        raise ImageBroken(integrator="The HEIC doesn't say how large it is.")
    return width, height


def _primary_item(content: bytes, start: int, end: int) -> int:
    found = _find(content, b"pitm", start, end)
    if found is None:
        raise ImageBroken(integrator="The HEIC doesn't say which picture is meant.")
    size = 4 if content[found[0]] else 2
    return int.from_bytes(content[found[0] + 4 : found[0] + 4 + size])


def _item_types(content: bytes, start: int, end: int) -> dict[int, bytes]:
    found = _find(content, b"iinf", start, end)
    if found is None:
        raise ImageBroken(integrator="The HEIC lists no pictures.")
    types: dict[int, bytes] = {}
    for kind, at, stop in _boxes(content, found[0] + (8 if content[found[0]] else 6), found[1]):
        if kind == b"infe" and content[at] >= 2:  # noqa: PLR2004 (earlier versions have no types)
            size = 2 if content[at] == 2 else 4  # noqa: PLR2004 (its version)
            name = at + 4 + size + 2
            if name + 4 <= stop:
                types[int.from_bytes(content[at + 4 : at + 4 + size])] = content[name : name + 4]
    return types


def _item_properties(content: bytes, start: int, end: int, item: int) -> list[Box]:
    """Return an item's property boxes in their order, with one of type `alpha` where another item is its alpha channel."""
    outer = _find(content, b"iprp", start, end)
    inner = outer and _find(content, b"ipco", *outer)
    if outer is None or inner is None:
        raise ImageBroken(integrator="The HEIC's pictures have no properties.")
    known = list(_boxes(content, *inner))
    found: list[Box] = []
    for kind, at, stop in _boxes(content, *outer):
        if kind == b"ipma":
            found += [
                known[index - 1]
                for index in _associated_properties(content, at, stop, item)
                if 0 < index <= len(known)
            ]
    if any(kind == b"auxC" and b":alpha" in content[at:stop] for kind, at, stop in known):
        found.append((b"alpha", 0, 0))
    return found


def _associated_properties(content: bytes, at: int, stop: int, item: int) -> list[int]:
    """Return which properties (counted from 1) an `ipma` box gives to an item."""
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
    """Give the boxes between two places. Raises ImageBroken when one is longer than what it stands in."""
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
