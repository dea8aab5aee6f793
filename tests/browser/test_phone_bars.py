"""What the phone says beside the photos, in axe-core's eyes and a screen reader's: light and dark, and nothing over the side."""

import pytest
from playwright.async_api import Browser, Page, expect

from browser.axe import assert_accessible
from browser.phones import Surgery, new_code, phone_of, scan, shot, small_photos
from browser.settling import FITS, comes_to, try_each
from browser.walks import add

pytestmark = pytest.mark.anyio

NO_STORAGE = "Object.defineProperty(window, 'indexedDB', { value: undefined })"


# Parts of the page that show less than half a window enlarged four times, though they hold more.
_PEEPHOLES = """() => [...document.querySelectorAll("*")]
  .filter((each) => getComputedStyle(each).overflowY !== "visible" && each.matches(".phone, .pending, .lightbox, .dock"))
  .filter((each) => each.scrollHeight > each.clientHeight && each.clientHeight < 128)
  .map((each) => each.className)"""


async def looked_at(page: Page, state: str) -> None:
    await settled(page)
    await assert_accessible(page, state)
    for width, height in ((390, 844), (320, 256)):
        await page.set_viewport_size({"width": width, "height": height})
        assert await comes_to(page, FITS), state
    assert await comes_to(page, _PEEPHOLES, []) == [], state
    await try_each(page.locator("button:enabled, label.button"))
    await page.set_viewport_size({"width": 390, "height": 844})


async def settled(page: Page) -> None:
    """Wait until the page offers the same for a moment: photos that go ahead close the chips behind them."""
    offered = page.locator("button, label.button")
    before: list[str] = []
    while before != (before := await offered.all_inner_texts()):
        await page.wait_for_timeout(500)


async def test_nothing_stands_in_the_way_where_the_browser_keeps_nothing(
    browser: Browser, surgery: Surgery
) -> None:
    [one] = small_photos(1)
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        await phone.add_init_script(NO_STORAGE)
        page = await scan(phone, await new_code(desktop))
        await expect(page.get_by_text("they are in this page only")).to_be_visible()
        await expect(page.locator("body")).to_match_aria_snapshot(
            """
            - banner:
              - heading /TESTING/ [level=1]
            - status:
              - paragraph: /This browser can't keep photos safe here.*Leave it open until they are sent/
            """
        )
        await looked_at(page, "keeps nothing")
        await page.get_by_label("Choose photos").set_input_files(shot(one))
        await expect(page.get_by_role("button", name="Send 1 photo")).to_be_visible()
        await new_code(desktop)
        await expect(page.get_by_text("a new code can't bring it back")).to_be_visible()
        await looked_at(page, "keeps nothing, ended with a shot left")


async def test_nothing_stands_in_the_way_where_the_phones_storage_is_full(
    browser: Browser, surgery: Surgery
) -> None:
    [one] = small_photos(1)
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await expect(page.get_by_label("Camera app")).to_be_enabled()
        devtools = await phone.new_cdp_session(page)
        origin = {"origin": surgery.gateway.origin, "quotaSize": 1}
        await devtools.send("Storage.overrideQuotaForOrigin", origin)
        await page.get_by_label("Choose photos").set_input_files(shot(one))
        await expect(page.get_by_text("they are in this page only")).to_be_visible()
        await expect(page.get_by_text("In this page only until you send it")).to_be_visible()
        await looked_at(page, "storage full")
        await page.get_by_role("button", name="Send 1 photo").click()
        await expect(page.get_by_role("heading", name="The photo is on the desktop")).to_be_visible()


async def test_nothing_stands_in_the_way_when_the_session_is_full(browser: Browser, surgery: Surgery) -> None:
    [one] = small_photos(1)
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        await add(desktop, 20)
        page = await scan(phone, await new_code(desktop))
        await page.get_by_label("Choose photos").set_input_files(shot(one))
        await page.get_by_role("button", name="Send 1 photo").click()
        await expect(page.get_by_text("The session is full: it holds 20 photos")).to_be_visible()
        await expect(page.locator("body")).to_match_aria_snapshot(
            r"""
            - status:
              - paragraph: /filed ones too\. Remove some on the desktop, .* or file them, open the patient again/
            - main:
              - status "Status":
                - heading "1 photo could not be sent" [level=2]
            """
        )
        await looked_at(page, "session full")
        await page.get_by_role("button", name="not sent").click()
        await expect(page.get_by_role("button", name="Try again")).to_be_visible()
        await looked_at(page, "session full, the shot that stayed")


async def test_nothing_stands_in_the_way_of_what_an_earlier_session_left(
    browser: Browser, surgery: Surgery
) -> None:
    one, two = small_photos(2)
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await page.get_by_label("Choose photos").set_input_files(shot(one))
        await expect(page.get_by_role("button", name="Send 1 photo")).to_be_visible()
        await surgery.launch(desktop)
        await page.close()
        later = await scan(phone, await new_code(desktop))
        await expect(later.get_by_role("button", name="Add to this session")).to_be_visible()
        await expect(later.locator("body")).to_match_aria_snapshot(
            """
            - status:
              - paragraph: 1 photo of this patient from an earlier session is still on this phone, not sent.
              - paragraph:
                - button "Add to this session"
                - button "Delete"
            - main:
              - paragraph: /Take as many photos as you need/
            """
        )
        await looked_at(later, "left from before")
        await later.get_by_label("Choose photos").set_input_files(shot(two))
        await later.get_by_role("button", name="Send 1 photo").click()
        await expect(later.get_by_role("heading", name="The photo is on the desktop")).to_be_visible()
        await expect(later.get_by_text("Only earlier photos are still on this phone")).to_be_visible()
        await looked_at(later, "one sent, one left from before")


async def test_nothing_stands_in_the_way_back_to_the_session_after_a_used_code(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        code = await new_code(desktop)
        linked = await scan(phone, code)
        await expect(linked.get_by_role("banner")).to_contain_text("ZZZ0016")
        page = await scan(phone, code)
        await expect(page.get_by_role("button", name="Continue with")).to_be_visible()
        await expect(page.locator("body")).to_match_aria_snapshot(
            """
            - main:
              - alert:
                - heading "This code can't be used any more" [level=1]
                - paragraph:
                  - button /^Continue with [^ ]+ [^ ]+$/
                - textbox "Or type the code from the desktop"
                - button "Open"
            """
        )
        await looked_at(page, "used code, linked before")
        await page.get_by_role("button", name="Continue with").click()
        await expect(page.get_by_role("banner")).to_contain_text("ZZZ0016")
