"""The patient stays in sight; `scripts/bench layout` looks in every window, appearance, size of text and dialog."""

import pytest
from playwright.async_api import BrowserContext, Page

from browser.layout import chrome_share, faults, in_dialog
from browser.walks import Start, add, launched, say_site
from running import Sandbox

pytestmark = pytest.mark.anyio

PANEL = {"width": 518, "height": 624}


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
