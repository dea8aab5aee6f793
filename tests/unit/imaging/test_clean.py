"""What was captured, and nothing besides."""

import io
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image, ImageCms

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageBroken, ImageError
from clinicpro_images.imaging.formats.jpeg import read_header
from clinicpro_images.imaging.formats.jpeg_strip import has_stripped_header, strip
from clinicpro_images.imaging.inspect import inspect
from photos import (
    exif_block,
    icc_profile,
    is_upright,
    photo_jpeg,
    photo_png,
    planted,
    png_16_bit,
    scene,
    with_segments,
)

MARKER = "SERIAL-Q7XK21"


def decoded(content: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(np.int16)


@pytest.mark.parametrize("place", sorted(planted(MARKER)))
def test_a_marker_does_not_survive_in(place: str) -> None:
    cleaned = clean(planted(MARKER)[place])

    assert MARKER.encode() not in cleaned.content
    assert MARKER.encode() not in b"".join(inflated(cleaned.content))
    assert is_upright(cleaned.content) or "wide" in place or "profile" in place
    picture = Image.open(io.BytesIO(cleaned.content))
    assert not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}


def inflated(content: bytes) -> list[bytes]:
    """What a zlib stream inside a PNG would say."""
    found = []
    at = content.find(b"\x78")
    while at >= 0:
        with suppress(zlib.error):
            found.append(zlib.decompressobj().decompress(content[at:], 100_000))
        at = content.find(b"\x78", at + 1)
    return found if content.startswith(b"\x89PNG") else []


def test_a_marker_behind_the_last_pixel_but_before_the_end_is_refused_as_damage() -> None:
    picture = photo_jpeg()

    with pytest.raises(ImageBroken):
        clean(picture[:-2] + MARKER.encode() + picture[-2:])


@pytest.mark.parametrize("padding", [b"\x00" * 64, b"\xff" * 64])
def test_a_camera_that_pads_its_scan_is_forgiven_and_the_padding_goes(padding: bytes) -> None:
    picture = photo_jpeg()

    cleaned = clean(picture[:-2] + padding + picture[-2:])

    assert padding[:8] not in cleaned.content[-100:]
    assert abs(decoded(cleaned.content) - decoded(picture)).mean() < 2


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
@pytest.mark.parametrize("progressive", [False, True])
def test_an_upright_srgb_jpeg_keeps_its_scan_byte_for_byte(subsampling: str, progressive: bool) -> None:
    picture = photo_jpeg(subsampling=subsampling, progressive=progressive, gps=True, marker=MARKER)

    cleaned = clean(picture)

    assert not cleaned.reencoded
    if (
        not progressive
    ):  # between a progressive picture's scans stand tables, which may be written in another order
        assert cleaned.content.endswith(picture[picture.index(b"\xff\xda") :])
    assert (decoded(cleaned.content) == decoded(picture)).all()


def test_an_srgb_profile_is_dropped_without_a_new_encoding() -> None:
    cleaned = clean(photo_jpeg(profile=icc_profile("srgb", marker=MARKER)))

    assert not cleaned.reencoded
    assert b"ICC_PROFILE" not in cleaned.content


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("shape", [(320, 240), (240, 320), (203, 77)])
def test_every_orientation_comes_out_upright_by_its_pixels(orientation: int, shape: tuple[int, int]) -> None:
    width, height = shape
    for picture in (
        photo_jpeg(width=width, height=height, orientation=orientation, gps=True),
        photo_png(width=width, height=height, orientation=orientation),
    ):
        cleaned = clean(picture)

        assert (cleaned.width, cleaned.height) == shape
        assert Image.open(io.BytesIO(cleaned.content)).size == shape
        assert is_upright(cleaned.content)
        assert inspect(cleaned.content).orientation == 1


def test_wide_gamut_colours_are_converted_and_not_merely_relabelled() -> None:
    wide = photo_jpeg(profile=icc_profile("p3"), subsampling="4:4:4", quality=98)

    cleaned = clean(wide)

    expected = ImageCms.profileToProfile(
        Image.open(io.BytesIO(wide)),
        ImageCms.ImageCmsProfile(io.BytesIO(icc_profile("p3"))),
        ImageCms.createProfile("sRGB"),
    )
    assert expected is not None
    difference = abs(decoded(cleaned.content) - np.asarray(expected).astype(np.int16))
    assert cleaned.reencoded
    assert difference.mean() < 2
    assert abs(decoded(cleaned.content) - decoded(wide)).mean() > 4
    assert not inspect(cleaned.content).profile


def test_a_profile_that_can_not_be_used_leaves_the_picture_readable_or_refused() -> None:
    torn = icc_profile("p3")[:400]

    try:
        cleaned = clean(photo_jpeg(profile=torn))
    except ImageError:
        return
    assert b"ICC_PROFILE" not in cleaned.content


def test_print_colours_become_srgb() -> None:
    cleaned = clean(photo_jpeg(mode="CMYK"))

    picture = Image.open(io.BytesIO(cleaned.content))
    assert picture.mode == "RGB"
    red, green, blue = (int(value) for value in np.asarray(picture)[20, 20])
    assert red > green + 60
    assert red > blue + 60


def test_a_jpeg_stored_as_rgb_keeps_its_colours() -> None:
    out = io.BytesIO()
    scene(200, 100).save(out, "JPEG", quality=95, keep_rgb=True)

    cleaned = clean(out.getvalue())

    assert not cleaned.reencoded
    assert is_upright(cleaned.content)


