"""Every state of every page, in axe-core's eyes and a screen reader's: no violation, light and dark, no policy broken."""

import re
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from browser.axe import assert_accessible
from browser.desk_states import DESK
from browser.editor_states import EDITOR
from browser.guard_states import GUARDS
from browser.panel_states import PANELS
from browser.settling import FITS, comes_to
from browser.walks import SLOW, Start, State
from running import Sandbox

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
STATES = [*DESK, *EDITOR, *GUARDS, *PANELS]


@pytest.mark.parametrize("state", STATES, ids=[state.name for state in STATES])
async def test_nothing_stands_in_anybodys_way(
    watched: BrowserContext, blank: Page, evolution: Sandbox, state: State
) -> None:
    if state.in_evolution:
        await blank.goto(f"{evolution.origin}/evolution")
    page = await state.walk(Start(watched, blank, evolution))
    if state.reads:
        shown = page.frame_locator(state.within) if state.within else page
        await expect(shown.locator("body")).to_match_aria_snapshot(state.reads)
    await assert_accessible(page, state.name)
    # A window of 1280 × 1024 enlarged four times (WCAG 1.4.10).
    await page.set_viewport_size({"width": 320, "height": 256})
    for frame in page.frames:
        assert await comes_to(frame, FITS), frame.url
    if state.still_filing:
        evolution.call("DELETE", "/sandbox/faults")
        await expect(page.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible(
            timeout=SLOW
        )


def parts_of_the_code() -> set[str]:
    """Every dialog, every phase of the page, every step of filing, and every page that the servers make themselves."""
    widget = ROOT / "widget" / "src"
    dialogs = {
        file.stem
        for file in widget.rglob("*.tsx")
        # The phone's are seen by the tests of its screens.
        if "phone" not in file.parts
        and file.stem != "Dialog"  # which the others are made of
        and re.search(r"<[dD]ialog\b|role=\"(?:alert)?dialog\"", file.read_text("utf-8"))
    }
    session = (widget / "desktop" / "session" / "session.ts").read_text("utf-8")
    filing = (widget / "desktop" / "filing" / "filing.ts").read_text("utf-8")
    phases = re.findall(r'"(\w+)"', session[session.index("export type Phase") :].partition(";")[0])
    steps = re.findall(r'"(\w+)"', filing[filing.index("export type DialogStep ") :].partition(";")[0])
    evolution = (ROOT / "src/alex_sandbox/evolution/templates/desktop.html").read_text("utf-8")
    viewers = set(re.findall(r'<dialog class="(\w+)"', evolution))
    pages = {"page /launch", "page /tab", "page error", "page /evolution"}
    return (
        dialogs | {f"phase {each}" for each in phases} | {f"step {each}" for each in steps} | viewers | pages
    )


def test_every_dialog_and_every_phase_of_the_code_is_visited() -> None:
    shown = {part for state in STATES for part in state.shows}
    assert shown == parts_of_the_code()
