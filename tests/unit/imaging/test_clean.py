"""Cleaning keeps the captured image and nothing else."""

import io
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageBroken, ImageError
from clinicpro_images.imaging.formats.icc import rewritten
from clinicpro_images.imaging.formats.jpeg import read_header
from clinicpro_images.imaging.formats.jpeg_strip import has_stripped_header, strip
from clinicpro_images.imaging.inspect import inspect
from clinicpro_images.imaging.intake import take_in
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.rendition import rendition
from image_files import (
    exif_block,
    icc_profile,
    is_upright,
    make_jpeg,
    make_png,
    planted,
    png_16_bit,
    scene,
    with_chunks,
    with_segments,
)

MARKER = "SERIAL-Q7XK21"
PLANTED = planted(MARKER)


def decoded(content: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(np.int16)


@pytest.mark.parametrize("place", sorted(PLANTED))
def test_cleaning_removes_a_marker_in(place: str) -> None:
    assert MARKER.encode() in PLANTED[place] + b"".join(inflated(PLANTED[place]))
    cleaned = clean(PLANTED[place])

    assert MARKER.encode() not in cleaned.content
    assert MARKER.encode() not in b"".join(inflated(cleaned.content))
    assert is_upright(cleaned.content) or "wide" in place or "profile" in place
    image = Image.open(io.BytesIO(cleaned.content))
    assert set(image.getexif()) <= {0x0112}  # the orientation
    assert set(image.info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "dpi",
        "exif",
        "icc_profile",
    }


def inflated(content: bytes) -> list[bytes]:
    """The decompressed zlib streams inside a PNG."""
    found = []
    at = content.find(b"\x78")
    while at >= 0:
        with suppress(zlib.error):
            found.append(zlib.decompressobj().decompress(content[at:], 100_000))
        at = content.find(b"\x78", at + 1)
    return found if content.startswith(b"\x89PNG") else []


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize(
    "end", [b"\xff\xd9", b"", b"\xff\xd9vendor trailer", b"vendor\xff\xe5trailer\xff\xd9"]
)
@pytest.mark.parametrize("between", [b"\x00" * 64, b"\xff" * 64, MARKER.encode(), b"ab", b"abc", b""])
def test_nothing_hides_behind_the_last_pixel_and_no_pixel_is_lost(
    between: bytes, end: bytes, progressive: bool
) -> None:
    image = make_jpeg(progressive=progressive)

    cleaned = clean(image[:-2] + between + end)

    assert len(between) < 8 or between not in cleaned.content
    assert b"trailer" not in cleaned.content
    assert abs(decoded(cleaned.content) - decoded(image)).mean() < 2
    if not between.strip(b"\xff") and not end.startswith(b"vendor"):
        assert not cleaned.reencoded


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
@pytest.mark.parametrize("progressive", [False, True])
def test_an_upright_srgb_jpeg_keeps_its_scan_byte_for_byte(subsampling: str, progressive: bool) -> None:
    image = make_jpeg(subsampling=subsampling, progressive=progressive, gps=True, marker=MARKER)

    cleaned = clean(image)

    assert not cleaned.reencoded
    if (
        not progressive
    ):  # between a progressive image's scans there are tables, which may be written in another order
        assert cleaned.content.endswith(image[image.index(b"\xff\xda") :])
    assert (decoded(cleaned.content) == decoded(image)).all()


def test_an_srgb_profile_is_dropped_without_re_encoding() -> None:
    cleaned = clean(make_jpeg(profile=icc_profile("srgb", marker=MARKER)))

    assert not cleaned.reencoded
    assert b"ICC_PROFILE" not in cleaned.content


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("shape", [(320, 240), (240, 320), (203, 77)])
def test_a_turned_jpeg_keeps_its_scan_and_a_turned_png_is_turned(
    orientation: int, shape: tuple[int, int]
) -> None:
    width, height = shape
    image = make_jpeg(width=width, height=height, orientation=orientation, gps=True)
    for sent in (image, make_png(width=width, height=height, orientation=orientation)):
        cleaned = clean(sent)

        assert (cleaned.width, cleaned.height) == shape
        assert ImageOps.exif_transpose(Image.open(io.BytesIO(cleaned.content))).size == shape
        assert is_upright(cleaned.content)
        assert is_upright(rendition(cleaned.content, edge=200))
        assert Image.open(io.BytesIO(rendition(cleaned.content, edge=200))).getexif() == {}
    kept = clean(image)
    assert not kept.reencoded
    assert kept.content.endswith(image[image.index(b"\xff\xda") :])
    assert inspect(kept.content).orientation == orientation


@pytest.mark.parametrize("orientation", [1, 6])
def test_wide_gamut_colours_keep_their_scan_and_are_converted_where_they_are_shown(orientation: int) -> None:
    wide = make_jpeg(
        profile=icc_profile("p3", marker=MARKER), subsampling="4:4:4", quality=98, orientation=orientation
    )

    cleaned = clean(wide)
    shown = rendition(cleaned.content, edge=640)

    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(wide)))
    expected = ImageCms.profileToProfile(
        upright, ImageCms.ImageCmsProfile(io.BytesIO(icc_profile("p3"))), ImageCms.createProfile("sRGB")
    )
    assert expected is not None
    assert not cleaned.reencoded
    assert cleaned.content.endswith(wide[wide.index(b"\xff\xda") :])
    assert MARKER.encode() not in cleaned.content
    assert abs(decoded(shown) - np.asarray(expected).astype(np.int16)).mean() < 3
    assert abs(decoded(shown) - np.asarray(upright).astype(np.int16)).mean() > 4
    assert not inspect(shown).profile
    profile = Image.open(io.BytesIO(cleaned.content)).info["icc_profile"]
    kept = ImageCms.profileToProfile(
        upright, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    )
    assert kept is not None
    assert kept.tobytes() == expected.tobytes()


