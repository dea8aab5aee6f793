"""Another program than the decoder reads what came in, and has the last word where they differ."""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pikepdf
import pytest
import pyvips
from PIL import Image, ImageChops, ImageCms, ImageStat

from clinicpro_images.imaging import compare, pixels
from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.formats import png
from clinicpro_images.imaging.formats.exif import Taken
from clinicpro_images.imaging.formats.heif import read_header
from clinicpro_images.imaging.formats.icc import is_srgb
from clinicpro_images.imaging.inspect import inspect
from clinicpro_images.imaging.intake import take_in
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.pdf import seen
from clinicpro_images.imaging.pdf.pages import build_pdf
from containers import document_pdf, make_avif, make_heic, make_tiff, make_webp
from image_files import icc_profile, is_upright, make_jpeg, make_png, scene, table_profile, with_tag

WIDE = icc_profile("p3")
SOURCES = {
    "png": ("PNG", make_png()),
    "png with alpha": ("PNG", make_png(mode="RGBA")),
    "png with a palette": ("PNG", make_png(mode="P")),
    "png in Display P3": ("PNG", make_png(profile=WIDE)),
    "webp": ("WEBP", make_webp()),
    "webp, turned": ("WEBP", make_webp(orientation=6)),
    "webp with alpha": ("WEBP", make_webp(mode="RGBA")),
    "avif": ("AVIF", make_avif()),
    "avif, turned": ("AVIF", make_avif(orientation=6)),
    "avif, mirrored": ("AVIF", make_avif(orientation=5)),
    "avif in Display P3": ("AVIF", make_avif(profile=WIDE)),
    "tiff": ("TIFF", make_tiff()),
    "tiff in CMYK": ("TIFF", make_tiff(mode="CMYK")),
    "fax": ("TIFF", make_tiff(mode="1", compression="group4")),
}


def source(kind: str, content: bytes) -> compare.Source:
    found = inspect(content)
    stripped = pixels.strip(content, found)
    turned = found.orientation > 4
    width, height = (found.height, found.width) if turned else (found.width, found.height)
    return compare.Source(kind, stripped, width, height, found.orientation, found.foreign_profile)


@pytest.mark.parametrize("name", SOURCES)
def test_a_second_program_sees_the_same_and_notices_another_picture(name: str) -> None:
    kind, content = SOURCES[name]
    found = inspect(content)
    shown = pixels.decode_upright(pixels.strip(content, found), found, edge=320).copy_memory()

    assert compare.confirmed(source(kind, content), shown) is True
    assert compare.confirmed(source(kind, content), shown.invert()) is False


def test_colours_that_a_second_program_converts_otherwise_are_noticed() -> None:
    kind, content = SOURCES["png in Display P3"]
    found = inspect(make_png())
    unconverted = pixels.decode_upright(make_png(), found).copy_memory()

    wide = source(kind, content)
    strong = unconverted.linear([1.15, 1, 0.9], 0).cast("uchar")
    assert compare.confirmed(wide, strong) is False
    assert compare.confirmed(replace(wide, stripped=b"\x89PNG"), strong) is None


def test_a_palette_of_eight_bits_is_read_by_both() -> None:
    image = make_tiff(mode="P", compression="raw")
    at = image.index(struct.pack("<HHI", 320, 3, 768)) + 8
    start = int.from_bytes(image[at : at + 4], "little")
    colours = np.frombuffer(image[start : start + 1536], "<u2") >> 8
    eight = image[:start] + colours.astype("<u2").tobytes() + image[start + 1536 :]

    assert is_upright(clean(eight).content, tolerance=30)


