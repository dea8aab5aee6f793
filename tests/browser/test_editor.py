"""The editor in real Chromium: full resolution in and out, exact undo, original and copy filed."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Page, expect

from browser.editing import board, changed, drag, drawn, images, launched, opened, pixels, psnr, save
from running import Sandbox

pytestmark = pytest.mark.anyio

WIDTH, HEIGHT = 4032, 3024


async def turn_crop_point(widget: Page) -> None:
    picture = await opened(widget)
    await widget.keyboard.press("r")
    await widget.keyboard.press("c")
    await widget.keyboard.press("-")
    await widget.keyboard.press("-")
    await widget.keyboard.press("a")
    await drag(widget, picture, (0.45, 0.6), (0.5, 0.5))


async def test_turned_cropped_and_pointed_at_a_12_megapixel_photo_keeps_every_pixel_outside_the_arrow(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk, width=WIDTH, height=HEIGHT)
    await turn_crop_point(widget)
    await save(widget)

    original, copy = await images(widget)
    assert copy["derivedFrom"] == original["id"]
    width, height = round(round(HEIGHT / 1.1) / 1.1), round(round(WIDTH / 1.1) / 1.1)
    assert (copy["width"], copy["height"]) == (width, height)
    edited = await pixels(widget, copy)
    turned = np.rot90(await pixels(widget, original), k=-1)
    left, top = (HEIGHT - width) // 2, (WIDTH - height) // 2
    outside = np.ones((height, width), dtype=bool)
    # The arrow lies left of and below the middle, and is a few per cent long; its whole neighbourhood is left out.
    outside[int(height * 0.44) : int(height * 0.68), int(width * 0.25) : int(width * 0.56)] = False
    # The crop fell on whole pixels: which ones, within one of the middle, a small part says.
    small = (slice(0, 200), slice(0, 200))
    y, x = max(
        ((y, x) for y in (top, top + 1) for x in (left, left + 1)),
        key=lambda place: psnr(edited[small], turned[place[0] : place[0] + 200, place[1] : place[1] + 200]),
    )
    kept = turned[y : y + height, x : x + width]
    found = psnr(edited, kept, outside)
    print(f"PSNR outside the arrow: {found:.1f} dB")  # noqa: T201  # the figure in docs/development.md
    assert found >= 40.0
    assert psnr(edited, kept, ~outside) < 40.0


async def test_what_was_undone_leaves_no_trace_in_the_saved_pixels(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk)
    await turn_crop_point(widget)
    await save(widget)
    assert len(await images(widget)) == 2

    await widget.get_by_role("button", name="Previous photo").click()
    await turn_crop_point(widget)
    picture = widget.get_by_role("application")
    await widget.keyboard.press("b")
    await drag(widget, picture, (0.6, 0.3), (0.65, 0.5))
    await widget.keyboard.press("o")
    await drag(widget, picture, (0.4, 0.3), (0.5, 0.5))
    await widget.keyboard.press("r")
    for _ in range(3):
        await widget.keyboard.press("Control+z")
    await save(widget)
    # The same bytes to the last one: the server knows them, and there is no third photo.
    assert len(await images(widget)) == 2


async def test_a_blurred_area_is_destroyed_at_full_resolution(context: BrowserContext, desk: Page) -> None:
    widget = await launched(context, desk)
    picture = await opened(widget)
    await widget.keyboard.press("b")
    await widget.keyboard.press("Enter")
    await expect(picture).to_be_focused()
    await save(widget)
    original, copy = await images(widget)
    before, after = await pixels(widget, original), await pixels(widget, copy)
    middle = (slice(560, 640), slice(760, 840))
    # The grain of the photo is gone: whole cells of one colour.
    assert np.std(before[middle][..., 1]) > 2.0
    assert np.std(after[590:600, 790:800, 1]) < 1.0
    assert psnr(before[:, :300], after[:, :300]) >= 40.0


async def _straightened(widget: Page, presses: int) -> None:
    await widget.keyboard.press("c")
    await widget.get_by_role("slider", name="Straighten").focus()
    for _ in range(presses):
        await widget.keyboard.press("ArrowRight")
    await expect(widget.get_by_role("slider", name="Straighten")).to_have_attribute(
        "aria-valuetext", f"{presses / 2:g} degrees"
    )


async def test_a_straightened_photo_is_turned_by_those_degrees_with_no_empty_corner(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk)
    await opened(widget)
    await _straightened(widget, 10)
    await save(widget)
    original, copy = await images(widget)
    edited = await pixels(widget, copy)
    height, width = edited.shape[:2]
    assert width / height == pytest.approx(4 / 3, abs=0.01)
    assert 1600 * 0.85 < width < 1600
    # Pillow turns the original by the same angle, and the middle of that is the copy.
    turned = Image.fromarray(await pixels(widget, original)).rotate(-5, Image.Resampling.BICUBIC)
    left, top = (1600 - width) // 2, (1200 - height) // 2
    wanted = np.asarray(turned.crop((left, top, left + width, top + height)))
    assert psnr(edited, wanted) >= 30.0
    assert psnr(edited, np.asarray(turned.transpose(Image.Transpose.ROTATE_180))[:height, :width]) < 20.0


async def test_the_wheel_looks_closer_and_a_mark_drawn_then_is_saved_where_it_was_drawn(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk)
    picture = await opened(widget)
    await widget.keyboard.press("o")
    whole = await board(widget, picture, (1600, 1200))
    await widget.mouse.move(*whole.at(0, 0))
    await widget.mouse.wheel(0, -600)
    await expect(widget.get_by_role("group", name="Move the photo")).to_be_visible()
    near = await board(widget, picture, (1600, 1200))
    assert near.zoom > whole.zoom * 2
    # Moved to the left by 150 of the screen's pixels, with the space bar held: what lies right of the middle comes there.
    await widget.keyboard.down(" ")
    await widget.mouse.down()
    x, y = near.at(0, 0)
    await widget.mouse.move(x - 150, y, steps=5)
    await widget.mouse.up()
    await widget.keyboard.up(" ")
    await expect(drawn(widget)).to_have_count(0)
    for number, (right, down) in enumerate(((-30, -30), (30, 30))):
        await widget.mouse.move(*near.at(right, down), steps=1 if number == 0 else 5)
        await (widget.mouse.down() if number == 0 else widget.mouse.up())
    await expect(drawn(widget)).to_have_text(["1. Circle"])
    await save(widget)
    original, copy = await images(widget)
    rows, columns = changed(await pixels(widget, original), await pixels(widget, copy))
    middle = 800 + 150 / near.zoom
    assert (rows.start, rows.stop) == pytest.approx((600 - 30, 600 + 30), abs=6)
    assert (columns.start, columns.stop) == pytest.approx((middle - 30, middle + 30), abs=6)


async def test_original_and_edited_copy_are_filed_with_a_link_between_them(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    widget = await launched(context, desk)
    await opened(widget)
    await widget.keyboard.press("o")
    await widget.keyboard.press("Enter")
    await save(widget)
    await widget.get_by_role("button", name=re.compile(r"File \d+ photos? to record")).click()
    review = widget.get_by_role("dialog", name="Review before filing")
    await review.get_by_role("checkbox", name=re.compile("Also file the original")).check()
    await review.get_by_role("button", name="File to record").click()
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()
    first, second = evolution.resources()
    assert "relatesTo" not in first["resource"]
    [link] = second["resource"]["relatesTo"]
    assert link["code"] == "transforms"
    assert link["target"]["reference"].endswith(f"/fhir/DocumentReference/{first['id']}")
