"""Earlier photos at the desk: two presses to the earlier photo beside the new one, by mouse and by keyboard."""

import re

import pytest
from playwright.async_api import BrowserContext, Page, expect

from browser.axe import assert_accessible
from browser.test_journey import open_patient, press_icon
from browser.walks import small_picture
from running import Sandbox

pytestmark = pytest.mark.anyio

PATIENT = "Priyanka"


async def with_a_photo(context: BrowserContext, evolution: Sandbox) -> Page:
    desk = await context.new_page()
    await desk.goto(f"{evolution.origin}/evolution")
    await open_patient(desk, PATIENT)
    widget = await press_icon(context, desk)
    await expect(widget.get_by_role("heading", name="Drop photos here")).to_be_visible()
    await widget.locator("input[type=file]").first.set_input_files([small_picture(1)])
    await expect(widget.locator(".thumb img")).to_have_count(1)
    return widget


async def test_two_presses_stand_the_earlier_photo_beside_the_new_one(
    watched: BrowserContext, evolution: Sandbox
) -> None:
    widget = await with_a_photo(watched, evolution)
    await widget.get_by_role("button", name="Earlier photos (7)").click()
    dialog = widget.get_by_role("dialog", name="Earlier photos")
    await expect(dialog.get_by_role("heading", level=3)).to_have_text(
        ["Right lower leg – Mole 3", "Left forearm – Mole 1", "Right cheek – Mole 2"]
    )
    await expect(dialog.locator("img").first).to_have_js_property("complete", True)
    await assert_accessible(widget, "earlier photos, list")
    await dialog.get_by_role("button", name="6 months ago").first.click()

    older = widget.get_by_role("img", name="Earlier photo: Left forearm – lesion – close-up – Mole 1")
    newer = widget.get_by_role("img", name="New photo 1")
    await expect(older).to_be_visible()
    await expect(newer).to_be_visible()
    await assert_accessible(widget, "earlier photos, side by side")
    left, right = await older.bounding_box(), await newer.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"] + 1

    for way in ("Swipe", "Blink", "Side by side"):
        await widget.get_by_role("radio", name=way).check()
        await assert_accessible(widget, f"earlier photos, {way}")

    await widget.get_by_role("button", name="Same lesion again").click()
    await expect(widget.locator(".record-line-text")).to_contain_text("Left forearm – lesion – Mole 1")
    await widget.get_by_role("button", name="Put the earlier photo away").click()
    await expect(older).to_have_count(0)


async def test_the_whole_way_goes_by_keyboard(context: BrowserContext, evolution: Sandbox) -> None:
    widget = await with_a_photo(context, evolution)
    await widget.get_by_role("button", name="Earlier photos (7)").focus()
    await widget.keyboard.press("Enter")
    await expect(widget.get_by_role("heading", name="Earlier photos", exact=True)).to_be_focused()
    await widget.keyboard.press("Tab")
    await widget.keyboard.press("Tab")
    await widget.keyboard.press("Enter")
    group = widget.get_by_role("group", name="Both photos")
    await group.focus()
    await widget.keyboard.press("+")
    await expect(widget.locator(".compared img").first).to_have_attribute(
        "style", re.compile(r"scale\(1\.[1-9]")
    )
    scales = await widget.locator(".compared img").evaluate_all("all => all.map(img => img.style.transform)")
    assert len(set(scales)) == 1


async def test_before_the_first_photo_it_can_be_looked_at_alone(
    context: BrowserContext, evolution: Sandbox
) -> None:
    desk = await context.new_page()
    await desk.goto(f"{evolution.origin}/evolution")
    await open_patient(desk, PATIENT)
    widget = await press_icon(context, desk)
    await widget.get_by_role("button", name="Earlier photos (7)").click()
    await (
        widget.get_by_role("dialog")
        .get_by_role("button", name="2 years ago")
        .or_(widget.get_by_role("dialog").get_by_role("button", name="23 months ago"))
        .first.click()
    )
    await expect(widget.locator(".chosen-alone img")).to_be_visible()
    await assert_accessible(widget, "earlier photo, alone")


async def test_where_medtech_shows_none_it_says_so(context: BrowserContext, evolution: Sandbox) -> None:
    evolution.call("PUT", "/sandbox/settings", {"searchShows": "nothing"})
    try:
        widget = await with_a_photo(context, evolution)
        await widget.get_by_role("button", name="Earlier photos (0)").click()
        await expect(widget.get_by_role("dialog")).to_contain_text(
            "Medtech lists no earlier photos of this patient."
        )
    finally:
        evolution.call("PUT", "/sandbox/settings", {"searchShows": "everything"})
