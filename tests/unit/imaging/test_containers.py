"""HEIC, AVIF, WebP, TIFF and BMP are detected by content and become an upright sRGB JPEG on white with no metadata."""

import io
from collections.abc import Callable

import numpy as np
import pikepdf
import pytest
import pyvips
import tifffile
from PIL import Image, ImageOps

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageBroken, ImageTooLarge, ImageUnsupported
from clinicpro_images.imaging.inspect import inspect
from clinicpro_images.imaging.rendition import rendition
from clinicpro_images.imaging.worker.pool import ImageWorkers
from containers import (
    make_avif,
    make_bmp,
    make_heic,
    make_tiff,
    make_webp,
    planted_containers,
    tiff_16_bit_rgb,
)
from image_files import (
    CORNERS,
    corners,
    icc_profile,
    is_upright,
    make_jpeg,
    make_png,
    scene,
    with_chunks,
    with_tag,
)

MAKERS: dict[str, Callable[..., bytes]] = {
    "heic": make_heic,
    "avif": make_avif,
    "webp": make_webp,
    "tiff": make_tiff,
}
MARKER = "SERIAL-Z7Q4-MARKER"
PLANTED = planted_containers(MARKER)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", MAKERS)
def test_every_orientation_becomes_an_upright_jpeg(kind: str, orientation: int) -> None:
    image = MAKERS[kind](width=320, height=200, orientation=orientation)

    found, cleaned = inspect(image), clean(image)

    assert (found.content_type, found.width, found.height) == (f"image/{kind}", 320, 200)
    assert (cleaned.content_type, cleaned.width, cleaned.height) == ("image/jpeg", 320, 200)
    assert is_upright(cleaned.content)


@pytest.mark.parametrize("kind", MAKERS)
def test_transparency_is_flattened_onto_white(kind: str) -> None:
    cleaned = clean(MAKERS[kind](mode="RGBA"))

    shown = Image.open(io.BytesIO(cleaned.content))
    assert shown.mode == "RGB"
    assert is_upright(cleaned.content)
    if kind != "heic":
        assert shown.getpixel((160, 120)) == pytest.approx((255, 255, 255), abs=4)


@pytest.mark.parametrize("kind", ["heic", "avif"])
def test_a_cropped_image_with_transparency_is_refused_as_the_decoder_crops_only_one_of_them(
    kind: str,
) -> None:
    with pytest.raises(ImageUnsupported, match="cropped and transparent"):
        inspect(MAKERS[kind](mode="RGBA").replace(b"colr", b"clap"))


@pytest.mark.parametrize(
    ("primaries", "transfer", "sentence"),
    [(9, 16, "HDR photo"), (9, 18, "HDR photo"), (1, 16, "HDR photo"), (9, 1, "more colours than can be")],
)
@pytest.mark.parametrize("kind", ["heic", "avif"])
def test_hdr_and_television_colours_are_refused_in_words(
    kind: str, primaries: int, transfer: int, sentence: str
) -> None:
    with pytest.raises(ImageUnsupported, match=sentence):
        inspect(_coloured(MAKERS[kind](), primaries, transfer))


def test_hdr_is_refused_in_a_png_and_in_a_profile() -> None:
    png = with_chunks(make_png(), [(b"cICP", bytes([9, 16, 0, 1]))])
    cicp = b"cicp" + bytes(4) + bytes([9, 18, 0, 1])
    for image in (png, make_jpeg(profile=with_tag(icc_profile("p3"), b"cicp", cicp))):
        with pytest.raises(ImageUnsupported, match="HDR photo"):
            inspect(image)


def test_a_png_whose_chunk_says_display_p3_is_converted() -> None:
    wide = with_chunks(make_png(), [(b"cICP", bytes([12, 13, 0, 1]))])

    shown = corners(Image.open(io.BytesIO(clean(wide).content)))
    profile = corners(Image.open(io.BytesIO(clean(make_png(profile=icc_profile("p3"))).content)))
    assert shown["top left"] == pytest.approx(profile["top left"], abs=3)


@pytest.mark.parametrize(("transfer", "exponent"), [(5, 2.8), (8, 1.0), (13, 2.2)])
@pytest.mark.parametrize("kind", ["png", "avif"])
def test_brightness_is_converted_from_the_exponent_that_the_file_names(
    kind: str, transfer: int, exponent: float
) -> None:
    image, named = make_png(), with_chunks(make_png(), [(b"cICP", bytes([1, transfer, 0, 1]))])
    if kind == "avif":
        image, named = make_avif(), _coloured(make_avif(), 1, transfer)

    plain = np.asarray(Image.open(io.BytesIO(clean(image).content)).convert("RGB"))
    shown = np.asarray(Image.open(io.BytesIO(clean(named).content)).convert("RGB"))
    assert np.abs(shown - 255 * (plain / 255) ** (exponent / 2.2)).mean() < 3


