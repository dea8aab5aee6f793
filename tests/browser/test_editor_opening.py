"""Before the editor opens: what it costs the first screen, how its library comes, and what can't be edited."""

import asyncio
import re
from fnmatch import fnmatch

import pytest
from playwright.async_api import BrowserContext, FilePayload, Page, Route, expect

from bench.web import STATIC, first_screen, first_screen_kilobytes, loaded_with
from browser.editing import launched, opened
from browser.test_journey import open_patient, press_icon
from browser.walks import held
from containers import document_pdf

pytestmark = pytest.mark.anyio

EDITOR = "**/assets/Editor-*.js"
MOST_KB = 60.0


async def test_a_pdf_says_why_it_cannot_be_edited(context: BrowserContext, desk: Page) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(context, desk)
    letter = FilePayload(name="letter.pdf", mimeType="application/pdf", buffer=document_pdf())
    await widget.get_by_label("Add photos").first.set_input_files([letter])
    edit = widget.get_by_role("button", name="Edit")
    await expect(edit).to_have_attribute("aria-disabled", "true")
    await expect(edit).to_have_accessible_description(re.compile("A PDF can't be edited"))
    await widget.get_by_role("button", name="Previous photo").focus()
    await widget.keyboard.press("e")
    await expect(widget.get_by_text("A PDF can't be edited")).to_be_visible()
    await expect(widget.get_by_role("application")).to_be_hidden()


async def test_the_canvas_library_is_fetched_when_the_editor_is_opened_and_not_before(
    context: BrowserContext, desk: Page
) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    widget = await launched(context, desk, width=640, height=480)
    first, dialogs, board = (
        set(first_screen("desktop")),
        set(loaded_with("Dialogs-*.js")),
        set(loaded_with("Board-*.js")),
    )
    # The dialogs come right after the desk is drawn; what is only for drawing does not.
    async with asyncio.timeout(20):
        while not dialogs | board <= set(asked):  # noqa: ASYNC110 - Playwright has no event for several requests
            await asyncio.sleep(0.05)
    assert {name for name in asked if name in _scripts()} == first | board | dialogs
    assert not any(b"Konva" in _scripts()[name] for name in first | board | dialogs)
    await opened(widget)
    later = {name for name in asked if name in _scripts()} - first - board - dialogs
    assert any(b"Konva" in _scripts()[name] for name in later)


async def test_a_dialog_whose_code_comes_late_opens_when_it_is_there(
    context: BrowserContext, desk: Page
) -> None:
    await open_patient(desk, "TESTING")
    come = asyncio.Event()

    async def late(route: Route) -> None:
        await come.wait()
        await route.continue_()

    await context.route("**/assets/Dialogs-*.js", late)
    widget = await press_icon(context, desk)
    await widget.get_by_role("button", name="Keyboard help").click()
    come.set()
    dialog = widget.get_by_role("dialog", name="Keyboard")
    await expect(dialog.get_by_role("heading", name="Editing")).to_be_visible()
    await widget.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_an_editor_whose_code_comes_late_opens_when_it_is_there_and_not_after_it_was_closed(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk, width=640, height=480)
    # A handler that waited itself would hold up the browser's end if this test failed.
    await context.route(EDITOR, held)
    edit = widget.get_by_role("button", name="Edit", exact=True)
    await edit.click()
    await expect(widget.get_by_text("Opening the editor…")).to_be_visible()
    await widget.get_by_role("button", name="Close", exact=True).click()
    await expect(edit).to_be_focused()
    await edit.click()
    await expect(widget.get_by_text("Opening the editor…")).to_be_visible()
    await widget.keyboard.press("Escape")
    await expect(widget.get_by_role("dialog")).to_have_count(0)

    # This releases whatever still waits.
    async with widget.expect_event("requestfinished", lambda request: fnmatch(request.url, EDITOR)):
        await context.unroute(EDITOR)
    await expect(widget.get_by_role("dialog")).to_have_count(0)
    await opened(widget)


async def test_an_editor_whose_code_did_not_come_opens_whole_at_the_next_try(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk, width=640, height=480)
    await context.route(EDITOR, lambda route: route.abort())
    await widget.get_by_role("button", name="Edit", exact=True).click()
    again = widget.get_by_role("log", name="Messages").get_by_role("button", name="Try again")
    await expect(again).to_be_visible()
    await context.unroute(EDITOR)
    await again.click()
    await expect(widget.get_by_role("application")).to_be_focused()
    await expect(widget.locator(".bench-head")).to_have_css("display", "flex")


async def test_an_editor_whose_code_never_came_is_had_by_a_new_page_that_keeps_the_pictures(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk, width=640, height=480)
    await context.route(EDITOR, lambda route: route.abort())
    await widget.get_by_role("button", name="Edit", exact=True).click()
    messages = widget.get_by_role("log", name="Messages")
    await messages.get_by_role("button", name="Try again").click()
    reload = messages.get_by_role("button", name="Reload")
    await expect(reload).to_be_visible()
    await context.unroute(EDITOR)
    widget.on("dialog", lambda asked: asked.accept())
    async with widget.expect_event("load"):
        await reload.click()
    await expect(messages).to_be_empty()
    await expect(widget.get_by_text("Photo 1 of 1")).to_be_visible()
    await opened(widget)


def _scripts() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (STATIC / "assets").glob("*.js")}


def test_the_desktops_first_screen_is_at_most_60_kb_and_has_no_canvas_library() -> None:
    assert 10.0 < first_screen_kilobytes("desktop") <= MOST_KB
    first = first_screen("desktop")
    assert not any(b"Konva" in script for script in first.values())
    assert any(b"Konva" in script for name, script in _scripts().items() if name not in first)