def test_a_profile_with_more_than_primaries_and_curves_is_not_rewritten() -> None:
    assert rewritten(icc_profile("p3")) is not None
    assert rewritten(icc_profile("p3").replace(b"cprt", b"A2B0")) is None


def test_an_unusable_profile_leaves_the_image_readable_or_refused() -> None:
    damaged = icc_profile("p3")[:400]

    cleaned = clean(make_jpeg(profile=damaged))

    assert b"ICC_PROFILE" not in cleaned.content


def test_cmyk_becomes_srgb() -> None:
    cleaned = clean(make_jpeg(mode="CMYK"))

    image = Image.open(io.BytesIO(cleaned.content))
    assert image.mode == "RGB"
    red, green, blue = (int(value) for value in np.asarray(image)[20, 20])
    assert red > green + 60
    assert red > blue + 60


def test_a_jpeg_stored_as_rgb_keeps_its_colours() -> None:
    out = io.BytesIO()
    scene(200, 100).save(out, "JPEG", quality=95, keep_rgb=True)

    cleaned = clean(out.getvalue())

    assert not cleaned.reencoded
    assert is_upright(cleaned.content)


def test_grey_stays_grey() -> None:
    assert Image.open(io.BytesIO(clean(make_jpeg(mode="L", orientation=6, gps=True)).content)).mode == "L"
    assert Image.open(io.BytesIO(clean(make_png(mode="I;16")).content)).mode == "L"


def test_sixteen_bits_become_eight_with_the_same_colours() -> None:
    pixels = decoded(clean(png_16_bit()).content)

    assert tuple(pixels[0, 0]) == (0xC8, 0x28, 0x28)
    assert tuple(pixels[-1, -1]) == (0x28, 0x28, 0xC8)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_png_mode_becomes_eight_bits_without_transparency(mode: str) -> None:
    cleaned = clean(make_png(mode=mode))

    assert cleaned.content_type == "image/png"
    assert Image.open(io.BytesIO(cleaned.content)).mode in {"L", "RGB"}


@pytest.mark.parametrize("packed", [False, True])
def test_an_orientation_in_a_png_s_old_kind_of_text_is_applied(packed: bool) -> None:
    block = b"Exif\x00\x00" + exif_block(orientation=6)
    text = f"\nexif\n{len(block):8}\n{block.hex()}\n".encode()
    value = b"\x00" + zlib.compress(text) if packed else text
    kind = b"zTXt" if packed else b"tEXt"
    plain = make_png(width=200, height=100, orientation=6)
    at = plain.index(b"eXIf") - 4
    bare = plain[:at] + plain[at + 12 + int.from_bytes(plain[at : at + 4]) :]
    image = with_chunks(bare, [(kind, b"Raw profile type exif\x00" + value)])

    assert (inspect(image).width, inspect(image).height) == (200, 100)
    assert is_upright(clean(image).content)


def test_transparent_pixels_become_white() -> None:
    cleaned = clean(make_png(mode="RGBA", width=90, height=90))

    assert tuple(decoded(cleaned.content)[45, 45]) == (255, 255, 255)


def test_cleaning_is_idempotent() -> None:
    for image in (make_jpeg(orientation=6, gps=True), make_jpeg()):
        once = clean(image)
        assert clean(once.content) == clean(once.content)
        assert clean(once.content).content == once.content


