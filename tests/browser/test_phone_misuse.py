"""A phone as it is really used: on a guest network that answers for everybody, and with the same code in two tabs."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Route, expect

from browser.axe import assert_accessible
from browser.phones import (
    Surgery,
    delivered,
    keeps,
    new_code,
    nothing_ahead,
    phone_of,
    pictures,
    scan,
    shot,
    small_photos,
)

pytestmark = pytest.mark.anyio

ONE, TWO = small_photos(2)
API = "**/api/**"


async def _sign_in_page(route: Route) -> None:
    await route.fulfill(status=200, content_type="text/html", body="<html>Guest network: sign in</html>")


async def test_a_guest_networks_sign_in_page_is_no_answer_to_a_code(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        await phone.route(API, _sign_in_page)
        page = await scan(phone, await new_code(desktop))
        await expect(page.get_by_role("heading", name="Waiting for the server")).to_be_visible()
        await phone.unroute(API)
        await expect(page.get_by_role("banner")).to_contain_text("ZZZ0016")


async def test_a_guest_networks_sign_in_page_takes_no_photo(browser: Browser, surgery: Surgery) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await nothing_ahead(page)
        await page.get_by_label("Choose photos").set_input_files([shot(ONE)])
        await expect(page.get_by_role("heading", name="1 photo not sent yet")).to_be_visible()
        await page.route(API, _sign_in_page)
        await page.get_by_role("button", name="Send 1 photo").click()
        await expect(page.get_by_text("sending continues once there is a connection")).to_be_visible()
        await keeps(page, 1)
        await page.unroute(API)
        await delivered(page, desktop, 1)


async def test_a_photo_taken_by_a_phone_whose_clock_is_wrong_is_dated_by_the_servers(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        await phone.clock.install(time=datetime.now(UTC) - timedelta(days=800))
        page = await scan(phone, await new_code(desktop))
        await page.locator("label", has_text="Camera app").locator("input").set_input_files([shot(ONE)])
        await page.get_by_role("button", name="Send 1 photo").click()
        await delivered(page, desktop, 1)
        [photo] = await pictures(desktop)
        taken = datetime.fromisoformat(photo["takenAt"])
        assert abs((datetime.now(UTC) - taken).total_seconds()) < 120
        assert photo["takenAtSource"] == "phone"


async def test_what_one_tab_has_sent_the_other_does_not_offer_again(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        code = await new_code(desktop)
        first = await scan(phone, code)
        await first.get_by_label("Choose photos").set_input_files([shot(ONE), shot(TWO)])
        await keeps(first, 2)
        second = await scan(phone, code)
        await second.get_by_role("button", name="Continue with").click()
        await expect(second.get_by_role("heading", name="2 photos not sent yet")).to_be_visible()
        await first.get_by_role("button", name="Send 2 photos").click()
        await delivered(first, desktop, 2)
        await expect(second.get_by_role("heading", name="2 photos are on the desktop")).to_be_visible()
        await expect(second.get_by_role("button", name="not sent")).to_have_count(0)
        assert len(await pictures(desktop)) == 2


async def test_a_photo_whose_answer_was_lost_is_not_called_unsent_in_the_next_session(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await nothing_ahead(page)
        await page.get_by_label("Choose photos").set_input_files([shot(ONE)])
        await keeps(page, 1)

        async def arrives_unanswered(route: Route) -> None:
            await route.fetch()
            await phone.set_offline(True)
            await route.abort()

        await page.route("**/api/images", arrives_unanswered, times=1)
        await page.get_by_role("button", name="Send 1 photo").click()
        await expect(page.get_by_text("No connection.")).to_be_visible()
        await page.close()
        await phone.set_offline(False)
        await surgery.launch(desktop)
        later = await scan(phone, await new_code(desktop))
        await expect(later.get_by_text("Send was pressed, but no answer came")).to_be_visible()
        await assert_accessible(later, "sent without an answer in an earlier session")