def _coloured(content: bytes, primaries: int, transfer: int) -> bytes:
    """Return a HEIC or AVIF whose colour box has these numbers."""
    at = content.index(b"colrnclx") + 8
    return content[:at] + primaries.to_bytes(2) + transfer.to_bytes(2) + content[at + 4 :]


@pytest.mark.parametrize("kind", MAKERS)
def test_wide_gamut_colours_are_converted_to_srgb(kind: str) -> None:
    wide = corners(Image.open(io.BytesIO(clean(MAKERS[kind](profile=icc_profile("p3"))).content)))
    plain = corners(Image.open(io.BytesIO(clean(MAKERS[kind]()).content)))

    assert wide["top left"][0] > plain["top left"][0] + 8
    assert wide["top right"] != plain["top right"]


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_deflate", "packbits", "jpeg"])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_tiff_compressions_and_colours_are_read(compression: str, mode: str) -> None:
    cleaned = clean(make_tiff(mode=mode, compression=compression))

    shown = Image.open(io.BytesIO(cleaned.content))
    assert shown.mode == ("L" if mode == "L" else "RGB")
    assert shown.size == (320, 240)
    if mode == "RGB":
        assert is_upright(cleaned.content)


@pytest.mark.parametrize("compression", ["group3", "group4", "raw"])
def test_a_fax_is_read(compression: str) -> None:
    shown = Image.open(io.BytesIO(clean(make_tiff(mode="1", compression=compression)).content))

    assert shown.mode == "L"
    assert {0, 255} <= set(np.asarray(shown).ravel().tolist())


def test_sixteen_bits_become_eight_and_a_palette_is_expanded() -> None:
    deep = Image.open(io.BytesIO(clean(tiff_16_bit_rgb()).content))

    assert deep.getpixel((4, 20)) == pytest.approx((200, 40, 40), abs=4)
    assert Image.open(io.BytesIO(clean(make_tiff(mode="I;16")).content)).mode == "L"
    assert is_upright(clean(make_tiff(mode="P")).content, tolerance=30)


def test_a_multi_page_tiff_becomes_a_pdf_with_as_many_pages() -> None:
    cleaned = clean(make_tiff(pages=3, orientation=6))

    assert (cleaned.content_type, cleaned.pages) == ("application/pdf", 3)
    shown = corners(Image.open(io.BytesIO(rendition(cleaned.content, edge=800))))
    assert shown["top left"] == pytest.approx(CORNERS["top left"], abs=14)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_multi_page_fax_keeps_every_pixel_in_its_pdf(orientation: int) -> None:
    fax = make_tiff(width=171, height=220, pages=2, mode="1", compression="group4", orientation=orientation)

    with pikepdf.open(io.BytesIO(clean(fax).content)) as pdf:
        shown = pdf.pages[0].Resources.XObject.P
        assert isinstance(shown, pikepdf.Stream)
        first = pikepdf.PdfImage(shown).as_pil_image()
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(fax)))
    assert first.size == (171, 220)
    assert np.array_equal(np.asarray(first.convert("1")), np.asarray(expected.convert("1")))


def test_a_tiff_of_more_than_20_pages_is_refused() -> None:
    with pytest.raises(ImageTooLarge, match="21 pages"):
        clean(make_tiff(width=16, height=16, pages=21))


def test_a_thumbnail_is_not_a_page_and_if_it_comes_first_the_file_is_raw() -> None:
    assert inspect(make_tiff(pages=2)).pages == 2
    with pytest.raises(ImageUnsupported, match="raw camera file"):
        inspect(make_tiff(compression="raw", tags={254: 1}))
    with pytest.raises(ImageUnsupported, match="raw camera file"):
        inspect(make_tiff(compression="raw", tags={33421: 1}))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "a video"),
        (b"\x00\x00\x00\x18ftypqt  \x00\x00\x00\x00qt  qt  ", "a video"),
        (b"\x00\x00\x00\x18ftyphevc\x00\x00\x00\x00hevcmif1", "a series of photos"),
        (b"\x00\x00\x00\x18ftypmsf1\x00\x00\x00\x00hevcmif1", "a series of photos"),
        (b"\x00\x00\x00\x18ftypavis\x00\x00\x00\x00avifmif1", "a series of photos"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "a raw camera file"),
    ],
)
def test_unsupported_types_are_refused_by_name(content: bytes, named: str) -> None:
    with pytest.raises(ImageUnsupported) as refused:
        inspect(content)
    assert named in refused.value.detail


