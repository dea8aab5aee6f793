"""Laying an earlier photo over a new one, in the contained process that does it: right where it is sure, else nothing."""

import io
from collections.abc import AsyncIterator

import numpy as np
import pytest
from PIL import Image, ImageFilter

from clinicpro_images.imaging.errors import ImageBroken
from clinicpro_images.imaging.worker.pool import ALIGNER, ImageWorkers, can_align, open_workers

pytestmark = pytest.mark.anyio

SIZE = (640, 480)


@pytest.fixture(scope="module")
async def aligners() -> AsyncIterator[ImageWorkers]:
    assert can_align()
    async with open_workers(1, command=ALIGNER) as workers:
        yield workers


def skin(seed: int) -> Image.Image:
    """Something with as much relief as skin: noise of several sizes."""
    rng = np.random.default_rng(seed)
    total = np.zeros((960, 1280), np.float32)
    for grain in (4, 8, 16, 48):
        small = rng.normal(0, 1, (960 // grain, 1280 // grain)).astype(np.float32)
        total += np.asarray(Image.fromarray(small).resize((1280, 960), Image.Resampling.BICUBIC))
    grey = np.clip(150 + 18 * total, 0, 255).astype(np.uint8)
    return Image.merge("RGB", [Image.fromarray(grey)] * 3)


def photo(
    of: Image.Image, turn: float = 0, scale: float = 1.0, gain: float = 1.0, blur: float = 0.6
) -> bytes:
    """The middle of it, as a camera sees it that is held so."""
    angle = np.radians(turn)
    cosine, sine = np.cos(angle) / scale, np.sin(angle) / scale
    x, y = SIZE[0] / 2, SIZE[1] / 2
    seen = of.transform(
        SIZE,
        Image.Transform.AFFINE,
        (cosine, -sine, 640 - cosine * x + sine * y, sine, cosine, 480 - sine * x - cosine * y),
        Image.Resampling.BICUBIC,
    ).filter(ImageFilter.GaussianBlur(blur))
    encoded = io.BytesIO()
    seen.point(lambda value: int(min(255, value * gain))).save(encoded, "JPEG", quality=85)
    return encoded.getvalue()


@pytest.mark.parametrize(("turn", "scale"), [(0, 1.0), (25, 0.8), (-20, 1.25)])
async def test_one_place_is_laid_over_itself(aligners: ImageWorkers, turn: float, scale: float) -> None:
    found = await aligners.align(photo(skin(1)), photo(skin(1), turn, scale, gain=0.8, blur=1.0))
    assert found is not None
    a, b, c, d, e, f = found
    cosine, sine = scale * np.cos(np.radians(turn)), scale * np.sin(np.radians(turn))
    middle = (0.5, 0.375)
    for x, y in ((0.5, 0.375), (0.25, 0.2), (0.7, 0.5)):
        left, top = x - middle[0], y - middle[1]
        true = (cosine * left + sine * top + middle[0], -sine * left + cosine * top + middle[1])
        assert (a * x + c * y + e, b * x + d * y + f) == pytest.approx(true, abs=0.01)


async def test_another_place_and_a_blank_one_are_refused(aligners: ImageWorkers) -> None:
    blank = photo(Image.new("RGB", (1280, 960), (190, 150, 130)))
    assert await aligners.align(photo(skin(1)), photo(skin(2))) is None
    assert await aligners.align(photo(skin(1)), blank) is None
    assert await aligners.align(blank, blank) is None
    with pytest.raises(ImageBroken):
        await aligners.align(b"not a photo", photo(skin(1)))


async def test_what_decodes_uploads_does_not_align() -> None:
    async with open_workers(1) as decoders:
        with pytest.raises(ImageBroken):
            await decoders.align(photo(skin(1)), photo(skin(1)))