def test_grey_stays_grey() -> None:
    assert Image.open(io.BytesIO(clean(photo_jpeg(mode="L", orientation=6, gps=True)).content)).mode == "L"
    assert Image.open(io.BytesIO(clean(photo_png(mode="I;16")).content)).mode == "L"


def test_sixteen_bits_become_eight_with_the_same_colours() -> None:
    pixels = decoded(clean(png_16_bit()).content)

    assert tuple(pixels[0, 0]) == (0xC8, 0x28, 0x28)
    assert tuple(pixels[-1, -1]) == (0x28, 0x28, 0xC8)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_comes_out_as_eight_bits_without_transparency(mode: str) -> None:
    cleaned = clean(photo_png(mode=mode))

    assert cleaned.content_type == "image/png"
    assert Image.open(io.BytesIO(cleaned.content)).mode in {"L", "RGB"}


def test_what_was_see_through_is_white() -> None:
    cleaned = clean(photo_png(mode="RGBA", width=90, height=90))

    assert tuple(decoded(cleaned.content)[45, 45]) == (255, 255, 255)


def test_cleaning_twice_changes_nothing_more() -> None:
    for picture in (photo_jpeg(orientation=6, gps=True), photo_jpeg()):
        once = clean(picture)
        assert clean(once.content) == clean(once.content)
        assert clean(once.content).content == once.content


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_truncated_jpeg_is_broken_with_and_without_an_end_marker(progressive: bool, share: float) -> None:
    picture = photo_jpeg(progressive=progressive)
    cut = picture[: int(len(picture) * share)]

    for torn in (cut, cut + b"\xff\xd9"):
        with pytest.raises(ImageBroken):
            clean(torn)


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
@pytest.mark.parametrize("height", [480, 484, 487])
def test_a_jpeg_whose_very_last_bytes_are_missing_is_broken(subsampling: str, height: int) -> None:
    picture = photo_jpeg(subsampling=subsampling, height=height)

    with pytest.raises(ImageBroken):
        clean(picture[:-8] + b"\xff\xd9")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_truncated_png_is_broken(share: float) -> None:
    picture = photo_png()

    with pytest.raises(ImageBroken):
        clean(picture[: int(len(picture) * share)])


def test_a_png_with_one_changed_byte_in_its_pixels_is_broken() -> None:
    picture = bytearray(photo_png())
    picture[len(picture) // 2] ^= 0x10

    with pytest.raises(ImageBroken):
        clean(bytes(picture))


def test_a_second_frame_header_is_broken_wherever_it_stands() -> None:
    picture = photo_jpeg()
    frame = picture[picture.index(b"\xff\xc0") : picture.index(b"\xff\xc0") + 19]

    for torn in (picture.replace(frame, frame * 2, 1), picture[:-2] + frame + picture[-2:]):
        with pytest.raises(ImageBroken):
            clean(torn)


def test_thousands_of_scans_are_refused() -> None:
    picture = photo_jpeg(progressive=True, width=64, height=64)
    scan = picture[picture.index(b"\xff\xda") : -2]

    with pytest.raises(ImageError):
        clean(picture[:-2] + scan * 500 + picture[-2:])


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (9, 8), (1, 3000), (3000, 1)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_tiny_and_thin_pictures_are_taken(size: tuple[int, int], mode: str) -> None:
    width, height = size
    for picture in (
        photo_jpeg(width=width, height=height, mode=mode),
        photo_jpeg(width=width, height=height, mode=mode, orientation=8, gps=True),
        photo_png(width=width, height=height, mode=mode),
    ):
        cleaned = clean(picture)
        assert (cleaned.width, cleaned.height) == size


def test_fill_bytes_and_junk_between_segments_are_dropped() -> None:
    picture = photo_jpeg()
    spread = picture[:2] + b"\xff" * 20 + picture[2:]

    assert clean(spread).content == clean(picture).content
    assert clean(with_segments(picture, [(0xFE, b"note")])).content == clean(picture).content


def test_pictures_cleaned_side_by_side_do_not_disturb_each_other() -> None:
    sound = [photo_jpeg(seed=seed, orientation=1 + seed % 8, gps=True) for seed in range(8)]
    torn = [picture[: len(picture) // 2] + b"\xff\xd9" for picture in sound]

    def outcome(picture: bytes) -> bytes | None:
        try:
            return clean(picture).content
        except ImageBroken:
            return None

    alone = [outcome(picture) for picture in sound + torn]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(outcome, (sound + torn) * 3))
    assert together == alone * 3
    assert all(alone[:8])
    assert not any(alone[8:])


@pytest.mark.parametrize("place", sorted(name for name in planted(MARKER) if name.startswith("jpeg ")))
def test_a_header_is_taken_for_bare_only_where_it_is(place: str) -> None:
    picture = planted(MARKER)[place]
    assert not has_stripped_header(picture, read_header(picture))

    stripped = strip(picture, read_header(picture))
    header = read_header(stripped)
    assert has_stripped_header(stripped, header)
    assert not has_stripped_header(stripped + MARKER.encode(), header)
    exif, unused_table = b"Exif\x00\x00" + exif_block(gps=True), b"\x03" + bytes(64)
    for segment in ((0xE1, exif), (0xFE, MARKER.encode()), (0xDB, unused_table)):
        dressed = with_segments(stripped, [segment])
        assert not has_stripped_header(dressed, read_header(dressed))