def test_an_animated_webp_is_refused() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])

    with pytest.raises(ImageUnsupported, match="animated"):
        inspect(out.getvalue())


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
def test_a_truncated_file_is_broken(kind: str, part: float) -> None:
    image = MAKERS[kind]()

    with pytest.raises(ImageBroken):
        clean(image[: int(len(image) * part)])


@pytest.mark.parametrize("name", PLANTED)
def test_no_planted_marker_survives_cleaning(name: str) -> None:
    cleaned = clean(PLANTED[name])

    assert MARKER.encode() in PLANTED[name] or name.startswith("pdf")
    assert MARKER.encode() not in cleaned.content
    assert MARKER.encode() not in rendition(cleaned.content, edge=64)


def test_a_heic_without_a_decodable_image_is_broken() -> None:
    without_its_decoder_settings = make_heic().replace(b"hvcC", b"jvcC")

    with pytest.raises(ImageBroken):
        clean(without_its_decoder_settings)


def test_an_intact_tiff_of_another_kind_is_not_called_damaged() -> None:
    fractions = io.BytesIO()
    tifffile.imwrite(fractions, np.zeros((120, 160), np.float32), photometric="minisblack")
    with pytest.raises(ImageUnsupported, match="This kind of TIFF isn't supported"):
        clean(fractions.getvalue())

    # Of 12 bits a channel: the TIFF says 8, and its JPEG what it is.
    out = io.BytesIO()
    scene(160, 128).save(out, "TIFF", compression="jpeg")
    precise = out.getvalue().replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c")
    assert precise != out.getvalue()
    with pytest.raises(ImageBroken, match="damaged, or of a kind or size that isn't supported"):
        clean(precise)


def test_the_same_file_gives_the_same_bytes() -> None:
    for image in (make_heic(), make_webp(), make_tiff(), make_tiff(pages=2)):
        assert clean(image).content == clean(image).content


@pytest.mark.anyio
async def test_a_worker_decodes_every_format_within_its_limits() -> None:
    workers = ImageWorkers(1)
    interlaced = pyvips.Image.new_from_array(np.asarray(scene(320, 240))).pngsave_buffer(interlace=True)
    try:
        for image in (
            make_heic(width=4032, height=3024, quality=50),
            make_avif(width=1600, height=1200),
            make_bmp(),
            make_webp(),
            make_webp(lossless=True),
            make_tiff(),
            make_tiff(pages=2),
            interlaced,
        ):
            assert (await workers.clean(image)).width >= 320
    finally:
        await workers.close()


@pytest.mark.parametrize("size", [(157, 151), (1080, 671), (37, 51), (16, 16), (1728, 400)])
@pytest.mark.parametrize(
    ("mode", "compression"), [("1", "group4"), ("P", "tiff_lzw"), ("RGB", "jpeg"), ("L", "packbits")]
)
def test_fine_detail_is_no_reason_for_two_decoders_to_differ(
    mode: str, compression: str, size: tuple[int, int]
) -> None:
    cleaned = clean(make_tiff(width=size[0], height=size[1], mode=mode, compression=compression))

    assert (cleaned.width, cleaned.height) == size


def test_pixels_that_are_not_square_become_square_and_fax_pages_stay_black_and_white() -> None:
    across, down = {282: 204, 283: 98, 296: 2}, {282: 98, 283: 204, 296: 2}

    assert size_of(make_tiff(width=200, height=100, tags=across)) == (200, 208)
    assert size_of(make_tiff(width=200, height=100, tags=down)) == (416, 100)
    assert size_of(make_tiff(width=200, height=100, tags={282: 900, 283: 98, 296: 2})) == (200, 100)
    pages = clean(make_tiff(width=200, height=100, mode="1", compression="group4", pages=2, tags=across))
    with pikepdf.open(io.BytesIO(pages.content)) as pdf:
        image = pdf.pages[0].Resources.XObject.P
        assert (int(image.Height), int(image.BitsPerComponent)) == (208, 1)


def size_of(content: bytes) -> tuple[int, int]:
    cleaned = clean(content)
    return cleaned.width, cleaned.height
