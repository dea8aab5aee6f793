"""Evolution and the panel tell each other whose record is open, and both say when it isn't the same."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from browser.panel_states import PANEL, panel_described
from browser.test_journey import open_patient
from browser.walks import Start
from running import Sandbox

pytestmark = pytest.mark.anyio


async def test_panel_and_chart_say_when_they_show_two_patients(
    watched: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    start = Start(watched, desk, evolution)
    await panel_described(start)
    widget = desk.frame_locator(PANEL)
    drift = widget.get_by_text(
        "Evolution now shows another patient. This window is still for UNRELATED STRING"
    )
    title = desk.locator("#panel header")
    await expect(drift).to_be_hidden()
    await desk.get_by_role("button", name="Patients").click()
    await open_patient(desk, "Kōpua")
    await expect(title).to_contain_text("Still for MR UNRELATED STRING SECOND STRING TESTING, 1 not filed")
    await expect(drift).to_be_visible()
    await widget.get_by_role("button", name="File 1 photo to record").click()
    review = widget.get_by_role("dialog", name="Review before filing")
    await expect(review).to_contain_text("Evolution now shows another patient")
    await review.get_by_role("button", name="Back").click()
    await desk.get_by_role("button", name="Close patient").click()
    await expect(widget.get_by_text("No patient is open in Evolution any more")).to_be_visible()
    await open_patient(desk, "TESTING")
    await expect(widget.locator(".banner-drift")).to_have_count(0)
    await expect(desk.locator("[data-panel-differs]")).to_be_hidden()
