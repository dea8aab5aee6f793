"""From Evolution's icon to the patient's name in real Chromium, while ALEX is slow, hangs, or is asked twice."""

import asyncio
import time

import pytest
from playwright.async_api import BrowserContext, Page, expect

from browser.test_journey import open_patient, press_icon
from running import Sandbox

pytestmark = pytest.mark.anyio

ALEX_SECONDS = 1.5
# What a quiet machine takes is in docs/development.md; a test shares its two cores with others. Where those leave it
# so little that a launch without any delay takes most of this, twice that launch is the limit.
PAINT_MS, NAME_MS = 2_000, 6_000
PAINTED = """() => {
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return paint ? performance.timeOrigin + paint.startTime : null;
}"""


async def _launch_without_delay(context: BrowserContext, desk: Page) -> tuple[float, float]:
    """When the page was painted and the patient named, in ms after the icon; shows how busy this machine is."""
    pressed = time.time() * 1000
    widget = await press_icon(context, desk, fresh=False)
    await expect(widget.get_by_role("banner")).to_contain_text("ZZZ0016")
    named = time.time() * 1000
    painted: float = await widget.evaluate(PAINTED)
    await widget.close()
    await desk.bring_to_front()
    return painted - pressed, named - pressed


async def test_with_slow_calls_the_page_paints_at_once_and_names_the_patient_after_two(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    await open_patient(desk, "TESTING")
    quick_paint, quick_name = await _launch_without_delay(context, desk)
    evolution.call("PUT", "/sandbox/faults", {"faults": [{"kind": "latency", "seconds": ALEX_SECONDS}]})
    pressed = time.time() * 1000
    widget = await press_icon(context, desk, fresh=False)
    assert "context" not in widget.url
    await expect(widget.get_by_text("Asking Medtech whose record is open")).to_be_visible()
    painted = await widget.evaluate(PAINTED) - pressed
    await expect(widget.get_by_role("banner")).to_contain_text("ZZZ0016")
    named = time.time() * 1000 - pressed
    print(f"\nfirst paint {painted:.0f} ms, patient's name {named:.0f} ms after the icon")  # noqa: T201 - to compare
    assert painted < max(PAINT_MS, 2 * quick_paint)
    assert 2 * ALEX_SECONDS * 1000 < named < max(NAME_MS, 2 * ALEX_SECONDS * 1000 + 2 * quick_name)
    assert widget.url.endswith("/")
    await expect(widget.get_by_role("heading", name="Drop photos here")).to_be_visible()


async def test_medtech_that_hangs_is_said_and_tried_again_with_one_press(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    await open_patient(desk, "TESTING")
    evolution.call("PUT", "/sandbox/faults", {"faults": [{"kind": "hang", "resource": "Patient"}]})
    # When, to the second, is tested with a clock of its own: widget/tests/launch.test.ts.
    widget = await press_icon(context, desk, fresh=False)
    await expect(widget.get_by_text("Medtech is taking longer than usual")).to_be_visible()
    await expect(widget.get_by_role("heading", name="not answering")).to_be_visible()
    evolution.call("DELETE", "/sandbox/faults")
    await widget.get_by_role("button", name="Try again").click()
    await expect(widget.get_by_role("banner")).to_contain_text("ZZZ0016")


async def test_a_reload_while_medtech_is_asked_goes_on_with_the_same_launch(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    await open_patient(desk, "TESTING")
    evolution.call("PUT", "/sandbox/faults", {"faults": [{"kind": "latency", "seconds": 1.0}]})
    widget = await press_icon(context, desk, fresh=False)
    await expect(widget.get_by_text("Asking Medtech whose record is open")).to_be_visible()
    await widget.reload()
    await expect(widget.get_by_role("banner")).to_contain_text("ZZZ0016")


async def test_two_presses_open_one_session_in_two_tabs(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    await open_patient(desk, "TESTING")
    evolution.call("PUT", "/sandbox/faults", {"faults": [{"kind": "latency", "seconds": 1.0}]})
    first, second = await press_icon(context, desk, fresh=False), await press_icon(context, desk, fresh=False)
    for widget in (first, second):
        await expect(widget.get_by_role("banner")).to_contain_text("ZZZ0016")
    colours = await asyncio.gather(
        *(widget.get_by_role("banner").locator(".session-chip").inner_text() for widget in (first, second))
    )
    assert len(set(colours)) == 1
