"""What filing costs a hand: clicks, keys and pointer travel, counted as a mouse and a keyboard do them.

`docs/effort.md` has the table; a row that no longer fits fails, and the message has the row to put there.
"""

import asyncio
import math
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from browser.walks import forget, small_picture
from running import TESTING, Sandbox

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[2] / "docs" / "effort.md"
# Seconds of the keystroke-level model (Card, Moran and Newell): to point, to press and release, for a key, and to think.
POINT, PRESS, KEY, THINK = 1.1, 0.2, 0.28, 1.35
MOST_TRAVEL = 1500
NEAR = 0.15


@dataclass
class Hand:
    """A hand at the desk; it begins in the middle of the window."""

    page: Page
    at: tuple[float, float] = (720, 450)
    clicks: int = 0
    keys: int = 0
    presses: int = 0
    thoughts: int = 0
    travel: float = 0

    async def click(self, target: Locator) -> None:
        """Go to the nearest point of the target by the straight way, and press there."""
        await target.wait_for()
        box = await target.bounding_box()
        assert box
        inset_x, inset_y = min(12, box["width"] / 2), min(8, box["height"] / 2)
        x = min(max(self.at[0], box["x"] + inset_x), box["x"] + box["width"] - inset_x)
        y = min(max(self.at[1], box["y"] + inset_y), box["y"] + box["height"] - inset_y)
        self.travel += math.dist(self.at, (x, y))
        self.at = (x, y)
        await self.page.mouse.move(x, y, steps=5)
        await self.page.mouse.down()
        await self.page.mouse.up()
        self.clicks += 1

    async def type(self, text: str) -> None:
        await self.page.keyboard.type(text)
        self.keys += len(text)

    async def press(self, key: str) -> None:
        await self.page.keyboard.press(key)
        self.presses += 1

    def think(self) -> None:
        self.thoughts += 1

    @property
    def seconds(self) -> float:
        return self.clicks * (POINT + PRESS) + (self.keys + self.presses) * KEY + self.thoughts * THINK

    def row(self, name: str) -> str:
        travel = f"{round(self.travel / 10) * 10:,} px" if self.clicks else "–"
        return f"| {name} | {self.clicks} | {self.keys} | {self.presses} | {travel} | {self.seconds:.0f} s |"


def agrees(row: str) -> bool:
    """Whether the page has this row; travel may differ a little, with the fonts of the computer."""
    name, *counts, travel, seconds = [cell.strip() for cell in row.strip("|").split("|")]
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[:1] != [name]:
            continue
        there, here = (float(re.sub(r"\D", "", each) or 0) for each in (cells[4], travel))
        return cells[1:4] == counts and cells[5] == seconds and abs(there - here) <= NEAR * max(there, here)
    return False


@pytest.fixture
async def desktop(browser: Browser, evolution: Sandbox) -> AsyncIterator[Page]:
    """The widget for the test patient in a window of 1440 by 900, without photos."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-NZ")
    page = await context.new_page()
    await asyncio.to_thread(forget, evolution)
    await page.goto(evolution.launch_url(TESTING))
    await expect(page.get_by_role("heading", name="Drop photos here")).to_be_visible()
    yield page
    await context.close()


async def add(hand: Hand, count: int) -> None:
    """By the button; the file dialog is the browser's own and not counted."""
    async with hand.page.expect_file_chooser() as chosen:
        await hand.click(hand.page.locator("label.add-images").first)
    await (await chosen.value).set_files([small_picture(900 + seed) for seed in range(count)])


async def filed(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Filed in the record")).to_be_visible()


def lines(evolution: Sandbox) -> list[str]:
    """What was filed: side and site, type and view, without the date that makes each line unique."""
    filed = [each["resource"]["description"] for each in evolution.resources()]
    return sorted(" – ".join(line.split(" – ")[:3]) for line in filed)


def chip(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name="Details").get_by_role("button", name=name, exact=True)


async def file(hand: Hand) -> None:
    page = hand.page
    await hand.click(page.get_by_role("button", name=re.compile(r"File \d photos? to record")))
    hand.think()
    await hand.click(page.get_by_role("button", name="File to record", exact=True))
    await filed(page)


async def test_one_mole_from_disk(desktop: Page, evolution: Sandbox) -> None:
    hand = Hand(desktop)
    await add(hand, 1)
    for name in ("Forearm", "Left", "Dermoscopy"):
        hand.think()
        await hand.click(chip(desktop, name))
    await file(hand)
    assert lines(evolution) == ["Left forearm – lesion – dermoscopy"]
    row = hand.row("One mole, by mouse")
    assert hand.clicks <= 6 and hand.travel < MOST_TRAVEL, row  # noqa: PT018 - one row says both
    assert agrees(row), row


async def test_three_views_of_one_lesion(desktop: Page, evolution: Sandbox) -> None:
    hand = Hand(desktop)
    await add(hand, 3)
    for name in ("Forearm", "Left"):
        hand.think()
        await hand.click(chip(desktop, name))
    hand.think()
    await hand.click(desktop.get_by_role("button", name="in this order"))
    await file(hand)
    assert lines(evolution) == [
        "Left forearm – lesion – close-up",
        "Left forearm – lesion – context",
        "Left forearm – lesion – dermoscopy",
    ]
    row = hand.row("Three views of one lesion, by mouse")
    assert hand.clicks <= 9 and hand.travel < MOST_TRAVEL, row  # noqa: PT018 - one row says both
    assert agrees(row), row


async def test_one_mole_by_keyboard(desktop: Page, evolution: Sandbox) -> None:
    hand = Hand(desktop)
    # As from the clipboard: the paste itself is one press.
    hand.presses += 1
    await desktop.get_by_label("Add photos").first.set_input_files([small_picture(950)])
    await expect(desktop.locator(".thumbs li[data-id]")).to_have_count(1)
    await expect(desktop.locator(".thumb")).to_be_focused()
    hand.think()
    # A letter on the photo's chips goes to the line; Tab leads there.
    await hand.press("Enter")
    await hand.type("l fore derm")
    await desktop.keyboard.press("Enter")
    hand.keys += 1
    await expect(desktop.get_by_text("Ready")).to_be_visible()
    await hand.press("Control+Enter")
    await expect(desktop.get_by_role("dialog", name="Review before filing")).to_be_visible()
    hand.think()
    # A review that nobody could have read is not confirmed.
    await desktop.wait_for_timeout(500)
    await hand.press("Control+Enter")
    await filed(desktop)
    assert lines(evolution) == ["Left forearm – lesion – dermoscopy"]
    row = hand.row("One mole, by keyboard")
    assert hand.keys <= 12 and hand.presses <= 4, row  # noqa: PT018 - one row says both
    assert agrees(row), row
