"""Files are detected by content, and refused before decoding."""

import struct

import pytest

from clinicpro_images.imaging.errors import ImageBroken, ImageEmpty, ImageTooLarge, ImageUnsupported
from clinicpro_images.imaging.formats.jpeg import JpegHeader
from clinicpro_images.imaging.inspect import inspect, inspect_stored
from clinicpro_images.imaging.limits import MAX_BYTES
from image_files import (
    claims,
    exif_block,
    icc_profile,
    make_jpeg,
    make_png,
    png_16_bit,
    with_chunks,
    with_segments,
)
from layout_tiffs import layout_tiff


def test_a_phone_photo_stored_sideways_is_described_upright() -> None:
    found = inspect(make_jpeg(width=300, height=400, orientation=6, gps=True))

    assert (found.content_type, found.width, found.height, found.orientation) == ("image/jpeg", 300, 400, 6)
    assert isinstance(found.header, JpegHeader)
    assert (found.header.width, found.header.height) == (400, 300)
    assert (found.colour, found.bits, found.has_alpha, found.progressive, found.profile) == (
        "rgb",
        8,
        False,
        False,
        False,
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_read_from_jpeg_and_from_png(orientation: int) -> None:
    assert inspect(make_jpeg(orientation=orientation, gps=True)).orientation == orientation
    assert inspect(make_png(orientation=orientation)).orientation == orientation


def test_big_endian_exif_is_read_too() -> None:
    block = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x08\x00\x00\x00\x00\x00\x00"

    assert inspect(with_segments(make_jpeg(), [(0xE1, block)])).orientation == 8


@pytest.mark.parametrize(
    "damaged", [b"", b"II", b"II*\x00\xff\xff\xff\xff", b"II*\x00\x08\x00\x00\x00\xff\xff\x12\x01"]
)
def test_an_image_with_corrupt_exif_is_accepted(damaged: bytes) -> None:
    assert inspect(with_segments(make_jpeg(), [(0xE1, b"Exif\x00\x00" + damaged)])).orientation == 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "letter"), [(1, "B"), (4, "I"), (6, "b"), (8, "h"), (9, "i")])
def test_an_orientation_is_read_whatever_whole_number_it_is_written_as(
    kind: int, letter: str, order: str
) -> None:
    value = struct.pack(f"{order}{letter}", 6).ljust(4, b"\x00")
    entry = struct.pack(f"{order}HHHI", 1, 0x0112, kind, 1) + value + bytes(4)
    block = (b"II*\x00\x08\x00\x00\x00" if order == "<" else b"MM\x00*\x00\x00\x00\x08") + entry

    assert inspect(with_segments(make_jpeg(), [(0xE1, b"Exif\x00\x00" + block)])).orientation == 6
    assert inspect(layout_tiff(extratags=[(274, letter, 1, 6, True)])).orientation == 6


def test_an_orientation_out_of_range_counts_as_upright() -> None:
    block = b"Exif\x00\x00" + exif_block(orientation=9)

    assert inspect(with_segments(make_jpeg(), [(0xE1, block)])).orientation == 1


@pytest.mark.parametrize(
    ("mode", "colour", "alpha", "bits"),
    [
        ("L", "grey", False, 8),
        ("LA", "grey", True, 8),
        ("RGB", "rgb", False, 8),
        ("RGBA", "rgb", True, 8),
        ("P", "rgb", False, 8),
        ("1", "grey", False, 1),
        ("I;16", "grey", False, 16),
    ],
)
def test_png_modes_are_detected(mode: str, colour: str, alpha: bool, bits: int) -> None:
    found = inspect(make_png(mode=mode))

    assert (found.content_type, found.colour, found.has_alpha, found.bits) == (
        "image/png",
        colour,
        alpha,
        bits,
    )


def test_jpeg_modes_are_detected() -> None:
    assert inspect(make_jpeg(mode="L")).colour == "grey"
    assert inspect(make_jpeg(mode="CMYK")).colour == "cmyk"
    assert inspect(make_jpeg(progressive=True)).progressive
    assert inspect(png_16_bit()).bits == 16


def test_a_wide_gamut_profile_is_foreign_and_srgb_under_any_name_is_not() -> None:
    assert not inspect(make_jpeg(profile=icc_profile("srgb", marker="Camera RGB"))).profile
    assert inspect(make_jpeg(profile=icc_profile("p3"))).profile
    assert inspect(make_png(profile=icc_profile("p3"))).profile
    assert not inspect(make_png(profile=icc_profile("srgb"))).profile


