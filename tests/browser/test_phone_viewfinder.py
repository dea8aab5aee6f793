"""The phone's viewfinder in real Chromium with a pretended camera: taps, pixels, Back, old phones."""

import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from browser.axe import assert_accessible
from browser.phones import Surgery, delivered, keeps, new_code, next_frame, phone_of, scan, shot, small_photos
from clinicpro_images.web.pages import STATIC

pytestmark = pytest.mark.anyio

# Chromium's pretended camera gives at most this, and the page asks for as much as there is.
CAMERA = (3840, 2160)
# What Safari 15 and Chrome 87 don't have, and the page could be tempted to call.
OLD = """
  delete Array.prototype.at; delete String.prototype.at; delete Uint8Array.prototype.at;
  delete Array.prototype.findLast; delete Array.prototype.findLastIndex; delete Array.prototype.toSorted;
  delete Array.prototype.toReversed; delete Array.prototype.with; delete Object.hasOwn; delete Object.groupBy;
  delete AbortSignal.timeout; delete AbortSignal.any; delete Promise.withResolvers; delete Crypto.prototype.randomUUID;
  for (const gone of ["OffscreenCanvas", "structuredClone", "ImageCapture", "ResizeObserver", "requestIdleCallback",
                      "scheduler", "HTMLDialogElement", "BroadcastChannel", "navigation", "CookieStore"])
    Object.defineProperty(window, gone, { value: undefined });
  for (const gone of ["wakeLock", "storage", "locks", "userActivation", "connection"])
    Object.defineProperty(Navigator.prototype, gone, { value: undefined });
"""
_WHOLE = """() => {
  const [frame, ...inside] = [".viewfinder-frame", ".viewfinder-problem p", ".viewfinder-problem button"].map(
    (part) => document.querySelector(part).getBoundingClientRect());
  return inside.every(({ top, bottom }) => top >= frame.top && bottom <= frame.bottom);
}"""


async def tap(page: Page, name: str | re.Pattern[str]) -> None:
    """One tap on the button of that name."""
    await page.get_by_role("button", name=name).tap()


async def test_one_photo_takes_four_taps_from_the_scan_and_five_take_eight(
    filmed: Browser, surgery: Surgery
) -> None:
    for count, most in ((1, 4), (5, 8)):
        async with surgery.desktop(filmed) as desktop, phone_of(filmed) as phone:
            page = await scan(phone, await new_code(desktop))
            taps = 1  # on the banner that the phone shows for a code
            await tap(page, "Open camera")
            shutter = page.get_by_role("button", name="Take photo")
            await expect(shutter).to_be_enabled()
            taps += 1
            for number in range(count):
                await shutter.tap()
                taps += 1
                await expect(page.get_by_text(f"{number + 1} photo", exact=False).last).to_be_attached()
                await next_frame(page)
            await tap(page, f"Send {count}")
            taps += 1
            held = await delivered(page, desktop, count)
            assert taps <= most
            # All the pixels that this camera gives, as far as they are filed.
            assert (held[0]["width"], held[0]["height"]) == CAMERA
            assert await page.evaluate("window.shifts") == []


@pytest.mark.parametrize("missing", ["imageWorker", "image.worker"])
async def test_a_shot_arrives_whole_though_the_code_that_encodes_it_never_came(
    filmed: Browser, surgery: Surgery, missing: str
) -> None:
    async with surgery.desktop(filmed) as desktop, phone_of(filmed) as phone:
        refused: list[str] = []

        async def refuse(route: Route) -> None:
            refused.append(route.request.url)
            await route.abort()

        await phone.route(f"**/assets/{missing}-*.js", refuse)
        page = await scan(phone, await new_code(desktop))
        await tap(page, "Open camera")
        await tap(page, "Take photo")
        await tap(page, "Send 1")
        held = await delivered(page, desktop, 1)
        assert refused
        assert (held[0]["width"], held[0]["height"]) == CAMERA


