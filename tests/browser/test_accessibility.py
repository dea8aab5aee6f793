"""Every state of the desk, in Chromium's own eyes and axe-core's: no violation, light and dark, no policy broken."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Page, expect

from browser.axe import assert_accessible
from browser.test_journey import open_patient, press_icon
from photos import photo_jpeg
from running import Sandbox

pytestmark = pytest.mark.anyio

Walk = Callable[[Page, BrowserContext, Page], Awaitable[Page]]


@pytest.fixture
async def watched(context: BrowserContext) -> AsyncIterator[BrowserContext]:
    """A browser in which a breach of the Content-Security-Policy fails the test."""
    breaches: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            breaches.append(said.text)

    context.on("console", hear)
    yield context
    assert breaches == []


async def add(widget: Page, count: int) -> None:
    """Add so many small pictures and wait until all stand there."""
    files = [
        {
            "name": f"{each}.jpg",
            "mimeType": "image/jpeg",
            "buffer": photo_jpeg(width=64, height=48, seed=each),
        }
        for each in range(count)
    ]
    await widget.get_by_label("Add pictures").first.set_input_files(files)  # type: ignore[arg-type]
    await expect(widget.locator(".thumbs li[data-id]")).to_have_count(count)


async def describe(widget: Page) -> None:
    """Say the body site of the picture that is shown."""
    await widget.get_by_role("button", name="Forearm", exact=True).click()
    await expect(widget.get_by_text("Saved", exact=True)).to_be_visible()


async def empty(widget: Page, _context: BrowserContext, _desk: Page) -> Page:
    await expect(widget.get_by_text("Drop pictures here")).to_be_visible()
    return widget


async def one(widget: Page, _context: BrowserContext, _desk: Page) -> Page:
    await add(widget, 1)
    await describe(widget)
    return widget


async def search(widget: Page, _context: BrowserContext, _desk: Page) -> Page:
    await add(widget, 1)
    await widget.get_by_role("combobox", name="Search body sites").fill("arm")
    await expect(widget.get_by_role("listbox")).to_be_visible()
    return widget


async def twenty(widget: Page, _context: BrowserContext, _desk: Page) -> Page:
    await add(widget, 20)
    await describe(widget)
    await widget.keyboard.press("Escape")
    await widget.keyboard.press("Control+a")
    await expect(widget.get_by_text("20 of 20 selected")).to_be_visible()
    await widget.get_by_role("button", name="Show as a strip").click()
    return widget


async def review(widget: Page, context: BrowserContext, desk: Page) -> Page:
    await one(widget, context, desk)
    await widget.keyboard.press("Control+Enter")
    await expect(widget.get_by_role("dialog", name="Review before filing")).to_be_visible()
    return widget


async def receipt(widget: Page, context: BrowserContext, desk: Page) -> Page:
    await review(widget, context, desk)
    await widget.get_by_role("button", name="File to record", exact=True).click()
    await expect(widget.get_by_role("heading", name="Filed in the record")).to_be_visible()
    return widget


async def help_sheet(widget: Page, context: BrowserContext, desk: Page) -> Page:
    await empty(widget, context, desk)
    await widget.keyboard.press("?")
    await expect(widget.get_by_role("dialog", name="Keyboard")).to_be_visible()
    return widget


async def phone_panel(widget: Page, context: BrowserContext, desk: Page) -> Page:
    await empty(widget, context, desk)
    await widget.keyboard.press("p")
    await expect(widget.get_by_role("img", name="QR code")).to_be_visible()
    return widget


async def no_session(widget: Page, context: BrowserContext, _desk: Page) -> Page:
    await context.clear_cookies()
    await widget.reload()
    await expect(widget.get_by_role("heading", name="Open a patient in Evolution")).to_be_visible()
    return widget


async def session_changed(widget: Page, context: BrowserContext, desk: Page) -> Page:
    await empty(widget, context, desk)
    await desk.bring_to_front()
    await open_patient(desk, "Kōpua")
    await press_icon(context, desk)
    await widget.bring_to_front()
    await widget.get_by_label("Add pictures").first.set_input_files(
        {"name": "1.jpg", "mimeType": "image/jpeg", "buffer": photo_jpeg(width=64, height=48)}
    )
    await expect(widget.get_by_role("alert")).to_be_visible()
    return widget


async def error_page(widget: Page, _context: BrowserContext, _desk: Page) -> Page:
    await widget.goto(f"{widget.url.rstrip('/')}/launch?context=x&signature=y")
    await expect(widget.get_by_role("heading", level=1)).to_be_visible()
    return widget


async def evolution_desktop(_widget: Page, _context: BrowserContext, desk: Page) -> Page:
    await desk.bring_to_front()
    return desk


STATES: list[Walk] = [
    empty, one, search, twenty, review, receipt, help_sheet, phone_panel, no_session, session_changed, error_page,
    evolution_desktop,
]  # fmt: skip


@pytest.mark.parametrize("walk", STATES, ids=lambda walk: walk.__name__)
async def test_nothing_stands_in_anybodys_way(watched: BrowserContext, desk: Page, walk: Walk) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(watched, desk)
    await assert_accessible(await walk(widget, watched, desk), walk.__name__)


async def test_three_photos_are_filed_with_the_keyboard_alone(
    watched: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(watched, desk)
    keys = widget.keyboard
    await add(widget, 3)
    await expect(widget.get_by_text("Picture 1 of 3")).to_be_visible()
    await keys.press("Enter")
    for number, (typed, line) in enumerate(
        [("left shin", "Left shin"), ("l armpit", "Left axilla"), ("tummy", "Abdomen")], start=1
    ):
        await keys.type(typed)
        await expect(widget.get_by_role("option").first).to_have_attribute("aria-selected", "true")
        await keys.press("Enter")
        stage = widget.get_by_role("region", name="Selected picture")
        await expect(stage).to_contain_text(f"Picture {number} of 3")
        await expect(stage).to_contain_text(line)
        await keys.press("PageDown")
    await keys.press("Control+Enter")
    review = widget.get_by_role("dialog", name="Review before filing")
    await expect(review).to_match_aria_snapshot(
        """
        - dialog "Review before filing":
          - heading "Review before filing" [level=2]
          - list "Pictures to file":
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
    await expect(widget.get_by_role("region", name="Receipt").get_by_role("listitem")).to_have_count(3)
    filed = [each["resource"]["description"] for each in evolution.resources()]
    assert sorted(filed) == ["Abdomen", "Left axilla", "Left shin"]
    await keys.press("Escape")
    await expect(widget.get_by_role("dialog")).to_have_count(0)
    await expect(widget.locator(":focus")).to_have_count(1)


