"""Dates as a clinician types them: the day first in every browser, and a wrong one is said and never filed."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from browser.axe import assert_accessible
from browser.doors import Practice, running_practice, signed_in_on_a_phone
from browser.phones import shot, small_photos
from browser.walks import Start, described, press_file, reviewed
from running import Sandbox

pytestmark = pytest.mark.anyio

YESTERDAY = datetime.now(ZoneInfo("Pacific/Auckland")) - timedelta(days=1)
SPOKEN = f"{YESTERDAY.day} {YESTERDAY:%b %Y}"


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser in US English, whose own date fields put the month first."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    yield context
    await context.close()


async def _wrong(box: Locator, typed: str, sentence: str) -> None:
    """What is typed is wrong, and said so to a screen reader too once the box is left."""
    await box.fill(typed)
    await box.press("Tab")
    await expect(box).to_have_attribute("aria-invalid", "true")
    told = box.page.locator(f"#{await box.get_attribute('aria-describedby')}")
    await expect(told).to_have_attribute("role", "alert")
    await expect(told).to_contain_text(sentence)


async def test_the_date_taken_is_typed_day_first_and_by_keyboard_alone(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    widget = await described(Start(watched, blank, evolution), "Forearm")
    details = widget.get_by_role("region", name="Details")
    change = details.get_by_role("button", name="Change the date taken")
    await change.press("Enter")
    day, time = details.get_by_label("Day taken"), details.get_by_label("Time taken")
    await expect(day).to_be_focused()
    await widget.keyboard.type(f"{YESTERDAY:%d/%m/%Y}")
    await widget.keyboard.press("Tab")
    await expect(time).to_be_focused()
    await time.fill("2:05 pm")
    async with widget.expect_response(lambda reply: reply.request.method == "PATCH") as saved:
        await widget.keyboard.press("Enter")
    assert (await (await saved.value).json())["takenAt"].startswith(f"{YESTERDAY:%Y-%m-%d}T")
    await expect(details.get_by_text(f"{SPOKEN}, 14:05")).to_be_visible()
    await expect(change).to_be_focused()


async def test_a_wrong_date_says_what_is_wrong_and_that_the_photo_keeps_its_own(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    widget = await described(Start(watched, blank, evolution), "Forearm")
    sent: list[str] = []
    widget.on("request", lambda request: sent.append(request.post_data or ""))
    details = widget.get_by_role("region", name="Details")
    had = await details.locator(".taken b").inner_text()
    await details.get_by_role("button", name="Change the date taken").click()
    day, time = details.get_by_label("Day taken"), details.get_by_label("Time taken")
    right = await day.input_value()
    await _wrong(day, "8/13/2026", f"Enter the day first: 13/8/2026? The photo keeps {had}.")
    await _wrong(day, "31/4/2026", "There is no such day")
    await _wrong(day, "last week", "This isn't a date")
    await expect(details.get_by_role("button", name="Done")).to_be_disabled()
    await assert_accessible(widget, "a wrong date taken")
    await day.fill(right)
    await _wrong(
        time,
        "25:00",
        f"This isn't a time. Enter hours and minutes, such as 14:05 or 2:05 pm. The photo keeps {had}.",
    )
    await time.fill("00:00")
    await day.fill("1/1/2199")
    await day.press("Tab")
    await expect(details.get_by_role("alert")).to_contain_text("This is in the future")
    assert not [each for each in sent if "takenAt" in each]


# As a program fills a form: nothing is drawn between the two boxes.
_AT_ONCE = """([day, time, typedDay, typedTime]) => {
  for (const [box, typed] of [[day, typedDay], [time, typedTime]]) {
    box.value = typed;
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}"""


async def test_a_day_and_a_time_that_come_at_once_are_both_kept(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    widget = await described(Start(watched, blank, evolution), "Forearm")
    details = widget.get_by_role("region", name="Details")
    await details.get_by_role("button", name="Change the date taken").click()
    day, time = details.get_by_label("Day taken"), details.get_by_label("Time taken")
    both = f"{YESTERDAY:%Y-%m-%d}T01:05"
    async with widget.expect_request(lambda request: both in (request.post_data or "")):
        boxes = [await day.element_handle(), await time.element_handle()]
        await widget.evaluate(_AT_ONCE, [*boxes, f"{YESTERDAY:%d/%m/%Y}", "1:05 am"])
    await expect(day).to_have_value(f"{YESTERDAY:%d/%m/%Y}")


async def test_a_task_is_filed_only_with_a_day_that_was_understood(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    widget = await reviewed(Start(watched, blank, evolution), "Forearm")
    review = widget.get_by_role("dialog", name="Review before filing")
    await review.get_by_role("checkbox", name="Create a task").check()
    due = review.get_by_role("textbox", name="Due")
    await _wrong(due, "12/31/2030", "Enter the day first: 31/12/2030?")
    await expect(review.get_by_role("status").last).to_contain_text(
        "Correct the day on which the task is due"
    )
    await widget.keyboard.press("Control+Enter")
    await expect(review).to_be_visible()
    await assert_accessible(widget, "a wrong due date")
    await _wrong(due, "1/1/2020", "This day is over")
    assert evolution.resources() == []
    await review.get_by_role("button", name="In 1 week").click()
    soon = datetime.now(ZoneInfo("Pacific/Auckland")) + timedelta(days=7)
    await expect(due).to_have_value(f"{soon:%d/%m/%Y}")
    await expect(due).to_have_attribute("aria-invalid", "false")
    await due.fill("31/12/2030")
    await press_file(widget)
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()
    steps = widget.get_by_role("region", name="Message and task")
    await expect(steps).to_contain_text("due 31 Dec 2030")
    await expect(steps).to_contain_text("Sent at")
    [task] = [each["resource"] for each in evolution.resources() if each["resourceType"] == "Task"]
    assert task["restriction"]["period"]["end"] == "2030-12-31"


async def test_a_phone_reads_the_birth_date_and_the_due_date_in_the_same_way(
    context: BrowserContext, tmp_path: Path
) -> None:
    async with running_practice(tmp_path / "gateway") as practice:
        page = await _on_the_phone(context, practice)
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.get_by_label("Choose photos").set_input_files(shot(small_photos(1)[0]))
        await page.get_by_role("button", name="Forearm").first.click()
        await page.get_by_role("button", name="Send 1 photo").click()
        await page.get_by_role("button", name="Review and file").click()
        await page.get_by_role("checkbox", name="Create a task").check()
        await page.get_by_label("Task for").select_option(index=1)
        await _wrong(
            page.get_by_role("textbox", name="Due"), "12/31/2030", "Enter the day first: 31/12/2030?"
        )
        await expect(page.get_by_role("button", name="File 1 photo to record")).to_be_disabled()
        await assert_accessible(page, "a wrong due date on a phone")
        await page.get_by_role("textbox", name="Due").fill("31122030")
        await page.get_by_role("button", name="File 1 photo to record").click()
        await expect(page.get_by_text("Task created")).to_be_visible()
        [task] = [
            each["resource"] for each in practice.desk.sandbox.resources() if each["resourceType"] == "Task"
        ]
        assert task["restriction"]["period"]["end"] == "2030-12-31"


async def _on_the_phone(context: BrowserContext, practice: Practice) -> Page:
    page = await signed_in_on_a_phone(context, practice)
    await page.get_by_label("Patient's NHI").fill("ZZZ0016")
    await page.get_by_label("Patient's date of birth").fill("07081965")
    await page.get_by_role("button", name="Find patient").click()
    await page.get_by_role("button", name="This is my patient").click()
    await expect(page.get_by_text("ZZZ0016").first).to_be_visible()
    return page
