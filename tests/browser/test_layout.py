"""The patient stays in sight; `scripts/bench layout` looks in every window, appearance, size of text and dialog."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from browser.desk_states import phone_connected
from browser.layout import chrome_share, faults, in_dialog
from browser.panel_states import PANEL as PANEL_FRAME
from browser.panel_states import panel_described
from browser.walks import Start, add, launched, say_site
from running import TESTING, Sandbox

pytestmark = pytest.mark.anyio

PANEL = {"width": 518, "height": 624}
LONG_NAMED = "6886ff07e373e865be7921e62af977c0"


async def test_nothing_scrolls_the_patient_away(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    page = await launched(Start(watched, blank, evolution))
    assert await faults(page) == []
    await add(page, 3)
    await say_site(page)
    for width, height in ((1440, 900), (900, 700)):
        await page.set_viewport_size({"width": width, "height": height})
        assert await faults(page) == []
    for name in ("review", "editor", "commands"):
        assert await in_dialog(page, name) == []
    await page.set_viewport_size({"width": PANEL["width"], "height": PANEL["height"]})
    assert await faults(page) == []
    assert await chrome_share(page) < 0.25


async def test_text_twice_as_large_keeps_every_identifier_and_the_session_in_sight(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    page = await launched(Start(watched, blank, evolution, patient_id=LONG_NAMED))
    # In units of text, what 1280 × 800 is with text at 200 %.
    await page.set_viewport_size({"width": 640, "height": 400})
    banner = page.get_by_role("banner")
    for fact in ("ZJT4100", "31 Dec 1939", "Female"):
        await expect(banner.get_by_text(fact)).to_be_in_viewport(ratio=1)
    assert await banner.locator(".session-chip").evaluate("chip => chip.scrollWidth <= chip.clientWidth")
    assert await banner.evaluate("banner => banner.offsetHeight / innerHeight") < 0.2
    assert await faults(page) == []


async def test_in_a_panel_the_name_has_a_line_and_the_facts_another(
    watched: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    start = Start(watched, desk, evolution, patient="McAllister")
    await panel_described(start)
    banner = desk.frame_locator(PANEL_FRAME).get_by_role("banner")
    await expect(banner.get_by_role("heading", name="Isla Rose McAllister-Browne")).to_be_visible()
    rows = (
        "each => new Set([...each.children].map((one) => Math.round(one.getBoundingClientRect().top))).size"
    )
    assert await banner.locator(".facts").evaluate(rows) == 1
    assert await banner.evaluate("banner => banner.offsetHeight") < 90


async def test_in_a_panel_a_long_name_leaves_four_fifths_of_the_window(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    page = await launched(Start(watched, blank, evolution, patient_id=LONG_NAMED))
    await page.set_viewport_size({"width": 420, "height": 700})
    banner = page.get_by_role("banner")
    assert await banner.evaluate("banner => banner.offsetHeight / innerHeight") < 0.2
    for fact in ("Westhuizen", "ZJT4100", "31 Dec 1939", "Female"):
        await expect(banner.get_by_text(fact)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("patient", [TESTING, LONG_NAMED])
async def test_in_a_panel_no_button_of_the_banner_has_a_line_of_its_own(
    watched: BrowserContext, blank: Page, evolution: Sandbox, patient: str
) -> None:
    page = await launched(Start(watched, blank, evolution, patient_id=patient))
    for width in (320, 420, 600):
        await page.set_viewport_size({"width": width, "height": 700})
        banner = page.get_by_role("banner")
        beside = [
            await banner.get_by_role("button", name="Keyboard help").bounding_box(),
            await banner.locator(".session-chip").bounding_box(),
        ]
        help_at, chip_at = [box["y"] + box["height"] / 2 for box in beside if box]
        # On one line, whose parts letters of different sizes move by a pixel or two.
        assert abs(help_at - chip_at) < 4, f"{width}: {beside}"


async def test_a_connected_phone_leaves_the_webcam_its_place(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    page = await phone_connected(Start(watched, blank, evolution))
    await page.get_by_role("button", name="Done").click()
    await add(page, 1)
    for width in (1280, 900):
        await page.set_viewport_size({"width": width, "height": 800})
        phone = await page.get_by_role("button", name="Phone connected").bounding_box()
        webcam = await page.get_by_role("button", name="Webcam").bounding_box()
        assert phone
        assert webcam
        beside = phone["x"] + phone["width"] <= webcam["x"]
        below = phone["y"] + phone["height"] <= webcam["y"]
        assert beside or below, f"{width}: {phone} {webcam}"