@pytest.mark.parametrize("share", [0.2, 0.5, 0.6])
@pytest.mark.parametrize("kind", [{}, {"mode": "L"}, {"mode": "CMYK"}, {"profile": icc_profile("p3")}])
def test_a_jpeg_of_which_more_than_a_quarter_is_missing_is_broken(kind: dict[str, Any], share: float) -> None:
    image = make_jpeg(**kind)
    cut = image[: int(len(image) * share)]

    for damaged in (cut, cut + b"\xff\xd9"):
        with pytest.raises(ImageBroken, match="More than a quarter"):
            clean(damaged)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.9, 0.999])
def test_what_there_is_of_a_jpeg_is_taken_in_and_the_rest_is_reported(
    progressive: bool, share: float
) -> None:
    image = make_jpeg(progressive=progressive)
    cut = image[: int(len(image) * share)]

    for damaged in (cut, cut + b"\xff\xd9"):
        taken = take_in(damaged, limits=FitLimits())
        assert taken.incomplete
        assert (taken.image.width, taken.image.height) == (640, 480)
        stored, shown = decoded(taken.image.content), decoded(image)
        assert np.abs(stored[:360].astype(int) - shown[:360]).mean() < 3


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
@pytest.mark.parametrize("height", [480, 484, 487])
def test_a_jpeg_without_its_last_bytes_is_incomplete(subsampling: str, height: int) -> None:
    image = make_jpeg(subsampling=subsampling, height=height)

    assert take_in(image[:-8] + b"\xff\xd9", limits=FitLimits()).incomplete


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_truncated_png_is_broken(share: float) -> None:
    image = make_png()

    with pytest.raises(ImageBroken):
        clean(image[: int(len(image) * share)])


def test_a_png_with_one_changed_byte_in_its_pixels_is_broken() -> None:
    image = bytearray(make_png())
    image[len(image) // 2] ^= 0x10

    with pytest.raises(ImageBroken):
        clean(bytes(image))


def test_a_second_frame_header_is_broken_and_one_behind_the_pixels_is_dropped() -> None:
    image = make_jpeg()
    frame = image[image.index(b"\xff\xc0") : image.index(b"\xff\xc0") + 19]

    with pytest.raises(ImageBroken):
        clean(image.replace(frame, frame * 2, 1))
    assert clean(image[:-2] + frame + image[-2:]).content == clean(image).content


def test_thousands_of_scans_are_refused() -> None:
    image = make_jpeg(progressive=True, width=64, height=64)
    scan = image[image.index(b"\xff\xda") : -2]

    with pytest.raises(ImageError):
        clean(image[:-2] + scan * 500 + image[-2:])


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (9, 8), (1, 3000), (3000, 1)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_tiny_and_thin_images_are_accepted(size: tuple[int, int], mode: str) -> None:
    width, height = size
    for image in (
        make_jpeg(width=width, height=height, mode=mode),
        make_jpeg(width=width, height=height, mode=mode, orientation=8, gps=True),
        make_png(width=width, height=height, mode=mode),
    ):
        cleaned = clean(image)
        assert (cleaned.width, cleaned.height) == size


def test_fill_bytes_and_junk_between_segments_are_dropped() -> None:
    image = make_jpeg()
    spread = image[:2] + b"\xff" * 20 + image[2:]

    assert clean(spread).content == clean(image).content
    assert clean(with_segments(image, [(0xFE, b"note")])).content == clean(image).content


def test_images_cleaned_concurrently_do_not_affect_each_other() -> None:
    sound = [make_jpeg(seed=seed, orientation=1 + seed % 8, gps=True) for seed in range(8)]
    damaged = [image[: len(image) // 2] + b"\xff\xd9" for image in sound]

    def outcome(image: bytes) -> bytes | None:
        try:
            return clean(image).content
        except ImageBroken:
            return None

    alone = [outcome(image) for image in sound + damaged]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(outcome, (sound + damaged) * 3))
    assert together == alone * 3
    assert all(alone[:8])
    assert not any(alone[8:])


@pytest.mark.parametrize("place", sorted(name for name in PLANTED if name.startswith("jpeg ")))
def test_only_a_stripped_header_counts_as_stripped(place: str) -> None:
    image = PLANTED[place]
    assert not has_stripped_header(image, read_header(image))

    stripped = strip(image, read_header(image))
    header = read_header(stripped)
    assert has_stripped_header(stripped, header)
    assert not has_stripped_header(stripped + MARKER.encode(), header)
    exif, unused_table = b"Exif\x00\x00" + exif_block(gps=True), b"\x03" + bytes(64)
    for segment in ((0xE1, exif), (0xFE, MARKER.encode()), (0xDB, unused_table)):
        dressed = with_segments(stripped, [segment])
        assert not has_stripped_header(dressed, read_header(dressed))