def test_what_only_one_program_can_read_and_warns_of_is_broken() -> None:
    image = bytearray(make_tiff(compression="tiff_lzw"))
    strip = inspect(bytes(image)).header.pages[0].segments[0]  # type: ignore[union-attr]
    image[strip[0] + strip[1] // 2] ^= 0x55

    with pytest.raises(ImageBroken):
        clean(bytes(image))


@pytest.mark.parametrize("coded", ["full", "limited"])
def test_an_avif_without_colour_is_filed_only_in_the_brightness_that_is_meant(coded: str) -> None:
    out = io.BytesIO()
    scene(320, 240).convert("L").save(out, "AVIF", quality=90, speed=10, range=coded)
    if coded == "full":
        assert clean(out.getvalue()).content_type == "image/jpeg"
        return
    with pytest.raises(ImageUnsupported, match="two programs"):
        clean(out.getvalue())


def test_a_transparent_avif_that_only_one_program_reads_is_refused() -> None:
    image = make_avif(mode="RGBA")
    of_alpha = bytes([0, 2, 4, 1, 5, 0x80 | 6, 7])  # its size, channels, coding and kind
    assert of_alpha in image
    without_size = image.replace(of_alpha, bytes([0, 2, 4, 5, 5, 0x80 | 6, 7]))
    assert pixels.decode_upright(without_size, inspect(without_size)).avg() > 0

    with pytest.raises(ImageUnsupported, match="one of two programs can't read it"):
        clean(without_size)
    assert is_upright(clean(image).content, tolerance=30)


def test_a_page_that_became_another_picture_is_noticed() -> None:
    letter = document_pdf(pages=2)
    with seen.opened(letter) as document:
        pictures = {number: seen.picture(document, number) for number in range(2)}
    pages = [(each.content, each.points) for each in pictures.values()]
    seen.confirm(build_pdf(pages), pictures)

    blank = pyvips.Image.black(850, 1100, bands=3).invert().jpegsave_buffer(Q=85, keep="none")
    with pytest.raises(ImageUnsupported, match="can't be filed as it is shown"):
        seen.confirm(build_pdf([pages[0], (blank, pages[1][1])]), pictures)


def test_a_picture_of_a_few_pixels_is_seen_in_its_jpeg() -> None:
    colours = np.random.default_rng(2)
    for _ in range(20):
        out = io.BytesIO()
        Image.fromarray(colours.integers(0, 256, (2, 2, 3), np.uint8)).save(out, "PNG")
        assert take_in(out.getvalue(), limits=FitLimits()).encodes == 1


@pytest.mark.parametrize("size", [(300, 600), (500, 600)])
def test_a_page_with_dark_bars_is_seen_in_its_picture(size: tuple[int, int]) -> None:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=size)
    bars = " ".join(f"100 {bottom} 150 10 re f" for bottom in range(10, size[1] - 30, 20))
    page.Contents = pdf.make_stream(bars.encode())
    out = io.BytesIO()
    pdf.save(out)

    with seen.opened(out.getvalue()) as document:
        picture = seen.picture(document, 0)
    seen.confirm(build_pdf([(picture.content, picture.points)]), {0: picture})


@pytest.mark.parametrize("version", [0, 1])
def test_the_date_of_a_heic_without_exif_is_that_of_its_movie(version: int) -> None:
    seconds = 3_800_000_000  # since 1904
    moment = seconds.to_bytes(8 if version else 4)
    header = bytes([version, 0, 0, 0]) + 2 * moment + bytes(80)
    movie = b"mvhd" + header
    inner = (4 + len(movie)).to_bytes(4) + movie
    live = make_heic() + (8 + len(inner)).to_bytes(4) + b"moov" + inner

    assert read_header(live).taken == Taken("2024-05-31T11:33:20", 0)


def test_the_exif_of_a_heic_comes_before_its_movie() -> None:
    assert take_in(make_heic(taken="2025:11:20 09:15:30"), limits=FitLimits()).taken == Taken(
        "2025-11-20T09:15:30"
    )


@pytest.mark.parametrize("make", [make_jpeg, make_png])
def test_a_profile_of_a_table_is_applied_as_other_programs_do(make: Callable[..., bytes]) -> None:
    sent = make(profile=table_profile())
    expected = ImageCms.profileToProfile(
        Image.open(io.BytesIO(sent)),
        ImageCms.ImageCmsProfile(io.BytesIO(table_profile())),
        ImageCms.createProfile("sRGB"),
    )
    assert expected is not None

    shown = Image.open(io.BytesIO(clean(sent).content)).convert("RGB")
    assert max(ImageStat.Stat(ImageChops.difference(shown, expected)).mean) < 5


def test_print_with_a_profile_far_from_srgb_is_seen_alike() -> None:
    # Black dots on white, which any reader that shrinks them before it converts their colours sees in another grey.
    linear = icc_profile("p3").replace(struct.pack(">i", round(2.4 * 65536)), struct.pack(">i", 65536))
    dots = np.random.default_rng(1).choice(np.array([0, 255], np.uint8), (1800, 1200), p=[0.3, 0.7])
    out = io.BytesIO()
    Image.fromarray(dots).convert("RGB").save(out, "PNG", icc_profile=linear)

    assert clean(out.getvalue()).content_type == "image/png"


GREY = (
    icc_profile("srgb")
    .replace(b"RGB XYZ ", b"GRAYXYZ ")
    .replace(b"rTRC", b"kTRC")
    .replace(struct.pack(">i", round(2.4 * 65536)), struct.pack(">i", round(1.4 * 65536)))
)


