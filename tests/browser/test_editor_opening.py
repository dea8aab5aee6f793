"""Before the editor opens: what it costs the first screen, how its library comes, and what can't be edited."""

import re

import pytest
from playwright.async_api import BrowserContext, FilePayload, Page, expect

from bench.web import STATIC, first_screen, script_kilobytes
from browser.editing import launched, opened
from browser.test_journey import open_patient, press_icon
from containers import document_pdf

pytestmark = pytest.mark.anyio

MOST_JAVASCRIPT_KB = 90.0


async def test_a_pdf_says_why_it_cannot_be_edited(context: BrowserContext, desk: Page) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(context, desk)
    letter = FilePayload(name="letter.pdf", mimeType="application/pdf", buffer=document_pdf())
    await widget.get_by_label("Add pictures").first.set_input_files([letter])
    edit = widget.get_by_role("button", name="Edit")
    await expect(edit).to_have_attribute("aria-disabled", "true")
    await expect(edit).to_have_accessible_description(re.compile("A PDF can't be edited"))
    await widget.get_by_role("button", name="Previous picture").focus()
    await widget.keyboard.press("e")
    await expect(widget.get_by_text("A PDF can't be edited")).to_be_visible()
    await expect(widget.get_by_role("application")).to_be_hidden()


async def test_the_canvas_library_is_fetched_when_the_editor_is_opened_and_not_before(
    context: BrowserContext, desk: Page
) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    widget = await launched(context, desk, width=640, height=480)
    first = set(first_screen("desktop"))
    assert {name for name in asked if name in _scripts()} == first
    await opened(widget)
    later = {name for name in asked if name in _scripts()} - first
    assert any(b"Konva" in _scripts()[name] for name in later)


def _scripts() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (STATIC / "assets").glob("*.js")}


def test_the_desktops_first_screen_needs_at_most_90_kb_of_javascript_and_no_canvas_library() -> None:
    assert 10.0 < script_kilobytes("desktop") <= MOST_JAVASCRIPT_KB
    first = first_screen("desktop")
    assert not any(b"Konva" in script for script in first.values())
    assert any(b"Konva" in script for name, script in _scripts().items() if name not in first)
