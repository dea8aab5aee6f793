"""The editor by keyboard alone, by pressing alone, to a screen reader and on the smallest screen."""

import re

import pytest
from playwright.async_api import BrowserContext, Page, expect

from browser.axe import assert_accessible
from browser.editing import drawn, editor, images, launched, opened, said, tool
from browser.settling import comes_to, try_each

pytestmark = pytest.mark.anyio

TREE = """
- dialog "Edit photo 1":
  - heading "Edit photo 1" [level=2]
  - button "Undo"
  - button "Redo" [disabled]
  - button "Reset"
  - group "View":
    - button "Zoom out" [disabled]
    - button "100 %, show the whole photo": 100 %
    - button "Zoom in"
  - button "Cancel"
  - button "Save as a copy"
  - toolbar "Tools":
    - button "Select"
    - button "Crop"
    - button "Arrow" [pressed]
    - button "Circle"
    - button "Draw"
    - button "Text"
    - button "Blur"
  - application "Photo"
  - paragraph: /Enter places a mark in the middle.*Delete deletes it; M goes to the next mark/
  - group "Options":
    - group "Colour":
      - button "Yellow" [pressed]
      - button "Cyan"
      - button "White"
      - button "Red"
      - button "Black"
    - group "Size":
      - button "Thin"
      - button "Medium" [pressed]
      - button "Thick"
    - button "Delete"
    - group "Move the mark":
      - button "Up"
      - button "Down"
      - button "Left"
      - button "Right"
      - button "Smaller"
      - button "Larger"
  - list "Drawn so far":
    - listitem:
      - button "1. Arrow" [pressed]
  - status: Arrow added.
"""


async def test_the_editor_works_by_keyboard_alone_and_asks_before_losing_anything(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk)
    picture = await opened(widget)
    await widget.keyboard.press("a")
    await widget.keyboard.press("Enter")
    marks = drawn(widget)
    await expect(marks).to_have_text(["1. Arrow"])
    for key in ("ArrowRight", "+", "]"):
        await widget.keyboard.press(key)
    await said(widget, "Arrow: ")
    await widget.keyboard.press("t")
    await widget.keyboard.press("Enter")
    await expect(widget.get_by_label("Text", exact=True)).to_be_focused()
    await widget.keyboard.type("Grown since May")
    await expect(marks).to_have_text(["1. Arrow", "2. Text: Grown since May"])
    await picture.focus()
    await widget.keyboard.press("m")
    await said(widget, "Arrow, 1 of 2.")
    await expect(marks.nth(0)).to_have_attribute("aria-pressed", "true")
    await widget.keyboard.press("Shift+M")
    await said(widget, "Text: Grown since May, 2 of 2.")
    await picture.focus()
    await widget.keyboard.press("Delete")
    await expect(marks).to_have_text(["1. Arrow"])
    await said(widget, "deleted")

    await widget.keyboard.press("z")
    await said(widget, "Enlarged to 140 %.")
    await widget.keyboard.press("+")
    await said(widget, "Enlarged to 196 %.")
    await widget.keyboard.press("0")
    await said(widget, "The whole photo is shown.")

    await widget.keyboard.press("Escape")
    question = widget.get_by_role("alertdialog", name="Leave without saving?")
    await expect(question.get_by_role("button", name="Keep editing")).to_be_focused()
    for _ in range(3):
        await widget.keyboard.press("Tab")
        await expect(tool(widget, "Arrow")).not_to_be_focused()
    await question.get_by_role("button", name="Keep editing").focus()
    await widget.keyboard.press("Escape")
    await expect(question).to_be_hidden()
    await expect(picture).to_be_focused()
    await widget.get_by_role("button", name="Cancel").press("Enter")
    await question.get_by_role("button", name="Discard changes").press("Enter")
    await expect(picture).to_be_hidden()
    assert len(await images(widget)) == 1

    await opened(widget)
    await widget.keyboard.press("Escape")
    await expect(picture).to_be_hidden()


async def test_everything_in_the_editor_has_a_name_and_nothing_is_out_of_reach_for_assistive_technology(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk, width=640, height=480)
    picture = await opened(widget)
    await expect(picture).to_have_accessible_description(re.compile("Arrow keys move it"))
    await assert_accessible(widget, "editor, opened")
    await widget.keyboard.press("a")
    await widget.keyboard.press("Enter")
    await expect(editor(widget)).to_match_aria_snapshot(TREE)
    await tool(widget, "Crop").click()
    await widget.get_by_label("Shape").select_option("Square")
    await assert_accessible(widget, "editor, cropping")
    await tool(widget, "Text").click()
    await widget.get_by_role("button", name="Place in the middle").click()
    await widget.get_by_role("button", name="Zoom in").click()
    await assert_accessible(widget, "editor, words, enlarged")
    # A window of 1280 × 1024 enlarged four times: nothing lies over anything else or beside the page.
    await widget.set_viewport_size({"width": 320, "height": 256})
    await try_each(editor(widget).get_by_role("button", disabled=False))
    assert await comes_to(
        editor(widget), "(dialog) => dialog.firstElementChild.scrollWidth <= dialog.clientWidth"
    )
    await widget.get_by_role("button", name="Cancel").click()
    await expect(widget.get_by_role("alertdialog")).to_be_visible()
    await assert_accessible(widget, "editor, leaving")


async def test_in_a_narrow_panel_and_with_text_twice_as_large_every_tool_and_option_is_in_sight(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk)
    await opened(widget)
    await widget.set_viewport_size({"width": 420, "height": 800})
    await widget.keyboard.press("t")
    await widget.get_by_role("button", name="Place in the middle").click()
    await widget.keyboard.insert_text("Itchy at times. " * 5)
    await expect(widget.get_by_role("alert")).to_contain_text("at most 80 characters")
    await widget.keyboard.press("Enter")
    await expect(widget.get_by_role("alert").filter(has_text="80 characters")).to_have_count(0)
    for button in await widget.get_by_role("group", name="Options").get_by_role("button").all():
        await expect(button).to_be_in_viewport(ratio=1)
    head = widget.locator(".bench-head")
    assert await head.evaluate("head => head.offsetHeight") < 110  # two lines
    # In units of text, what 1280 × 800 is with text at 200 %.
    await widget.set_viewport_size({"width": 640, "height": 400})
    for name in ("Select", "Crop", "Arrow", "Circle", "Draw", "Text", "Blur"):
        await expect(tool(widget, name)).to_be_in_viewport(ratio=1)


async def test_whoever_can_only_press_places_moves_and_sizes_a_mark_without_dragging(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk, width=640, height=480)
    await opened(widget)
    await tool(widget, "Circle").click()
    await widget.get_by_role("button", name="Place in the middle").click()
    await expect(drawn(widget)).to_have_text(["1. Circle"])
    pad = widget.get_by_role("group", name="Move the mark")
    await pad.get_by_role("button", name="Right").click()
    await said(widget, "Circle: 53 % across, 50 % down.")
    await pad.get_by_role("button", name="Larger").click()
    undo = widget.get_by_role("button", name="Undo")
    for _ in range(3):
        await undo.press("Enter")
    await expect(drawn(widget)).to_have_count(0)
    await expect(undo).to_be_disabled()
    # The button that was pressed is off; the focus went to the photo and not to nowhere.
    await expect(widget.get_by_role("application")).to_be_focused()
