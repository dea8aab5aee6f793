"""Images that take much memory are decoded one after the other, and only they wait for that."""

import asyncio
import io

import pikepdf
import pytest
import pyvips
from pikepdf import Dictionary, Name

from bench.process import family, share_megabytes
from clinicpro_images.fair_queue import on_behalf_of
from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.inspect import inspect
from clinicpro_images.imaging.limits import (
    LARGE_DECODE_BYTES,
    LARGE_STORED_BYTES,
    MAX_DECODE_BYTES,
    FitLimits,
)
from clinicpro_images.imaging.need import LargeImage, check_need, large_images
from clinicpro_images.imaging.worker.pool import ImageWorkers, open_workers
from image_files import claims, growing_tiff, make_jpeg, make_png
from processes import image_workers

pytestmark = pytest.mark.anyio

LIMITS = FitLimits()


def in_passes(width: int, height: int) -> bytes:
    """A progressive JPEG of one colour: all of it must be in memory before its first row is known."""
    blank = pyvips.Image.black(width, height, bands=3).copy(interpretation="srgb")
    content: bytes = blank.jpegsave_buffer(Q=50, interlace=True)
    return content


async def take_in(workers: ImageWorkers, whose: str, content: bytes) -> None:
    with on_behalf_of(whose):
        await workers.take_in(content, limits=LIMITS)


async def peak_while(*calls: asyncio.Task[None]) -> float:
    """The most that the image workers and what they forked held, in MB, until all calls were done."""
    peak = 0.0
    while not all(call.done() for call in calls):
        held = [share_megabytes(pid) for worker in image_workers() for pid in family(worker)]
        peak = max(peak, sum(held))
        await asyncio.sleep(0.005)
    await asyncio.gather(*calls)
    return peak


async def test_two_sessions_large_photos_take_the_memory_of_one() -> None:
    photos = [in_passes(8000, 6000) + bytes([number]) for number in range(2)]
    async with open_workers(2) as workers:
        await workers.warm()
        one = await peak_while(asyncio.create_task(take_in(workers, "a", photos[0])))
        both = await peak_while(
            *(
                asyncio.create_task(take_in(workers, whose, photo))
                for whose, photo in zip("ab", photos, strict=True)
            )
        )
    assert one > 150, "otherwise this is no large photo"
    assert both < one + 80


async def test_only_large_photos_wait_for_a_large_one_and_they_take_no_worker_meanwhile() -> None:
    large = in_passes(8000, 6000)
    async with open_workers(2) as workers:
        await workers.warm()
        calls = [
            asyncio.create_task(take_in(workers, whose, large + bytes([number])))
            for number, whose in enumerate("aabb")
        ]
        seen = set()
        while (workers.busy, workers.waiting) != (1, 3) and not all(call.done() for call in calls):
            seen.add((workers.busy, workers.waiting))
            await asyncio.sleep(0)
        assert (workers.busy, workers.waiting) == (1, 3), seen
        await take_in(workers, "c", make_jpeg())
        assert not all(call.done() for call in calls)
        await asyncio.gather(*calls)
    assert (workers.busy, workers.waiting) == (0, 0)


def test_what_is_large_is_known_from_the_header_alone() -> None:
    progressive = make_jpeg(progressive=True)
    for content in (claims(progressive, 9_000, 6_000), claims(make_jpeg(), 9_000, 6_000)):
        with large_images(allowed=True):
            assert inspect(content).width == 9_000
    with large_images(allowed=False):
        # Row by row, or as phones and the web have them.
        for content in (
            claims(make_jpeg(), 9_000, 6_000),
            claims(make_png(), 9_000, 6_000),
            claims(progressive, 4_000, 3_000),
        ):
            assert inspect(content).width >= 4_000
        with pytest.raises(LargeImage):
            inspect(claims(progressive, 9_000, 6_000))


def test_a_small_file_is_large_once_it_has_grown() -> None:
    growing = growing_tiff(5)
    assert len(growing) < LARGE_STORED_BYTES
    with large_images(allowed=False), pytest.raises(LargeImage):
        clean(growing)
    assert len(clean(growing).content) > LARGE_STORED_BYTES


def test_a_large_photo_in_a_pdf_is_large_too() -> None:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    photo = pdf.make_stream(
        claims(make_jpeg(progressive=True), 9_000, 6_000),
        Type=Name.XObject, Subtype=Name.Image, Width=9_000, Height=6_000, ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8, Filter=Name.DCTDecode,
    )  # fmt: skip
    page.obj.Resources = Dictionary(XObject=Dictionary(P=photo))
    page.contents_add(b"q 200 0 0 200 0 0 cm /P Do Q")
    held = io.BytesIO()
    pdf.save(held)
    with large_images(allowed=False), pytest.raises(LargeImage):
        clean(held.getvalue())


@pytest.mark.parametrize(("megapixels", "accepted"), [(25, True), (27, False)])
def test_a_webp_that_takes_too_much_memory_is_refused_for_that_and_not_as_damaged(
    megapixels: int, accepted: bool
) -> None:
    blank = pyvips.Image.black(1_000 * megapixels // 5, 5_000, bands=3).copy(interpretation="srgb")
    content: bytes = blank.webpsave_buffer(Q=50, effort=0)
    if accepted:
        assert inspect(content).height == 5_000
    else:
        with pytest.raises(ImageTooLarge, match="too much memory"):
            inspect(content)


@pytest.mark.parametrize("allowed", [True, False])
def test_what_never_fits_is_refused_at_once(allowed: bool) -> None:
    with large_images(allowed), pytest.raises(ImageTooLarge):
        check_need(MAX_DECODE_BYTES + 1, "It")
    with large_images(allowed):
        check_need(LARGE_DECODE_BYTES, "It")