def test_a_profile_for_another_colour_space_is_ignored() -> None:
    assert not inspect(make_jpeg(mode="L", profile=icc_profile("p3"))).profile


def test_a_profile_in_two_segments_is_joined() -> None:
    profile = icc_profile("p3")
    halves = [
        (0xE2, b"ICC_PROFILE\x00\x02\x02" + profile[200:]),
        (0xE2, b"ICC_PROFILE\x00\x01\x02" + profile[:200]),
    ]

    assert inspect(with_segments(make_jpeg(), halves)).foreign_profile == profile
    assert inspect(with_segments(make_jpeg(), halves[:1])).foreign_profile is None


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(ImageEmpty):
        inspect(b"")


def test_25_mb_are_accepted_and_one_byte_more_is_too_large() -> None:
    image = make_jpeg()

    assert inspect(image.ljust(MAX_BYTES, b"\x00")).width == 640
    with pytest.raises(ImageTooLarge):
        inspect(image.ljust(MAX_BYTES + 1, b"\x00"))


@pytest.mark.parametrize("bomb", [make_jpeg(), make_jpeg(progressive=True), make_png()])
@pytest.mark.parametrize("size", [(60_000, 60_000), (65_000, 1_600), (10_001, 10_000)])
def test_a_header_of_more_than_100_megapixels_is_refused_without_decoding(
    bomb: bytes, size: tuple[int, int]
) -> None:
    with pytest.raises(ImageTooLarge):
        inspect(claims(bomb, *size))


def test_exactly_100_megapixels_are_accepted() -> None:
    assert inspect(claims(make_jpeg(), 10_000, 10_000)).width == 10_000


def test_an_image_that_must_be_decoded_whole_is_limited_by_memory() -> None:
    sideways = make_jpeg(progressive=True, orientation=6, gps=True)

    with pytest.raises(ImageTooLarge, match="too much memory"):
        inspect(claims(sideways, 10_000, 9_999))
    assert inspect(claims(sideways, 8_000, 6_000)).progressive


@pytest.mark.parametrize("pixels", [(0, 10), (10, 0), (0, 0)])
def test_an_image_without_pixels_is_broken(pixels: tuple[int, int]) -> None:
    for image in (make_jpeg(), make_png()):
        with pytest.raises(ImageBroken):
            inspect(claims(image, *pixels))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"GIF89a\x01\x00\x01\x00", "a GIF file"),
        (b"PK\x03\x04\x14\x00", "a ZIP file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG file"),
    ],
)
def test_other_types_are_refused_by_name_with_advice(content: bytes, named: str) -> None:
    with pytest.raises(ImageUnsupported) as refused:
        inspect(content)
    assert named in refused.value.detail
    assert "JPEG" in refused.value.detail


@pytest.mark.parametrize(
    "content", [b"Dear colleague,\nthank you", b"\xff\xd8", b"\x89PNG", b"\x00", b"PK\x03\x04"]
)
def test_a_file_that_is_no_image_is_unsupported(content: bytes) -> None:
    with pytest.raises(ImageUnsupported):
        inspect(content)


def test_an_animated_png_is_refused() -> None:
    with pytest.raises(ImageUnsupported, match="animated"):
        inspect(with_chunks(make_png(), [(b"acTL", b"\x00\x00\x00\x02\x00\x00\x00\x00")]))


@pytest.mark.parametrize("frame", [0xC3, 0xC9, 0xCA])
def test_lossless_and_arithmetic_jpegs_are_refused(frame: int) -> None:
    with pytest.raises(ImageUnsupported, match="isn't supported"):
        inspect(make_jpeg().replace(b"\xff\xc0", bytes([0xFF, frame]), 1))


@pytest.mark.parametrize("cut", [4, 30, 200, 600])
def test_a_file_that_ends_before_its_pixels_is_broken(cut: int) -> None:
    with pytest.raises(ImageBroken):
        inspect(make_jpeg()[:cut])


def test_a_png_whose_header_fails_its_checksum_is_broken() -> None:
    image = bytearray(make_png())
    image[20] ^= 1

    with pytest.raises(ImageBroken):
        inspect(bytes(image))


def test_a_stored_image_may_be_larger_than_25_mb() -> None:
    assert inspect_stored(make_jpeg().ljust(MAX_BYTES + 1, b"\x00")).width == 640
