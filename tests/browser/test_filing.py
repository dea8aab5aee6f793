"""From the review to the receipt in real Chromium, while ALEX misbehaves as the sandbox is told to."""

import asyncio
import io
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, FilePayload, Locator, Page, expect

from browser.test_journey import open_patient, press_icon
from image_files import make_jpeg
from running import Sandbox
from titles import line_of

pytestmark = pytest.mark.anyio

ANSWER = 60_000  # milliseconds that a fault may take to be overcome


async def launched(context: BrowserContext, desk: Page) -> Page:
    await open_patient(desk, "TESTING")
    return await press_icon(context, desk)


async def add(widget: Page, *sites: str) -> None:
    """Add one photo for each body site, and say where it is."""
    for number, site in enumerate(sites):
        content = make_jpeg(width=1200, height=900, seed=number + 1)
        picture = FilePayload(name=f"{number}.jpg", mimeType="image/jpeg", buffer=content)
        await widget.get_by_label("Add photos").first.set_input_files([picture])
        await expect(widget.get_by_text("Needs body site")).to_be_visible()
        await widget.get_by_text(site, exact=True).click()
        await expect(widget.get_by_text("Needs body site")).to_be_hidden()


async def review(widget: Page) -> Locator:
    await widget.get_by_role("button", name=re.compile(r"File \d+ photos? to record")).click()
    opened = widget.get_by_role("dialog", name="Review before filing")
    await expect(opened).to_be_visible()
    return opened


async def press_file(widget: Page) -> None:
    await (await review(widget)).get_by_role("button", name="File to record").click()


def ask_for(evolution: Sandbox, *faults: dict[str, object]) -> None:
    evolution.call("PUT", "/sandbox/faults", {"faults": list(faults)})


