"""A fitted image is as sharp as the limit allows, and unchanged if it already fits."""

import io
from functools import cache

import numpy as np
import pytest
from PIL import Image

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageError, ImageUnsupported
from clinicpro_images.imaging.fit import fit_media, fit_referral, fit_scan
from clinicpro_images.imaging.inspect import inspect
from clinicpro_images.imaging.intake import take_in
from clinicpro_images.imaging.limits import MAX_FILED_BYTES, THUMB_EDGE, FitLimits
from clinicpro_images.imaging.pixels import decode_upright, encode_jpeg
from clinicpro_images.imaging.quality import EncodedJpeg, next_quality
from image_files import icc_profile, is_upright, make_jpeg, make_png, scene

LIMITS = FitLimits()


@cache
def grainy(width: int, height: int, grain: float) -> bytes:
    """An image full of sensor noise: the hardest to compress."""
    rng = np.random.default_rng(5)
    pixels = np.asarray(scene(width, height)).astype(np.float32) + rng.normal(0, grain, (height, width, 3))
    out = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(
        out, "JPEG", quality=92, subsampling="4:4:4"
    )
    return out.getvalue()


def test_a_jpeg_that_fits_is_wrapped_and_not_re_encoded() -> None:
    image = clean(make_jpeg()).content

    fitted = fit_scan(image, "image/jpeg", description="Left forearm", limits=LIMITS)

    assert (fitted.content_type, fitted.unchanged, fitted.quality) == ("image/tiff", True, None)
    assert fitted.content.endswith(image)
    assert fitted.done == "Unchanged, 640 × 480."


def test_a_jpeg_that_fits_is_filed_to_media_unchanged() -> None:
    image = clean(make_jpeg()).content

    assert fit_media(image, "image/jpeg", limits=LIMITS).content == image


def test_a_jpeg_that_fits_a_referral_is_unaltered_whatever_its_dimensions() -> None:
    image = clean(make_jpeg(width=3000, height=1000, quality=60)).content

    assert fit_referral(image, "image/jpeg").content == image


def test_an_image_too_large_for_a_referral_is_fitted_to_its_limit() -> None:
    fitted = fit_referral(grainy(2400, 1800, 12), "image/jpeg", limit=300_000)

    assert len(fitted.content) < 300_000
    assert is_upright(fitted.content, tolerance=20)
    assert fit_referral(make_png(), "image/png").content.startswith(b"\xff\xd8")


@pytest.mark.parametrize("grain", [2, 12, 40])
def test_a_12_megapixel_photo_is_resized_to_2400_pixels_and_below_1_mb(grain: float) -> None:
    image = grainy(4032, 3024, grain)

    scan = fit_scan(image, "image/jpeg", description="Left forearm – lesion", limits=LIMITS)
    media = fit_media(image, "image/jpeg", limits=LIMITS)

    for fitted in (scan, media):
        assert len(fitted.content) < 1_000_000
        assert is_upright(fitted.content, tolerance=20)
        shown = Image.open(io.BytesIO(fitted.content))
        assert shown.size == (fitted.width, fitted.height)
    if grain < 40:
        assert (scan.width, scan.height) == (2400, 1800)
        assert scan.done.startswith("Resized from 4032 × 3024 to 2400 × 1800, JPEG quality")


def test_quality_is_no_lower_than_needed() -> None:
    content = grainy(2400, 1800, 12)

    fitted = fit_media(content, "image/jpeg", limits=LIMITS)

    assert fitted.quality is not None
    assert LIMITS.floor_quality <= fitted.quality < LIMITS.best_quality
    image = decode_upright(content, inspect(content))
    assert len(encode_jpeg(image, quality=fitted.quality + 3, subsample=True)) > LIMITS.aim_bytes


