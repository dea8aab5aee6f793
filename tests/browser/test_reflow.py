"""A page enlarged four times, 320 by 256 CSS pixels: everything is reached by scrolling down, and nothing lies over it."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from browser.desk_states import review_with_message_and_task, twenty_as_a_strip, webcam, webcam_shot
from browser.settling import comes_to, try_each
from browser.walks import Start, Walk, described
from running import Sandbox

pytestmark = pytest.mark.anyio

# What keeps its place in the window, whatever is scrolled, and so takes room from everything else.
_STANDING = """() => [...document.querySelectorAll("body *")]
  .filter((each) => ["fixed", "sticky"].includes(getComputedStyle(each).position))
  .map((each) => each.getBoundingClientRect())
  .filter(({ top, bottom }) => bottom > 0 && top < innerHeight)
  .reduce((sum, { height }) => sum + height, 0)"""

# How high the window is through which a dialog is read, or nothing where some of it is cut off.
_READ_THROUGH = """(dialog) => {
  const scrolls = (each) => ["auto", "scroll"].includes(getComputedStyle(each).overflowY);
  if (dialog.scrollHeight > dialog.clientHeight && !scrolls(dialog)) return 0;
  return Math.max(...[dialog, ...dialog.querySelectorAll("*")].filter(scrolls).map((each) => each.clientHeight));
}"""


async def enlarged(page: Page) -> None:
    await page.set_viewport_size({"width": 320, "height": 256})


async def test_half_of_the_window_is_free_for_what_is_scrolled(
    watched: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    widget = await twenty_as_a_strip(Start(watched, desk, evolution))
    await enlarged(widget)
    for end in ("0", "document.body.scrollHeight"):
        await widget.evaluate(f"scrollTo(0, {end})")
        assert await comes_to(widget, f"({_STANDING})() <= 128")
    await try_each(widget.get_by_role("button", disabled=False))


async def editor_over_two(start: Start) -> Page:
    """The editor, with a page behind it that has something to put in order."""
    widget = await described(start, "Forearm", "Hand")
    await widget.get_by_role("button", name="Edit", exact=True).click()
    await expect(widget.get_by_role("application")).to_be_visible()
    return widget


@pytest.mark.parametrize("state", [review_with_message_and_task, webcam, webcam_shot, editor_over_two])
async def test_everything_in_a_dialog_can_be_pressed(
    watched: BrowserContext, desk: Page, evolution: Sandbox, state: Walk
) -> None:
    widget = await state(Start(watched, desk, evolution))
    await enlarged(widget)
    dialog = widget.get_by_role("dialog")
    await expect(dialog).to_have_count(1)
    for wide in (dialog, widget.locator("html")):
        assert await comes_to(wide, "(element) => element.scrollWidth <= element.clientWidth")
    assert await comes_to(dialog, f"(dialog) => ({_READ_THROUGH})(dialog) >= 128")
    await try_each(dialog.get_by_role("button", disabled=False))
