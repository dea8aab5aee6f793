"""Bad news stays until it is dismissed, and covers neither a dialog's heading nor what can be filed."""

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from browser.walks import Start, add, launched, say_site, small_picture
from running import Sandbox

pytestmark = pytest.mark.anyio


async def apart(one: Locator, other: Locator) -> bool:
    """Whether neither lies over the other."""
    first, second = await one.bounding_box(), await other.bounding_box()
    assert first
    assert second
    return first["y"] + first["height"] <= second["y"] or second["y"] + second["height"] <= first["y"]


@pytest.mark.parametrize("size", [(1280, 800), (420, 700)])
async def test_bad_news_covers_no_heading_and_no_button(
    watched: BrowserContext, blank: Page, evolution: Sandbox, size: tuple[int, int]
) -> None:
    widget = await launched(Start(watched, blank, evolution))
    await widget.set_viewport_size({"width": size[0], "height": size[1]})
    await add(widget, 20)
    await widget.get_by_label("Add photos").first.set_input_files([small_picture(99)])
    notice = widget.get_by_role("log").locator(".notice")
    await expect(notice).to_contain_text("1 photo wasn't added")
    await widget.locator(".thumbs li[data-id] button").first.click()
    await say_site(widget)
    assert await apart(notice, widget.locator(".action-bar"))
    await widget.get_by_role("button", name="File 1 photo to record").click()
    review = widget.get_by_role("dialog", name="Review before filing")
    heading = review.get_by_role("heading", name="Review before filing")
    await expect(heading).to_be_in_viewport(ratio=1)
    assert await apart(notice, heading)
    await notice.get_by_role("button", name="Dismiss message").click()
    await expect(notice).to_have_count(0)
    await review.get_by_role("button", name="Back").click()
    await expect(widget.get_by_role("log", include_hidden=True)).to_have_count(1)
