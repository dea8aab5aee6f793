"""The editor under fingers: real touch events, with the photo enlarged, and marks that stay where they were drawn."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from playwright.async_api import Browser, CDPSession, Page, expect

from browser.editing import board, changed, drawn, images, launched, opened, pixels, save, settled
from running import Sandbox

pytestmark = pytest.mark.anyio

SIZE = (1600, 1200)
Place = tuple[float, float]


class Fingers:
    """Fingers on the screen, through the browser's own input."""

    def __init__(self, devtools: CDPSession) -> None:
        self._devtools = devtools

    async def are(self, kind: str, *places: Place) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        await self._devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    async def draw(self, *places: Place) -> None:
        """One finger, from place to place."""
        await self.are("touchStart", places[0])
        for place in places[1:]:
            await self.are("touchMove", place)
        await self.are("touchEnd")

    async def spread(self, middle: Place, start: float, end: float) -> None:
        """Two fingers beside a middle, from so far from it to so far."""
        x, y = middle
        await self.are("touchStart", (x - start, y))
        await self.are("touchStart", (x - start, y), (x + start, y))
        for part in (0.25, 0.5, 0.75, 1.0):
            away = start + (end - start) * part
            await self.are("touchMove", (x - away, y), (x + away, y))
        await self.are("touchEnd", (x - end, y))
        await self.are("touchEnd")


@asynccontextmanager
async def touched(browser: Browser, evolution: Sandbox) -> AsyncIterator[tuple[Page, Fingers]]:
    """The widget on a tablet, with one photo."""
    context = await browser.new_context(has_touch=True, viewport={"width": 900, "height": 700})
    desk = await context.new_page()
    await desk.goto(f"{evolution.origin}/evolution")
    widget = await launched(context, desk, width=SIZE[0], height=SIZE[1])
    yield widget, Fingers(await context.new_cdp_session(widget))
    await context.close()


async def test_a_circle_drawn_with_a_finger_on_the_enlarged_picture_lies_there_in_the_saved_pixels(
    browser: Browser, evolution: Sandbox
) -> None:
    async with touched(browser, evolution) as (widget, fingers):
        picture = await opened(widget)
        await widget.get_by_role("button", name="Circle").tap()
        await expect(widget.get_by_role("button", name="Place in the middle")).to_be_visible()
        whole = await board(widget, picture, SIZE)
        await fingers.spread(whole.at(0, 0), 40, 160)
        await expect(widget.get_by_role("button", name="400 %, show the whole photo")).to_be_visible()
        near = await board(widget, picture, SIZE)
        assert near.zoom == pytest.approx(whole.zoom * 4, rel=0.01)
        # From 60 left and 40 above the middle to 20 right and 40 below, in pixels of the photo.
        await fingers.draw(near.at(-60, -40), near.at(0, 0), near.at(20, 40))
        await expect(drawn(widget)).to_have_text(["1. Circle"])
        await widget.get_by_role("button", name="400 %, show the whole photo").tap()
        await save(widget)
        original, copy = await images(widget)
        rows, columns = changed(await pixels(widget, original), await pixels(widget, copy))
    # The stroke, seen from so near, is a pixel or two wide.
    assert (rows.start, rows.stop) == pytest.approx((600 - 40, 600 + 40), abs=5)
    assert (columns.start, columns.stop) == pytest.approx((800 - 60, 800 + 20), abs=5)


async def test_two_fingers_only_look_and_take_back_what_the_first_one_began(
    browser: Browser, evolution: Sandbox
) -> None:
    async with touched(browser, evolution) as (widget, fingers):
        picture = await opened(widget)
        await widget.get_by_role("button", name="Draw").tap()
        place = await board(widget, picture, SIZE)
        await fingers.are("touchStart", place.at(-200, 0))
        await fingers.are("touchMove", place.at(-150, 60))
        await fingers.are("touchStart", place.at(-150, 60), place.at(150, 60))
        await fingers.are("touchMove", place.at(-300, 60), place.at(300, 60))
        # One finger lifted, the other goes on: still nothing is drawn.
        await fingers.are("touchEnd", place.at(-300, 60))
        await fingers.are("touchMove", place.at(-100, 200))
        await fingers.are("touchEnd")
        await expect(widget.get_by_role("button", name="200 %, show the whole photo")).to_be_visible()
        await expect(drawn(widget)).to_have_count(0)
        await expect(widget.get_by_role("button", name="Undo")).to_be_disabled()


async def test_a_finger_moves_the_enlarged_picture_and_a_mark_that_it_comes_down_on(
    browser: Browser, evolution: Sandbox
) -> None:
    async with touched(browser, evolution) as (widget, fingers):
        picture = await opened(widget)
        await widget.get_by_role("button", name="Blur").tap()
        await widget.get_by_role("button", name="Place in the middle").tap()
        await widget.get_by_role("button", name="Select").tap()
        await widget.get_by_role("button", name="Zoom in").tap()
        near = await board(widget, picture, SIZE)
        # Beside the mark: the photo goes along, as does the mark on it.
        start, end = near.at(-400, 0), near.at(-300, 0)
        await fingers.draw(start, ((start[0] + end[0]) / 2, start[1]), end)
        await expect(widget.get_by_role("button", name="Undo")).to_be_enabled()
        # The mark's middle is now 100 pixels right of the board's: from there it is pulled 50 down.
        await fingers.draw(near.at(100, 0), near.at(100, 25), near.at(100, 50))
        await save(widget)
        original, copy = await images(widget)
        before, after = await pixels(widget, original), await pixels(widget, copy)
    # A sixth of the photo's height to each side of its middle, moved 50 down.
    flat = np.abs(np.diff(after[:, 640:960, 1].astype(np.int16), axis=1)).mean(axis=1) < 0.5
    rows = np.flatnonzero(flat)
    assert (rows[0], rows[-1] + 1) == pytest.approx((450, 850), abs=6)
    assert np.abs(np.diff(before[:, 640:960, 1].astype(np.int16), axis=1)).mean() > 0.5


async def test_a_square_crop_pulled_by_a_finger_stays_square(browser: Browser, evolution: Sandbox) -> None:
    async with touched(browser, evolution) as (widget, fingers):
        picture = await opened(widget)
        await widget.get_by_role("button", name="Crop").tap()
        await widget.get_by_label("Shape").select_option("Square")
        await settled(widget)
        box = await picture.bounding_box()
        assert box is not None
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        half = min((box["width"] - 56) / SIZE[0], (box["height"] - 56) / SIZE[1]) * 600
        # The lower right corner, a good way towards the middle and much more down than across.
        await fingers.draw(
            (middle[0] + half, middle[1] + half),
            (middle[0] + half * 0.6, middle[1]),
            (middle[0] + half * 0.5, middle[1] - half * 0.2),
        )
        await save(widget)
        _, copy = await images(widget)
    assert copy["width"] == copy["height"]
    assert copy["width"] == pytest.approx(900, abs=15)
