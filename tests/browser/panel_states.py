"""The states of the desk in a panel of Evolution's window, where another page surrounds it."""

from playwright.async_api import FrameLocator, Page, expect

from browser import trees
from browser.test_journey import FORGET, open_patient
from browser.walks import Start, State, small_picture

PANEL = "iframe[name=clinicpro-panel]"


async def in_panel(start: Start) -> FrameLocator:
    """What Evolution's panel shows after its icon was pressed."""
    await start.desk.get_by_role("button", name="In a panel").click()
    return start.desk.frame_locator(PANEL)


async def panel(start: Start) -> Page:
    await open_patient(start.desk, start.patient)
    widget = await in_panel(start)
    # What another state left unfiled with this patient is there again.
    await widget.locator(".desktop").wait_for()
    frame = start.desk.frame("clinicpro-panel")
    assert frame
    if await frame.evaluate(FORGET):
        await frame.goto(frame.url)
    await expect(widget.get_by_role("heading", name="Drop photos here")).to_be_visible()
    return start.desk


async def panel_described(start: Start) -> Page:
    await panel(start)
    widget = start.desk.frame_locator(PANEL)
    await widget.get_by_label("Add photos").first.set_input_files([small_picture(1)])
    await widget.get_by_role("button", name="Forearm", exact=True).click()
    await expect(widget.get_by_text("Saved", exact=True)).to_be_visible()
    return start.desk


async def panel_review(start: Start) -> Page:
    await panel_described(start)
    widget = start.desk.frame_locator(PANEL)
    await widget.get_by_role("button", name="File 1 photo to record").click()
    await expect(widget.get_by_role("button", name="File to record", exact=True)).to_be_visible()
    return start.desk


async def panel_without_patient(start: Start) -> Page:
    widget = await in_panel(start)
    await expect(widget.get_by_role("heading", name="No patient is open in Evolution")).to_be_visible()
    return start.desk


PANELS = [
    State(panel, reads=trees.PANEL, within=PANEL, in_evolution=True),
    State(panel_described, in_evolution=True),
    State(panel_review, in_evolution=True),
    State(panel_without_patient, in_evolution=True),
]
