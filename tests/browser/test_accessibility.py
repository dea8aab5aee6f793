"""The desk for those who use no mouse, and what the mouse does on it."""

import re

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from browser.test_journey import open_patient, press_icon
from browser.walks import add, say_site
from running import Sandbox
from titles import line_of

pytestmark = pytest.mark.anyio


async def test_three_photos_are_filed_with_the_keyboard_alone(
    watched: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(watched, desk)
    keys = widget.keyboard
    await add(widget, 3)
    # What comes together is selected together; Esc means one of them.
    await expect(widget.get_by_text("3 of 3 selected")).to_be_visible()
    await keys.press("Escape")
    await expect(widget.get_by_text("Photo 1 of 3")).to_be_visible()
    await keys.press("Enter")
    for number, (typed, line) in enumerate(
        [("left shin", "Left shin"), ("l armpit", "Left axilla"), ("tummy", "Abdomen")], start=1
    ):
        await keys.type(typed)
        await expect(widget.get_by_role("option").first).to_have_attribute("aria-selected", "true")
        await keys.press("Enter")
        stage = widget.get_by_role("region", name="Selected photo")
        await expect(stage).to_contain_text(f"Photo {number} of 3")
        await expect(stage).to_contain_text(line)
        await keys.press("PageDown")
    await keys.press("Control+Enter")
    review = widget.get_by_role("dialog", name="Review before filing")
    await expect(review).to_match_aria_snapshot(
        """
        - dialog "Review before filing":
          - heading "Review before filing" [level=2]
          - list "Photos to file":
            - listitem:
              - checkbox "File Left shin" [checked]
            - listitem:
              - checkbox "File Left axilla" [checked]
            - listitem:
              - checkbox "File Abdomen" [checked]
        """
    )
    button = review.get_by_role("button", name="File to record", exact=True)
    await expect(button).to_be_enabled()
    for _ in range(40):
        if await button.evaluate("button => button === document.activeElement"):
            break
        await keys.press("Tab")
    await keys.press("Enter")
    await expect(widget.get_by_role("heading", name="Filed in the record")).to_be_visible()
    receipt = widget.get_by_role("region", name="Receipt")
    await expect(receipt.get_by_role("list").first.get_by_role("listitem")).to_have_count(3)
    filed = [line_of(each) for each in evolution.resources()]
    assert sorted(filed) == ["Abdomen", "Left axilla", "Left shin"]
    await keys.press("Escape")
    await expect(widget.get_by_role("dialog")).to_have_count(0)
    await expect(widget.locator(":focus")).to_have_count(1)


async def test_the_desk_reads_to_a_screen_reader_as_what_it_is(watched: BrowserContext, desk: Page) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(watched, desk)
    await add(widget, 1)
    await say_site(widget)
    await expect(widget.locator("body")).to_match_aria_snapshot(
        """
        - banner:
          - heading /TESTING/ [level=1]
        - main:
          - region "Photos":
            - list:
              - listitem:
                - button /Photo 1.*Ready/
          - region "Selected photo":
            - paragraph: Photo 1 of 1
            - group /Photo 1, size Fit/:
              - img "Photo 1"
          - region "Details":
            - heading "Details" [level=2]
            - combobox "Search body sites"
            - group "Common body sites":
              - button "Forearm" [pressed]
            - group "Side"
            - group "View"
            - group "Type"
            - textbox "Label"
        - contentinfo:
          - button "File 1 photo to record"
        """
    )


async def in_order(tiles: Locator, ids: list[str]) -> None:
    await expect(tiles).to_have_count(len(ids))
    for number, each in enumerate(ids):
        await expect(tiles.nth(number)).to_have_attribute("data-id", each)


async def test_pictures_are_put_in_order_by_dragging_and_stay_so_after_a_reload(
    watched: BrowserContext, desk: Page
) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(watched, desk)
    await add(widget, 3)
    tiles = widget.locator(".thumbs li[data-id]")
    before = await tiles.evaluate_all("tiles => tiles.map((tile) => tile.dataset.id)")
    from_box, to_box = await tiles.nth(2).bounding_box(), await tiles.nth(0).bounding_box()
    assert from_box
    assert to_box
    await widget.mouse.move(from_box["x"] + 40, from_box["y"] + 40)
    await widget.mouse.down()
    await widget.mouse.move(to_box["x"] + 60, to_box["y"] + 60, steps=4)
    await expect(widget.locator(".thumbs [data-dragged]")).to_have_count(1)
    await widget.mouse.move(to_box["x"] + 20, to_box["y"] + 20, steps=4)
    await expect(widget.locator(".thumbs [data-drop]")).to_have_count(1)
    async with widget.expect_response("**/api/images/order"):
        await widget.mouse.up()
    expected = [before[2], before[0], before[1]]
    await in_order(tiles, expected)
    widget.on("dialog", lambda asked: asked.accept())
    await widget.reload()
    await expect(tiles).to_have_count(3)
    await in_order(tiles, expected)


async def test_a_picture_is_enlarged_under_the_pointer_and_comes_in_full_resolution(
    watched: BrowserContext, desk: Page
) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(watched, desk)
    await add(widget, 1)
    frame = widget.get_by_role("group", name="size Fit")
    await frame.hover()
    # A plain wheel would scroll.
    await widget.mouse.wheel(0, -400)
    await expect(frame).to_be_visible()
    await widget.keyboard.down("Control")
    async with widget.expect_response(lambda reply: "size=full" in reply.url):
        await widget.mouse.wheel(0, -400)
    await widget.keyboard.up("Control")
    await expect(widget.get_by_alt_text("Photo 1")).to_have_attribute("src", re.compile("size=full"))
    await widget.get_by_role("group", name="Photo 1, size").focus()
    await widget.keyboard.press("0")
    await expect(frame).to_be_visible()