def test_a_grey_avif_is_converted_from_its_profile() -> None:
    grey = scene(320, 240).convert("L")
    profile, srgb = ImageCms.ImageCmsProfile(io.BytesIO(GREY)), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(grey, profile, srgb, outputMode="RGB")
    out = io.BytesIO()
    grey.save(out, "AVIF", quality=90, speed=10, icc_profile=GREY)

    shown = Image.open(io.BytesIO(clean(out.getvalue()).content)).convert("RGB")
    assert converted is not None
    assert max(ImageStat.Stat(ImageChops.difference(shown, converted)).mean) < 5
    assert max(ImageStat.Stat(ImageChops.difference(shown, grey.convert("RGB"))).mean) > 20


@pytest.mark.parametrize(("colour", "bits"), [(0, 2), (0, 4), (0, 16), (2, 16)])
def test_one_transparent_colour_of_a_png_is_not_compared_with_a_program_that_misreads_it(
    colour: int, bits: int
) -> None:
    channels = 3 if colour else 1
    bright = (1 << bits) - 1
    samples = np.full((64, 64, channels), bright, np.uint16)
    samples[:, :40] = bright * 3 // 7
    stored = np.unpackbits(samples.astype(">u2").view(np.uint8).reshape(-1, 2), axis=1)[:, 16 - bits :]
    rows = np.packbits(stored.reshape(64, -1), axis=1)
    packed = zlib.compress(np.insert(rows, 0, 0, axis=1).tobytes())
    header = struct.pack(">IIBBBBB", 64, 64, bits, colour, 0, 0, 0)
    seen_through = struct.pack(">H", bright * 3 // 7) * channels
    image = png.SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", header), (b"tRNS", seen_through), (b"IDAT", packed), (b"IEND", b""))
    )

    assert Image.open(io.BytesIO(clean(image).content)).convert("L").getextrema() == (255, 255)


def test_the_table_of_a_profile_counts_before_its_primaries_as_in_other_programs() -> None:
    assert is_srgb(icc_profile("srgb"))
    assert not is_srgb(with_tag(icc_profile("srgb"), b"A2B0", b"mft1"))


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


@pytest.mark.parametrize("wide", [0, 1])
def test_a_grid_has_the_colours_of_its_tiles(wide: int) -> None:
    width = ">I" if wide else ">H"
    first, grid = (struct.pack(width, number) for number in (1, 2))

    def heic(colours: bytes) -> bytes:
        properties = _box(b"ipco", _box(b"ispe", struct.pack(">3I", 0, 512, 512)), _box(b"colr", colours))
        owned = _box(
            b"ipma", bytes([wide, 0, 0, 0]), struct.pack(">I", 2), first + b"\2\1\2" + grid + b"\1\1"
        )
        items = [
            _box(b"infe", bytes([2 + wide, 0, 0, 0]), number, bytes(2), kind, b"\0")
            for number, kind in ((first, b"hvc1"), (grid, b"grid"))
        ]
        made_of = _box(b"dimg", grid, struct.pack(">H", 1), first)
        described = [
            _box(b"pitm", bytes([wide, 0, 0, 0]), grid),
            _box(b"iinf", bytes(4), struct.pack(">H", 2), *items),
            _box(b"iref", bytes([wide, 0, 0, 0]), made_of),
            _box(b"iprp", properties, owned),
        ]
        return _box(b"ftyp", b"heic", bytes(4), b"heic") + _box(b"meta", bytes(4), *described)

    assert read_header(heic(b"prof" + WIDE)).profile == WIDE
    assert read_header(heic(b"nclx" + struct.pack(">HHHB", 12, 13, 6, 128))).primaries == 12
    with pytest.raises(ImageUnsupported, match="HDR"):
        read_header(heic(b"nclx" + struct.pack(">HHHB", 9, 16, 9, 128)))


@pytest.mark.parametrize("crop_first", [False, True])
def test_a_crop_may_be_listed_before_the_size(crop_first: bool) -> None:
    size = _box(b"ispe", struct.pack(">3I", 0, 722, 1024))
    crop = _box(b"clap", struct.pack(">8I", 385, 1, 330, 1, 0, 1, 0, 1))
    properties = _box(b"ipco", crop + size if crop_first else size + crop)
    owned = _box(b"ipma", struct.pack(">IIHBBB", 0, 1, 1, 2, 1, 2))
    item = _box(b"infe", struct.pack(">BBHHH4sB", 2, 0, 0, 1, 0, b"av01", 0))
    described = [
        _box(b"pitm", bytes(4), struct.pack(">H", 1)),
        _box(b"iinf", bytes(4), struct.pack(">H", 1), item),
        _box(b"iprp", properties, owned),
    ]
    header = read_header(_box(b"ftyp", b"avif", bytes(4), b"avif") + _box(b"meta", bytes(4), *described))

    assert (header.width, header.height, header.cropped) == (385, 330, True)
