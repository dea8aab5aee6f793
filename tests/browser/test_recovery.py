"""The desktop in real Chromium while its gateway is killed and comes back: the page recovers automatically."""

import pytest
from playwright.async_api import Browser, Page, expect

from browser.phones import Surgery, all_loaded, new_code, phone_of, pictures, scan, shoot, shot, small_photos

pytestmark = pytest.mark.anyio

BEFORE, AWAY, AFTER = small_photos(3)
PATIENCE = 60_000
OFFLINE = "No connection to the server."


async def shows(desktop: Page, count: int) -> None:
    """Wait until the desktop shows that many photos."""
    await expect(desktop.locator(".thumbs li[data-id] img")).to_have_count(count, timeout=PATIENCE)


async def test_a_desktop_whose_gateway_is_killed_shows_the_phones_picture_afterwards_without_a_reload(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        add = desktop.get_by_label("Add photos").first
        await add.set_input_files(shot(BEFORE))
        await shows(desktop, 1)
        page = await scan(phone, await new_code(desktop))
        await expect(page.get_by_role("banner")).to_contain_text("ZZZ0016")
        # The photo's own screen comes half a second behind the first one.
        await all_loaded(page)
        loads: list[str] = []
        desktop.on("load", lambda loaded: loads.append(loaded.url))

        surgery.gateway.kill()
        await expect(desktop.get_by_text(OFFLINE)).to_be_visible(timeout=PATIENCE)
        await shoot(page, AWAY)
        await page.get_by_role("button", name="Send 1 photo").click()
        await expect(page.get_by_text("No connection.")).to_be_visible(timeout=PATIENCE)
        await surgery.restart()

        await shows(desktop, 2)
        await expect(desktop.get_by_text(OFFLINE)).to_be_hidden(timeout=PATIENCE)
        # And the page works as before: a photo of its own goes in.
        await add.set_input_files(shot(AFTER))
        await shows(desktop, 3)
        assert len(await pictures(desktop)) == 3
        assert loads == []