async def test_the_review_shows_what_will_be_written_and_files_only_what_is_ticked(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand", "Back")
    opened = await review(widget)
    rows = opened.get_by_role("list", name="Photos to file").get_by_role("listitem")
    await expect(rows.first).to_contain_text("of 1 MB. Unchanged, 1200 × 900.")
    await opened.get_by_role("checkbox", name="File Hand").uncheck()
    await opened.get_by_role("button", name="File to record").click()
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()
    assert [line_of(each) for each in evolution.resources()] == ["Back"]


async def test_what_failed_is_listed_in_plain_words_and_retried_alone(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand", "Back")
    ask_for(evolution, {"kind": "403", "times": 1, "method": "POST", "resource": "DocumentReference"})
    await press_file(widget)
    await expect(widget.get_by_role("heading", name="1 of 2 photos was not filed")).to_be_visible()
    # The details behind the dialog say the same of the photo selected there.
    failed = widget.get_by_role("dialog").get_by_role("region", name="Not filed")
    await expect(failed).to_contain_text("Medtech does not permit ClinicPro Images to do this")
    await failed.get_by_role("button", name="Retry these").click()
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()
    lines = sorted(line_of(each) for each in evolution.resources())
    assert lines == ["Back", "Hand"]


@pytest.mark.parametrize(("answer", "documents"), [("It is in the inbox", 1), ("Send again", 2)])
async def test_where_nobody_can_look_the_clinician_is_asked_and_decides(
    context: BrowserContext, desk: Page, evolution: Sandbox, answer: str, documents: int
) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand")
    ask_for(
        evolution,
        {"kind": "500", "times": 1, "method": "POST", "resource": "DocumentReference", "afterWrite": True},
        {"kind": "403", "method": "GET", "resource": "DocumentReference"},
    )
    await press_file(widget)
    asks = widget.get_by_role("region", name="Please check in Evolution")
    await expect(asks).to_contain_text("Open the patient's inbox in Evolution and look", timeout=ANSWER)
    await asks.get_by_role("button", name=answer).click()
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()
    assert len(evolution.resources()) == documents


async def test_progress_survives_a_reload(context: BrowserContext, desk: Page, evolution: Sandbox) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand")
    ask_for(evolution, {"kind": "503", "method": "POST", "resource": "DocumentReference"})
    await press_file(widget)
    await expect(widget.get_by_role("heading", name="Filing 1 photo…")).to_be_visible()
    widget.on("dialog", lambda dialog: dialog.accept())
    await widget.reload()
    await widget.get_by_role("button", name="Show progress").click()
    await expect(widget.get_by_role("heading", name="Filing 1 photo…")).to_be_visible()
    ask_for(evolution)
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible(
        timeout=ANSWER
    )
    assert len(evolution.resources()) == 1


async def test_two_tabs_of_one_session_that_press_at_once_file_once(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    first = await launched(context, desk)
    await add(first, "Hand")
    second = await context.new_page()
    await second.goto(first.url)
    for tab in (first, second):
        await review(tab)
    # Not Playwright's click, which waits until a button may be pressed: the two presses have to meet.
    press = "() => document.querySelector('dialog[open] .button.primary').click()"
    await asyncio.gather(first.evaluate(press), second.evaluate(press))
    for tab in (first, second):
        await expect(tab.get_by_text("1 filed")).to_be_visible()
    assert len(evolution.resources()) == 1


# As a program does that fills in forms: a choice, a tick and a date, all before the page is painted again.
_AT_ONCE = """([task, who, due]) => {
  const change = (element) => {
    element.dispatchEvent(new Event("input", { bubbles: true }));
    element.dispatchEvent(new Event("change", { bubbles: true }));
  };
  who.selectedIndex = 1;
  change(who);
  due.value = "1/12/2030";
  change(due);
  task.click();
}"""


async def test_what_is_entered_before_the_page_is_drawn_again_is_kept(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand")
    opened = await review(widget)
    task = opened.get_by_role("checkbox", name="Create a task")
    message = opened.get_by_role("checkbox", name="Send a message to a provider's inbox")
    await task.check()
    who, due = opened.get_by_label("Task for", exact=True), opened.get_by_label("Due")
    await widget.evaluate(_AT_ONCE, [await each.element_handle() for each in (message, who, due)])
    await expect(message).to_be_checked()
    await expect(opened.get_by_label("Message to", exact=True)).to_be_visible()
    await expect(due).to_have_value("1/12/2030")
    await expect(who).not_to_have_value("")


async def test_a_message_and_a_task_go_with_the_pictures_and_a_lost_answer_is_asked_about(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand")
    opened = await review(widget)
    await opened.get_by_role("checkbox", name="Send a message to a provider's inbox").check()
    await expect(opened.get_by_role("status").last).to_contain_text("Choose who gets the message")
    await opened.get_by_label("Message to", exact=True).select_option(index=1)
    await opened.get_by_label("Message", exact=True).fill("Please have a look")
    await opened.get_by_role("checkbox", name="Create a task").check()
    await opened.get_by_label("Task for", exact=True).select_option(index=1)
    await opened.get_by_label("Due").fill("1/12/2030")
    fault = {"kind": "500", "times": 1, "method": "POST", "resource": "Communication", "afterWrite": True}
    ask_for(evolution, fault)
    await opened.get_by_role("button", name="File to record").click()
    steps = widget.get_by_role("region", name="Message and task")
    await expect(steps).to_contain_text("Check in Evolution whether the message is there", timeout=ANSWER)
    await expect(steps).to_contain_text("due 1 Dec 2030")
    await steps.get_by_role("button", name="The message is there").click()
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()
    types = sorted(each["resourceType"] for each in evolution.resources())
    assert types == ["Communication", "DocumentReference", "Task"]


async def test_the_receipt_offers_what_was_filed_for_a_referral(
    context: BrowserContext, desk: Page, evolution: Sandbox, tmp_path: Path
) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand")
    opened = await review(widget)
    await opened.get_by_role("button", name="File to record").click()
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()
    [document] = evolution.resources()
    await expect(widget.get_by_role("region", name="Receipt")).to_contain_text(document["id"])
    pack = widget.get_by_role("region", name="For a referral")
    async with widget.expect_download() as saving:
        await pack.get_by_role("button", name="Save for e-referral: Hand").click()
    saved = await saving.value
    assert saved.suggested_filename.startswith("Hand")
    assert not re.search(r"ZZZ0016|TESTING", saved.suggested_filename)
    await saved.save_as(tmp_path / "copy.jpg")
    content = (tmp_path / "copy.jpg").read_bytes()
    assert len(content) < 500_000
    assert Image.open(io.BytesIO(content)).format == "JPEG"
    async with widget.expect_download() as saving:
        await pack.get_by_role("button", name="Save the photo (ZIP)").click()
    await (await saving.value).save_as(tmp_path / "pack.zip")
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        assert sum(name.endswith(".jpg") for name in archive.namelist()) == 1

    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    await pack.get_by_role("button", name="Copy for e-referral: Hand").click()
    await expect(pack.get_by_role("button", name="Copied")).to_be_visible()
    kinds = await widget.evaluate("async () => (await navigator.clipboard.read()).flatMap(i => i.types)")
    assert kinds == ["image/png"]
    kept = await widget.evaluate("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
    assert "Hand" not in kept


async def test_the_referral_pack_grows_with_what_is_filed(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    widget = await launched(context, desk)
    await add(widget, "Forearm", "Hand")
    # The answer to one photo is lost: the other is in the record, and its pack shown, some seconds earlier.
    ask_for(
        evolution,
        {"method": "POST", "resource": "DocumentReference", "kind": "close", "afterWrite": True, "times": 1},
    )
    await press_file(widget)
    await expect(widget.get_by_role("button", name="Done")).to_be_visible(timeout=ANSWER)
    await expect(widget.get_by_role("button", name="Save all 2 (ZIP)")).to_be_visible(timeout=ANSWER)
    await expect(widget.locator(".referral-files > li")).to_have_count(2)
