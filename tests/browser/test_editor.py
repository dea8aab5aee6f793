"""The editor in real Chromium: full resolution in and out, exact undo, everything by keyboard, original and copy filed."""

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.async_api import Browser, BrowserContext, FilePayload, Locator, Page, expect

from browser.test_journey import open_patient, press_icon
from photos import photo_jpeg
from running import Sandbox

pytestmark = pytest.mark.anyio

WIDTH, HEIGHT = 4032, 3024
AXE = Path(__file__).parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
Pixels = NDArray[np.float64]


async def launched(context: BrowserContext, desk: Page, *, width: int = WIDTH, height: int = HEIGHT) -> Page:
    """The widget with one picture that has its body site."""
    await open_patient(desk, "TESTING")
    widget = await press_icon(context, desk)
    content = photo_jpeg(width=width, height=height, seed=width)
    picture = FilePayload(name="IMG_0001.jpg", mimeType="image/jpeg", buffer=content)
    await widget.get_by_label("Add pictures").first.set_input_files([picture])
    await widget.get_by_text("Forearm", exact=True).click()
    await expect(widget.get_by_text("Needs body site")).to_be_hidden()
    return widget


async def opened(widget: Page) -> Locator:
    """The editor, opened by its key; returns the picture in it."""
    await widget.get_by_role("button", name="Previous picture").focus()
    await widget.keyboard.press("e")
    picture = widget.get_by_role("application")
    await expect(picture).to_be_focused()
    return picture


async def images(widget: Page) -> list[dict[str, Any]]:
    listed = await widget.request.get(f"{widget.url}api/images")
    found: list[dict[str, Any]] = (await listed.json())["images"]
    return found


async def pixels(widget: Page, image: dict[str, Any]) -> Pixels:
    reply = await widget.request.get(f"{widget.url}api/images/{image['id']}/content")
    return np.asarray(Image.open(io.BytesIO(await reply.body())).convert("RGB"), dtype=np.float64)


async def drag(widget: Page, picture: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place to another, each a share of the picture's area on the screen."""
    box = await picture.bounding_box()
    assert box is not None
    for number, (right, down) in enumerate((start, end)):
        x, y = box["x"] + box["width"] * right, box["y"] + box["height"] * down
        await widget.mouse.move(x, y, steps=1 if number == 0 else 5)
        await (widget.mouse.down() if number == 0 else widget.mouse.up())


async def save(widget: Page) -> None:
    await widget.get_by_role("button", name="Save as a copy").click()
    await expect(widget.get_by_role("application")).to_be_hidden(timeout=30_000)


def psnr(one: Pixels, other: Pixels, mask: NDArray[np.bool_]) -> float:
    error = np.mean((one - other)[mask] ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


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
    widget = await launched(context, desk)
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
    # The crop fell on whole pixels: which ones, within one of the middle.
    best = max(
        psnr(edited, turned[y : y + height, x : x + width], outside)
        for x in (left, left + 1)
        for y in (top, top + 1)
    )
    assert best >= 40.0, best
    inside = ~outside
    assert psnr(edited, turned[top : top + height, left : left + width], inside) < 40.0


async def test_what_was_undone_leaves_no_trace_in_the_saved_pixels(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk, width=1600, height=1200)
    await turn_crop_point(widget)
    await save(widget)
    assert len(await images(widget)) == 2

    await widget.get_by_role("button", name="Previous picture").click()
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
    # The same bytes to the last one: the server knows them, and there is no third picture.
    assert len(await images(widget)) == 2


async def test_a_blurred_area_is_destroyed_at_full_resolution(context: BrowserContext, desk: Page) -> None:
    widget = await launched(context, desk, width=1600, height=1200)
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
    assert psnr(before, after, np.arange(1600)[None, :].repeat(1200, 0) < 300) >= 40.0


async def test_the_editor_works_by_keyboard_alone_and_asks_before_losing_anything(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk, width=1600, height=1200)
    picture = await opened(widget)
    await widget.keyboard.press("a")
    await widget.keyboard.press("Enter")
    marks = widget.get_by_role("list", name="Drawn so far").get_by_role("button")
    await expect(marks).to_have_text(["1. Arrow"])
    for key in ("ArrowRight", "+", "]"):
        await widget.keyboard.press(key)
    await widget.keyboard.press("t")
    await widget.keyboard.press("Enter")
    await expect(widget.get_by_label("Words")).to_be_focused()
    await widget.keyboard.type("Grown since May")
    await expect(marks).to_have_text(["1. Arrow", "2. Text: Grown since May"])
    await picture.focus()
    await widget.keyboard.press("Delete")
    await expect(marks).to_have_text(["1. Arrow"])
    await expect(widget.get_by_role("status").filter(has_text="deleted")).to_be_attached()

    await widget.keyboard.press("Escape")
    question = widget.get_by_role("alertdialog", name="Leave without saving?")
    await expect(question.get_by_role("button", name="Keep editing")).to_be_focused()
    await widget.keyboard.press("Escape")
    await expect(question).to_be_hidden()
    await widget.get_by_role("button", name="Cancel").press("Enter")
    await question.get_by_role("button", name="Discard changes").press("Enter")
    await expect(picture).to_be_hidden()
    assert len(await images(widget)) == 1

    await opened(widget)
    await widget.keyboard.press("Escape")
    await expect(picture).to_be_hidden()


async def test_original_and_edited_copy_are_filed_with_a_link_between_them(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    widget = await launched(context, desk, width=1600, height=1200)
    await opened(widget)
    await widget.keyboard.press("o")
    await widget.keyboard.press("Enter")
    await save(widget)
    await widget.get_by_role("button", name=re.compile(r"File \d+ pictures? to record")).click()
    review = widget.get_by_role("dialog", name="Review before filing")
    await review.get_by_role("checkbox", name=re.compile("Also file the original")).check()
    await review.get_by_role("button", name="File to record").click()
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()
    first, second = evolution.resources()
    assert "relatesTo" not in first["resource"]
    [link] = second["resource"]["relatesTo"]
    assert link["code"] == "transforms"
    assert link["target"]["reference"].endswith(f"/fhir/DocumentReference/{first['id']}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_in_the_editor_is_out_of_reach_for_assistive_technology(
    browser: Browser, evolution: Sandbox, scheme: Any
) -> None:
    context = await browser.new_context(color_scheme=scheme, reduced_motion="reduce")
    desk = await context.new_page()
    await desk.goto(f"{evolution.origin}/evolution")
    widget = await launched(context, desk, width=640, height=480)
    await opened(widget)
    for keys in (["c"], ["a", "Enter"], ["t", "Enter", "Escape"]):
        for key in keys:
            await widget.keyboard.press(key)
        assert await violations(widget) == []
    await widget.get_by_role("button", name="Cancel").click()
    await expect(widget.get_by_role("alertdialog")).to_be_visible()
    assert await violations(widget) == []
    await context.close()


async def violations(page: Page) -> list[str]:
    """What axe-core finds in the open dialog."""
    await page.evaluate(AXE.read_text())
    found: list[str] = await page.evaluate(
        "axe.run(document.querySelector('dialog[open]')).then(({violations}) =>"
        " violations.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join(' ')}`))"
    )
    return found


async def test_the_first_screen_is_small_and_the_editor_comes_only_when_it_is_opened(
    context: BrowserContext, desk: Page
) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    widget = await launched(context, desk, width=640, height=480)
    scripts = [url for url in asked if url.endswith(".js") and url.startswith(widget.url)]
    assert scripts
    assert not any("Editor" in url for url in scripts)
    await opened(widget)
    assert any("Editor" in url and url.endswith(".js") for url in asked)
