"""A phone that is short of memory, of storage or of the page's own code: each photo arrives, or somebody is told."""

import re

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from browser.axe import assert_accessible
from browser.phones import (
    Surgery,
    all_loaded,
    delivered,
    keeps,
    new_code,
    next_frame,
    nothing_ahead,
    phone_of,
    pictures,
    scan,
    shoot,
    shot,
    small_photos,
)

pytestmark = pytest.mark.anyio

ONE, TWO = small_photos(2)
# As in Safari: a page that has used up its canvas memory gets no more, and there are no stills.
NO_CANVAS = """
  delete window.ImageCapture;
  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = function (...asked) {
    return this.width > 2000 ? null : getContext.apply(this, asked);
  };
"""
# The second of three shots can't be encoded, and that takes a while to be found out.
NO_SECOND = """
  delete window.ImageCapture;
  window.createImageBitmap = () => Promise.reject(new Error("out of memory"));
  const { toBlob } = HTMLCanvasElement.prototype;
  let shots = 0;
  HTMLCanvasElement.prototype.toBlob = function (done, ...how) {
    shots += 1;
    if (shots === 2) setTimeout(done, 1500, null);
    else toBlob.call(this, done, ...how);
  };
"""
FAILED = "The camera did not give one of your photos. Take it again."


async def _tap(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).tap()


async def _clear(phone: BrowserContext, page: Page, origin: str) -> None:
    """Let the browser clear what the page has stored, as its owner may, or the browser where space runs short."""
    devtools = await phone.new_cdp_session(page)
    await devtools.send(
        "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "indexeddb,local_storage"}
    )
    await devtools.detach()


async def test_a_shot_that_cannot_be_drawn_is_no_black_photo(filmed: Browser, surgery: Surgery) -> None:
    async with surgery.desktop(filmed) as desktop, phone_of(filmed) as phone:
        await phone.add_init_script(NO_CANVAS)
        page = await scan(phone, await new_code(desktop))
        await _tap(page, "Open camera")
        await _tap(page, "Take photo")
        await expect(page.get_by_role("alert")).to_contain_text("The camera did not give a photo.")
        await expect(page.locator(".viewfinder-send")).to_be_disabled()
        await keeps(page, 0)


async def test_a_camera_that_ended_while_it_started_takes_no_photo(filmed: Browser, surgery: Surgery) -> None:
    async with surgery.desktop(filmed) as desktop, phone_of(filmed) as phone:
        page = await scan(phone, await new_code(desktop))
        await page.evaluate("""() => {
          const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getUserMedia = async (wish) => {
            const stream = await ask(wish);
            stream.getTracks()[0].stop();
            return stream;
          };
        }""")
        await _tap(page, "Open camera")
        await expect(page.get_by_text("The camera stopped.")).to_be_visible()
        await expect(page.get_by_role("button", name="Take photo")).to_be_disabled()