async def test_the_desk_reads_to_a_screen_reader_as_what_it_is(watched: BrowserContext, desk: Page) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(watched, desk)
    await one(widget, watched, desk)
    await expect(widget.locator("body")).to_match_aria_snapshot(
        """
        - banner:
          - heading /TESTING/ [level=1]
        - main:
          - region "Pictures":
            - list:
              - listitem:
                - button /Picture 1.*Ready/
          - region "Selected picture":
            - paragraph: Picture 1 of 1
            - group /Picture 1 enlarged to 100 %/:
              - img "Picture 1"
          - region "Details":
            - heading "Details" [level=2]
            - group "Common body sites":
              - button "Forearm" [pressed]
            - combobox "Search body sites"
            - group "Side"
            - group "View"
            - group "Type"
            - textbox "Label"
        - contentinfo:
          - button "File 1 picture to record"
        """
    )


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
    assert await tiles.evaluate_all("tiles => tiles.map((tile) => tile.dataset.id)") == expected
    widget.on("dialog", lambda asked: asked.accept())
    await widget.reload()
    await expect(tiles).to_have_count(3)
    assert await tiles.evaluate_all("tiles => tiles.map((tile) => tile.dataset.id)") == expected


async def test_a_picture_is_enlarged_under_the_pointer_and_comes_in_full_resolution(
    watched: BrowserContext, desk: Page
) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(watched, desk)
    await add(widget, 1)
    frame = widget.get_by_role("group", name="enlarged to 100 %")
    await frame.hover()
    async with widget.expect_response(lambda reply: "size=full" in reply.url):
        await widget.mouse.wheel(0, -400)
    await expect(widget.locator(".large-picture")).to_have_attribute("src", re.compile("size=full"))
    await widget.get_by_role("group", name="enlarged to").focus()
    await widget.keyboard.press("0")
    await expect(frame).to_be_visible()
