"""Ctrl + K: a command or a body site by name, from anywhere on the desk."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from browser.axe import assert_accessible
from browser.walks import Start, add, launched
from running import Sandbox

pytestmark = pytest.mark.anyio


async def test_commands_and_body_sites_are_found_by_name(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    page = await launched(Start(watched, blank, evolution))
    await add(page, 1)
    palette = page.get_by_role("dialog", name="Commands")
    await page.keyboard.press("Control+k")
    await expect(palette.get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("l forearm derm")
    await expect(palette.get_by_role("option").first).to_have_text("Body site: Forearm · Left – dermoscopy")
    await assert_accessible(page, "commands")
    await page.keyboard.press("Enter")
    await expect(palette).to_be_hidden()
    await expect(page.get_by_role("region", name="Selected photo")).to_contain_text(
        "Left forearm – lesion – dermoscopy"
    )
    # Also while typing in a field.
    await page.get_by_label("Label", exact=True).focus()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("review")
    await expect(palette.get_by_role("option")).to_have_text(["Review and file to recordCtrl + Enter"])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Review before filing")).to_be_visible()