async def test_the_set_names_its_next_slot_and_each_photo_carries_its_own(
    filmed: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(filmed) as desktop, phone_of(filmed) as phone:
        page = await scan(phone, await new_code(desktop))
        await tap(page, "Forearm")
        await tap(page, "Open camera")
        await page.locator(".place-button").tap()
        await tap(page, "Context")
        await assert_accessible(page, "choosing for the next photo")
        await tap(page, "Done")
        for slot in ("Context (1 of 3)", "Close-up (2 of 3)", "Dermoscopy (3 of 3)"):
            await expect(page.get_by_role("button", name=f"Forearm · {slot}")).to_be_visible()
            await tap(page, "Take photo")
            await next_frame(page)
        await expect(page.get_by_role("button", name="Forearm", exact=True)).to_be_visible()
        await tap(page, "Send 3")
        held = await delivered(page, desktop, 3)
        assert [each["view"] for each in held] == ["context", "close-up", "dermoscopy"]
        assert {each["bodySite"]["display"] for each in held} == {"Forearm"}


async def test_back_closes_a_photo_and_the_viewfinder_and_then_leaves_nothing_behind(
    filmed: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(filmed) as desktop, phone_of(filmed) as phone:
        page = await scan(phone, await new_code(desktop))
        await tap(page, "Open camera")
        await tap(page, "Take photo")
        await assert_accessible(page, "the viewfinder")
        await tap(page, re.compile("^Look at the last"))
        await expect(page.get_by_role("button", name="Retake")).to_be_visible()
        await tap(page, "Full size")
        await expect(page.get_by_role("button", name="Whole photo")).to_be_visible()
        await assert_accessible(page, "a photo at full size")
        await page.go_back()
        await expect(page.get_by_role("button", name="Take photo")).to_be_visible()
        await page.go_back()
        await expect(page.get_by_role("button", name="Send 1 photo")).to_be_visible()
        # A screen closed by its own button takes its entry away, so Back is never a step that does nothing. The
        # browser does that a moment after the screen is closed.
        await tap(page, re.compile("^Photo 1,"))
        await tap(page, "Back to all photos")
        await expect(page.get_by_role("button", name="Send 1 photo")).to_be_visible()
        await page.wait_for_function("() => history.state === null")
        assert page.url.endswith("/phone")
        await page.go_back()
        assert not page.url.endswith("/phone")


async def test_a_camera_that_stops_takes_no_photo_of_what_it_saw_before(
    filmed: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(filmed) as desktop, phone_of(filmed) as phone:
        page = await scan(phone, await new_code(desktop))
        await tap(page, "Open camera")
        shutter = page.get_by_role("button", name="Take photo")
        await expect(shutter).to_be_enabled()
        # As a browser does when another app takes the camera, or the permission is taken away.
        await page.evaluate("""() => {
          const [track] = document.querySelector("video").srcObject.getVideoTracks();
          track.stop();
          track.dispatchEvent(new Event("ended"));
        }""")
        await expect(page.get_by_text("The camera stopped.")).to_be_visible()
        await expect(shutter).to_be_disabled()
        await assert_accessible(page, "a camera that stopped")
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert await page.evaluate(_WHOLE), "what became of the camera is cut off in large letters"
        await page.evaluate("document.documentElement.style.fontSize = ''")
        await tap(page, "Try again")
        await expect(shutter).to_be_enabled()


async def test_a_camera_that_is_not_allowed_leaves_the_camera_app(browser: Browser, surgery: Surgery) -> None:
    [one] = small_photos(1)
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await tap(page, "Open camera")
        await expect(page.get_by_role("alert")).to_contain_text("Use the camera app")
        await assert_accessible(page, "no camera")
        await page.get_by_label("Camera app").set_input_files(shot(one))
        await tap(page, "Send 1 photo")
        await delivered(page, desktop, 1)


async def test_a_phone_of_2020_takes_chooses_and_sends(filmed: Browser, surgery: Surgery) -> None:
    [one] = small_photos(1)
    async with surgery.desktop(filmed) as desktop, phone_of(filmed) as phone:
        await phone.add_init_script(OLD)
        page = await scan(phone, await new_code(desktop))
        await page.get_by_label("Choose photos").set_input_files(shot(one))
        await expect(page.get_by_role("button", name="Send 1 photo")).to_be_visible()
        await keeps(page, 1)
        await tap(page, "One more")
        await tap(page, "Take photo")
        await tap(page, "Send 2")
        held = await delivered(page, desktop, 2)
        # Made small and clean on the phone, without a worker that can draw.
        assert {each["contentType"] for each in held} == {"image/jpeg"}


async def test_without_its_script_the_page_says_one_plain_sentence(filmed: Browser, surgery: Surgery) -> None:
    source = (STATIC / "phone.html").read_text("utf-8")
    assert "needs JavaScript" in source.partition("<noscript>")[2]
    phone = await filmed.new_context(viewport={"width": 390, "height": 844})
    await phone.route(
        "**/assets/phone-*.js", lambda route: route.fulfill(body="}", content_type="text/javascript")
    )
    page = await phone.new_page()
    await page.goto(f"{surgery.gateway.origin}/phone")
    await expect(page.get_by_text("This page did not start.")).to_be_visible(timeout=30_000)
    assert await page.locator("button").count() == 0
    await phone.close()


async def test_the_whole_job_on_the_phone_from_the_clinicians_own_session_to_the_record(
    filmed: Browser, surgery: Surgery
) -> None:
    async with phone_of(filmed) as phone:
        page = await phone.new_page()
        await surgery.launch(page)
        await page.goto(f"{surgery.gateway.origin}/phone#signed-in")
        await expect(page.get_by_role("banner")).to_contain_text("ZZZ0016")
        await tap(page, "Forearm")
        await tap(page, "Open camera")
        await tap(page, "Take photo")
        await tap(page, "Send 1")
        await expect(page.get_by_role("heading", name="1 photo saved, not filed yet")).to_be_visible()
        await tap(page, "Review and file")
        await expect(page.get_by_text("What is filed can't be undone.")).to_be_visible()
        await assert_accessible(page, "review on the phone")
        before = len(surgery.sandbox.resources())
        await tap(page, "File 1 photo to record")
        await expect(page.get_by_text("Filed in the record")).to_be_visible()
        await assert_accessible(page, "filed on the phone")
        filed = surgery.sandbox.resources()[before:]
        assert [each["resource"]["description"].partition(" –")[0] for each in filed] == ["Forearm"]
        # Another look finds it filed, and nothing to file again.
        await page.reload()
        await expect(page.get_by_role("heading", name="Everything here was handed over")).to_be_visible()
