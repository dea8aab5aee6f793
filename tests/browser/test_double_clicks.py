"""Everybody double-clicks: the second click never lands on what the first one opened or moved under the pointer."""

import re

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from browser.walks import SLOW, Start, add, ask_for, described, launched, press_file, reviewed
from running import Sandbox

pytestmark = pytest.mark.anyio


async def double_click(page: Page, button: Locator, until: Locator) -> None:
    """As a hand does it: the page has done what the first click asked for before the second one comes."""
    box = await button.bounding_box()
    assert box
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for count in (1, 2):
        await page.mouse.down(click_count=count)
        await page.mouse.up(click_count=count)
        await expect(until).to_be_visible()


async def test_the_review_is_not_filed_by_the_second_click_on_what_opened_it(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    widget = await described(Start(watched, blank, evolution), "Forearm")
    # The two buttons lie over each other.
    await widget.set_viewport_size({"width": 800, "height": 600})
    review = widget.get_by_role("dialog", name="Review before filing")
    opener = widget.get_by_role("button", name=re.compile("File 1 photo to record"))
    box = await opener.bounding_box()
    await double_click(widget, opener, review)
    file = review.get_by_role("button", name="File to record", exact=True)
    over = await file.bounding_box()
    assert box
    assert over
    assert over["y"] < box["y"] + box["height"] / 2 < over["y"] + over["height"]
    await expect(review.get_by_text("1 photo", exact=True)).to_be_visible()
    assert evolution.resources() == []
    # A press of its own files.
    await press_file(widget)
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()


async def test_a_double_click_or_a_key_held_down_removes_one_photo(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    widget = await launched(Start(watched, blank, evolution))
    await add(widget, 6)
    photos = widget.locator(".thumbs li[data-id]")
    remove = widget.get_by_role("button", name="Remove", exact=True)
    await widget.locator(".thumb").nth(1).click()
    await double_click(widget, remove, widget.get_by_text("Photo 2 removed."))
    await expect(photos).to_have_count(5)
    for key in ("Enter", "Delete"):
        await (remove if key == "Enter" else widget.locator(".thumb").nth(1)).focus()
        for _ in range(4):  # the first is the press, the others its repeats
            await widget.keyboard.down(key)
        await widget.keyboard.up(key)
        await expect(photos).to_have_count(4 if key == "Enter" else 3)


async def test_one_answer_is_about_one_photo(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    start = Start(watched, blank, evolution)
    widget = await reviewed(start, "Forearm", "Hand", "Back")
    ask_for(
        start,
        {"kind": "500", "times": 3, "method": "POST", "resource": "DocumentReference", "afterWrite": True},
        {"kind": "403", "method": "GET", "resource": "DocumentReference"},
    )
    await press_file(widget)
    there = widget.get_by_role("button", name="It is in the inbox")
    await expect(there).to_have_count(3, timeout=SLOW)
    # However the dialog moves, the next photo's button is where the first one's was.
    await widget.evaluate(
        """() => {
          const style = "position: fixed; top: 100px; left: 100px; z-index: 1";
          const put = () => document.querySelectorAll(".row-choices").forEach((row) => row.style.cssText = style);
          new MutationObserver(put).observe(document.body, { childList: true, subtree: true });
          put();
        }"""
    )
    # The last one lies on top.
    next_one = widget.get_by_role("dialog").filter(has_text="2 photos to check in Evolution")
    ready = next_one.locator("button:enabled", has_text="It is in the inbox").last
    await double_click(widget, there.last, ready)
    # Had the second click been an answer, it would be in by the time that an answer of its own is.
    await expect(ready).to_be_enabled()
    await ready.click()
    await expect(there).to_have_count(1)