def test_an_image_too_large_at_the_quality_floor_is_resized_and_the_summary_says_so() -> None:
    fitted = fit_media(grainy(2400, 1800, 90), "image/jpeg", limits=LIMITS)

    assert len(fitted.content) < LIMITS.aim_bytes
    assert fitted.width < 2400
    assert fitted.done.startswith("Resized further than usual to stay under the size limit")


@pytest.mark.parametrize(
    ("subsampling", "sampling"), [("4:2:0", (2, 2)), ("4:2:2", (2, 2)), ("4:4:4", (1, 1))]
)
def test_the_result_is_a_baseline_jpeg_that_keeps_its_colour_if_there_is_room(
    subsampling: str, sampling: tuple[int, int]
) -> None:
    fitted = fit_media(
        make_jpeg(width=3000, height=2000, subsampling=subsampling), "image/jpeg", limits=LIMITS
    )

    header = inspect(fitted.content).header
    assert not inspect(fitted.content).progressive
    assert getattr(header, "wrappable", False)
    assert getattr(header, "sampling", None) == sampling


def test_colour_is_halved_before_quality_is_lost() -> None:
    fitted = fit_media(grainy(2400, 1800, 10), "image/jpeg", limits=LIMITS)

    assert getattr(inspect(fitted.content).header, "sampling", None) == (2, 2)


@pytest.mark.parametrize("factors", [(1, 2), (2, 1), (2, 2), (4, 1)])
def test_a_grey_jpeg_with_sampling_factors_is_re_encoded_because_libtiff_refuses_it(
    factors: tuple[int, int],
) -> None:
    image = bytearray(make_jpeg(mode="L", width=64, height=64))
    image[image.index(b"\xff\xc0") + 11] = factors[0] << 4 | factors[1]
    cleaned = clean(bytes(image))
    assert not cleaned.reencoded

    fitted = fit_scan(cleaned.content, "image/jpeg", description="x", limits=LIMITS)
    assert not fitted.unchanged
    assert np.asarray(Image.open(io.BytesIO(fitted.content))).shape == (64, 64)


def test_a_turned_4_2_2_is_re_encoded_because_tiff_has_no_4_4_0() -> None:
    out = io.BytesIO()
    scene(640, 480).save(out, "JPEG", subsampling="4:2:2")
    image = bytearray(out.getvalue())
    frame = image.index(b"\xff\xc0")
    assert image[frame + 11] == 0x21
    image[frame + 11] = 0x12  # what a lossless turn leaves

    cleaned = clean(bytes(image))
    assert not getattr(inspect(cleaned.content).header, "wrappable", True)


@pytest.mark.parametrize("mode", ["CMYK", "L", "RGB"])
def test_a_jpeg_that_can_not_be_wrapped_is_re_encoded(mode: str) -> None:
    progressive = make_jpeg(mode=mode, progressive=True)

    fitted = fit_scan(clean(progressive).content, "image/jpeg", description="x", limits=LIMITS)

    assert Image.open(io.BytesIO(fitted.content)).mode == ("L" if mode == "L" else "RGB")


def test_a_png_becomes_a_tiff_with_jpeg_compression() -> None:
    fitted = fit_scan(clean(make_png(mode="RGBA")).content, "image/png", description="x", limits=LIMITS)

    image = Image.open(io.BytesIO(fitted.content))
    assert (image.format, image.info["compression"]) == ("TIFF", "jpeg")
    assert is_upright(fitted.content)
    assert (fitted.quality, fitted.unchanged) == (90, False)


@pytest.mark.parametrize("missing", [0, 200], ids=["whole", "last pixels missing"])
def test_a_small_photo_is_filed_in_its_full_size_whether_or_not_it_is_re_encoded(missing: int) -> None:
    whole = make_jpeg(width=900, height=600)
    taken = take_in(whole[: -2 - missing] + b"\xff\xd9", limits=LIMITS)

    assert taken.encodes == (1 if missing else 0)
    assert (taken.fitted_width, taken.fitted_height) == (900, 600)
    filed = Image.open(io.BytesIO(taken.fitted or taken.image.content))
    assert filed.size == (900, 600)
    stored = Image.open(io.BytesIO(taken.image.content))
    difference = np.asarray(filed, float) - np.asarray(stored, float)
    assert np.sqrt((difference**2).mean()) < 4
    assert max(Image.open(io.BytesIO(taken.thumb)).size) == THUMB_EDGE