async def test_an_old_phone_sends_what_it_took_before_the_code_that_makes_it_small_came(
    filmed: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(filmed) as desktop, phone_of(filmed) as phone:
        await phone.add_init_script("delete window.OffscreenCanvas")
        await phone.route("**/assets/preparePage-*.js", lambda route: route.abort())
        page = await scan(phone, await new_code(desktop))
        await page.get_by_label("Choose photos").set_input_files([shot(ONE), shot(TWO)])
        await _tap(page, "Send 2 photos")
        await delivered(page, desktop, 2)


@pytest.mark.parametrize("left_by", ["Send 3", "Close the camera"])
async def test_a_shot_that_gives_no_photo_is_told_though_the_camera_was_closed(
    filmed: Browser, surgery: Surgery, left_by: str
) -> None:
    async with surgery.desktop(filmed) as desktop, phone_of(filmed) as phone:
        await phone.add_init_script(NO_SECOND)
        page = await scan(phone, await new_code(desktop))
        await _tap(page, "Open camera")
        for _ in range(3):
            await _tap(page, "Take photo")
            await next_frame(page)
        await _tap(page, left_by)
        await expect(page.get_by_text(FAILED)).to_be_visible()
        await assert_accessible(page, "a shot that gave no photo")
        if left_by != "Send 3":
            await _tap(page, "Send 2 photos")
        await delivered(page, desktop, 2)
        await _tap(page, "OK")
        await expect(page.get_by_text(FAILED)).to_be_hidden()


@pytest.mark.parametrize("ahead", [True, False])
async def test_photos_of_an_open_page_outlive_its_cleared_storage(
    browser: Browser, surgery: Surgery, ahead: bool
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        if not ahead:
            await nothing_ahead(page)
        await page.get_by_label("Choose photos").set_input_files([shot(ONE), shot(TWO)])
        await expect(page.locator(".tile img")).to_have_count(2)
        await keeps(page, 2)
        await _clear(phone, page, surgery.gateway.origin)
        await _tap(page, "Forearm")
        await expect(page.get_by_text("they are in this page only")).to_be_visible()
        await _tap(page, "Send 2 photos")
        held = await delivered(page, desktop, 2)
        assert {each["title"] for each in held} == {"Forearm"}


async def test_photos_whose_storage_was_cleared_are_not_called_sent_when_the_session_ends(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await shoot(page, ONE)
        await keeps(page, 1)
        await _clear(phone, page, surgery.gateway.origin)
        code = await new_code(desktop)
        await expect(page.get_by_text("still in this page and may not have been sent")).to_be_visible()
        await assert_accessible(page, "ended after its storage was cleared")
        # Back in view, the page has stored it again.
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await keeps(page, 1)
        again = await scan(phone, code)
        await _tap(again, "Send 1 photo")
        await delivered(again, desktop, 1)


async def test_photos_that_an_earlier_page_left_and_the_browser_cleared_are_told_when_the_session_ends(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await nothing_ahead(page)
        await shoot(page, ONE)
        await keeps(page, 1)
        await page.reload()
        await expect(page.get_by_role("button", name="Send 1 photo")).to_be_visible()
        await _clear(phone, page, surgery.gateway.origin)
        await new_code(desktop)
        await expect(page.get_by_text("this browser has cleared its storage")).to_be_visible()
        await expect(page.get_by_text("Everything you sent is on the desktop")).to_be_hidden()
        assert await pictures(desktop) == []


async def test_a_photo_taken_offline_is_shown_and_made_ready(browser: Browser, surgery: Surgery) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await all_loaded(page)
        await page.wait_for_function(
            "performance.getEntriesByType('resource').some(({ name }) => /imageWorker-/.test(name))"
        )
        await phone.set_offline(True)
        await shoot(page, ONE)
        await expect(page.locator(".tile img")).to_have_js_property("naturalWidth", 480)
        await phone.set_offline(False)
        await _tap(page, "Send 1 photo")
        await delivered(page, desktop, 1)


async def test_without_the_code_that_makes_a_small_copy_a_photo_is_shown_as_it_is(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        await phone.route("**/assets/imageWorker-*.js", lambda route: route.abort())
        page = await scan(phone, await new_code(desktop))
        await shoot(page, ONE)
        await expect(page.locator(".tile img")).to_have_js_property("naturalWidth", 800)
        await page.reload()
        await expect(page.locator(".tile img")).to_have_js_property("naturalWidth", 800)
        await _tap(page, "Send 1 photo")
        await delivered(page, desktop, 1)


async def test_a_screen_whose_code_cannot_be_fetched_says_so(browser: Browser, surgery: Surgery) -> None:
    code_of_screens = re.compile("assets/(Viewfinder|Lightbox)-.*js")

    async def refuse(route: Route) -> None:
        await route.abort()

    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        await phone.route(code_of_screens, refuse)
        page = await scan(phone, await new_code(desktop))
        said = page.get_by_text("What you opened could not be loaded.")
        await _tap(page, "Open camera")
        await expect(said).to_be_visible()
        await assert_accessible(page, "a screen that could not be loaded")
        await page.get_by_label("Camera app").set_input_files(shot(ONE))
        photo = page.get_by_role("button", name=re.compile("^Photo 1,"))
        await expect(photo).to_be_visible()
        await expect(said).to_be_visible()
        await phone.unroute(code_of_screens, refuse)
        await photo.tap()
        await expect(page.get_by_role("button", name="Retake")).to_be_visible()
        await expect(said).to_be_hidden()