def test_even_an_uncleaned_image_is_never_wrapped_sideways_or_with_a_foreign_profile() -> None:
    sideways = make_jpeg(width=300, height=400, orientation=6, gps=True, marker="SERIAL-1")
    wide = make_jpeg(profile=icc_profile("p3"))

    fitted = fit_scan(sideways, "image/jpeg", description="x", limits=LIMITS)

    assert (fitted.unchanged, fitted.width, fitted.height) == (False, 300, 400)
    assert is_upright(fitted.content)
    assert b"SERIAL-1" not in fitted.content
    assert not fit_scan(wide, "image/jpeg", description="x", limits=LIMITS).unchanged


@pytest.mark.parametrize("aim", [400, 3_000, 20_000, 150_000, 500_000])
def test_any_reachable_limit_is_met(aim: int) -> None:
    fitted = fit_media(grainy(1200, 900, 20), "image/jpeg", limits=FitLimits(aim_bytes=aim))

    assert len(fitted.content) < aim or fitted.width == fitted.height == 1


@pytest.mark.parametrize("size", [(1, 4000), (4000, 1), (5, 3001)])
def test_thin_images_keep_at_least_one_pixel(size: tuple[int, int]) -> None:
    image = clean(make_png(width=size[0], height=size[1])).content

    fitted = fit_scan(image, "image/png", description="x", limits=LIMITS)

    assert max(fitted.width, fitted.height) == 2400
    assert min(fitted.width, fitted.height) >= 1


def test_a_wrong_content_type_is_refused() -> None:
    with pytest.raises(ImageUnsupported):
        fit_scan(make_jpeg(), "image/png", description="x", limits=LIMITS)


def test_a_truncated_image_is_refused() -> None:
    with pytest.raises(ImageError):
        fit_scan(make_jpeg()[:5000], "image/jpeg", description="x", limits=LIMITS)


def test_limits_beyond_alex_s_own_are_rejected() -> None:
    assert MAX_FILED_BYTES * 4 / 3 < 8_000_000
    for wrong in (
        {"aim_bytes": MAX_FILED_BYTES + 1},
        {"longest_edge": 0},
        {"floor_quality": 95},
        {"best_quality": 101},
    ):
        with pytest.raises(ValueError, match="must"):
            FitLimits(**wrong)


@pytest.mark.parametrize("slope", [0.3, 0.6, 0.9, 1.5])
@pytest.mark.parametrize("at_best", [600_000, 1_050_000, 1_800_000, 4_000_000])
def test_few_encodes_find_the_best_quality(slope: float, at_best: int) -> None:
    def size(quality: int) -> int:
        coarseness = 5000 / quality if quality < 50 else 200 - 2 * quality
        return int(at_best * (20 / coarseness) ** slope)

    attempts: list[EncodedJpeg] = []
    quality: int | None = LIMITS.best_quality
    while quality is not None:
        attempts.append(EncodedJpeg(quality, bytes(size(quality))))
        quality = next_quality(attempts, LIMITS)

    assert len(attempts) <= 5
    fitting = [attempt for attempt in attempts if len(attempt.content) < LIMITS.aim_bytes]
    reachable = [
        q for q in range(LIMITS.floor_quality, LIMITS.best_quality + 1) if size(q) < LIMITS.aim_bytes
    ]
    assert bool(fitting) == bool(reachable)
    if reachable:
        assert max(attempt.quality for attempt in fitting) >= max(reachable) - 3
