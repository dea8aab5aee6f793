"""Earlier photos at the desk: two presses to the earlier photo beside the new one, by mouse and by keyboard."""

import asyncio
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import (
    BrowserContext,
    FilePayload,
    Page,
    Request,
    Response,
    Route,
    async_playwright,
    expect,
)

from browser.axe import assert_accessible
from browser.conftest import chromium
from browser.phones import new_code, pictures, scan
from browser.test_journey import open_patient, press_icon
from browser.walks import small_picture
from image_files import make_jpeg
from running import Sandbox

pytestmark = pytest.mark.anyio

PATIENT = "Priyanka"


async def with_a_photo(context: BrowserContext, evolution: Sandbox, photo: FilePayload | None = None) -> Page:
    desk = await context.new_page()
    await desk.goto(f"{evolution.origin}/evolution")
    await open_patient(desk, PATIENT)
    widget = await press_icon(context, desk)
    await expect(widget.get_by_role("heading", name="Drop photos here")).to_be_visible()
    await widget.locator("input[type=file]").first.set_input_files([photo or small_picture(1)])
    await expect(widget.locator(".thumb img")).to_have_count(1)
    return widget


async def test_two_presses_stand_the_earlier_photo_beside_the_new_one(
    watched: BrowserContext, evolution: Sandbox
) -> None:
    widget = await with_a_photo(watched, evolution)
    await widget.get_by_role("button", name="Earlier photos (7)").click()
    dialog = widget.get_by_role("dialog", name="Earlier photos")
    await expect(dialog.get_by_role("heading", level=3)).to_have_text(
        ["Right lower leg – Mole 3", "Left forearm – Mole 1", "Right cheek – Mole 2"]
    )
    await expect(dialog.locator("img").first).to_have_js_property("complete", True)
    await assert_accessible(widget, "earlier photos, list")
    await dialog.get_by_role("button", name="6 months ago").first.click()

    older = widget.get_by_role("img", name="Earlier photo: Left forearm – lesion – close-up – Mole 1")
    newer = widget.get_by_role("img", name="New photo 1")
    await expect(older).to_be_visible()
    await expect(newer).to_be_visible()
    await assert_accessible(widget, "earlier photos, side by side")
    left, right = await older.bounding_box(), await newer.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"] + 1

    await expect(widget.locator("figcaption", has_text="New · today")).to_be_visible()
    for way in ("Swipe", "Blink", "Side by side"):
        await widget.get_by_role("radio", name=way).check()
        await assert_accessible(widget, f"earlier photos, {way}")

    await widget.get_by_role("button", name="Same lesion again").click()
    await expect(widget.locator(".record-line-text")).to_contain_text("Left forearm – lesion – Mole 1")
    await widget.get_by_role("button", name="Put the earlier photo away").click()
    await expect(older).to_have_count(0)


async def test_a_new_photo_from_last_year_is_not_called_todays(
    context: BrowserContext, evolution: Sandbox
) -> None:
    content = make_jpeg(width=64, height=48, taken="2025:11:03 09:15:00", zone="+13:00")
    photo = FilePayload(name="1.jpg", mimeType="image/jpeg", buffer=content)
    widget = await with_a_photo(context, evolution, photo)
    await widget.get_by_role("button", name="Earlier photos (7)").click()
    await widget.get_by_role("dialog").get_by_role("button", name="6 months ago").first.click()
    captions = widget.locator(".compared figcaption")
    await expect(captions.nth(1)).to_contain_text("3 Nov 2025")
    await expect(captions.nth(1)).not_to_contain_text("today")


async def test_the_whole_way_goes_by_keyboard(context: BrowserContext, evolution: Sandbox) -> None:
    widget = await with_a_photo(context, evolution)
    await widget.get_by_role("button", name="Earlier photos (7)").focus()
    await widget.keyboard.press("Enter")
    await expect(widget.get_by_role("heading", name="Earlier photos", exact=True)).to_be_focused()
    await widget.keyboard.press("Tab")
    await widget.keyboard.press("Tab")
    await widget.keyboard.press("Enter")
    group = widget.get_by_role("group", name="Both photos")
    await group.focus()
    await widget.keyboard.press("+")
    await expect(widget.locator(".compared img").first).to_have_attribute(
        "style", re.compile(r"scale\(1\.[1-9]")
    )
    scales = await widget.locator(".compared img").evaluate_all("all => all.map(img => img.style.transform)")
    assert len(set(scales)) == 1


async def test_before_the_first_photo_it_can_be_looked_at_alone(
    context: BrowserContext, evolution: Sandbox
) -> None:
    desk = await context.new_page()
    await desk.goto(f"{evolution.origin}/evolution")
    await open_patient(desk, PATIENT)
    widget = await press_icon(context, desk)
    await widget.get_by_role("button", name="Earlier photos (7)").click()
    await (
        widget.get_by_role("dialog")
        .get_by_role("button", name="2 years ago")
        .or_(widget.get_by_role("dialog").get_by_role("button", name="23 months ago"))
        .first.click()
    )
    await expect(widget.locator(".chosen-alone img")).to_be_visible()
    await assert_accessible(widget, "earlier photo, alone")
    await expect(widget.locator(".chosen-alone figcaption")).to_be_in_viewport()


async def test_where_medtech_shows_none_it_says_so(context: BrowserContext, evolution: Sandbox) -> None:
    evolution.call("PUT", "/sandbox/settings", {"searchShows": "nothing"})
    try:
        widget = await with_a_photo(context, evolution)
        await widget.get_by_role("button", name="Earlier photos (0)").click()
        await expect(widget.get_by_role("dialog")).to_contain_text(
            "Medtech lists no earlier photos of this patient."
        )
    finally:
        evolution.call("PUT", "/sandbox/settings", {"searchShows": "everything"})


async def test_where_medtech_hangs_few_photos_are_asked_for_and_the_rest_of_the_page_works(
    context: BrowserContext, evolution: Sandbox
) -> None:
    """A browser has six connections to one server: photos that don't come must leave some of them."""
    widget = await with_a_photo(context, evolution)
    await widget.get_by_role("button", name="Earlier photos (7)").wait_for()
    waiting: set[Request] = set()
    most = 0

    def asked(request: Request) -> None:
        nonlocal most
        if "/api/earlier-images/" in request.url and "/content" in request.url:
            waiting.add(request)
            most = max(most, len(waiting))

    def ended(request: Request) -> None:
        waiting.discard(request)

    widget.on("request", asked)
    widget.on("requestfinished", ended)
    widget.on("requestfailed", ended)
    hang = {"seed": 1, "faults": [{"kind": "hang", "method": "GET", "resource": "Binary"}]}
    evolution.call("PUT", "/sandbox/faults", hang)
    await widget.get_by_role("button", name="Earlier photos (7)").click()
    dialog = widget.get_by_role("dialog", name="Earlier photos")
    await expect(dialog.locator(".earlier-photo")).to_have_count(7)
    await expect(dialog.locator("img[src]")).to_have_count(3)
    assert most <= 3
    await dialog.get_by_role("button", name="6 months ago").first.click()
    older = widget.locator(".compared").first
    await expect(older).to_contain_text("Asking Medtech for it")
    await widget.locator("input[type=file]").first.set_input_files([small_picture(2)])
    await expect(widget.locator(".thumb img")).to_have_count(2)
    # Those of the dialog are no longer asked for.
    async with asyncio.timeout(20):
        while len(waiting) > 1:
            await widget.wait_for_timeout(50)
    # It comes once Medtech answers again; if the page had given it up before, on a busy machine, with one more press.
    evolution.call("DELETE", "/sandbox/faults")
    again = older.get_by_role("button", name="Try again")
    async with asyncio.timeout(60):
        while not await older.locator("img").evaluate_all("all => all.some((each) => each.naturalWidth > 0)"):
            if await again.is_visible():
                await again.click()
            await widget.wait_for_timeout(100)


async def test_a_photo_that_does_not_come_says_so_and_is_asked_for_again(
    context: BrowserContext, evolution: Sandbox
) -> None:
    widget = await with_a_photo(context, evolution)
    content = "**/api/earlier-images/*/content*"
    await widget.route(content, lambda route: route.abort())
    await widget.get_by_role("button", name="Earlier photos (7)").click()
    dialog = widget.get_by_role("dialog", name="Earlier photos")
    await expect(dialog.get_by_text("Not loaded. Open it in Evolution.").first).to_be_visible()
    await assert_accessible(widget, "earlier photos, not loaded")
    await dialog.get_by_role("button", name="6 months ago").first.click()
    older = widget.locator(".compared").first
    await expect(older.get_by_role("alert")).to_contain_text("Not loaded. Open it in Evolution.")
    await assert_accessible(widget, "an earlier photo that did not come")
    await widget.unroute(content)
    await older.get_by_role("button", name="Try again").click()
    await expect(older.locator("img")).not_to_have_js_property("naturalWidth", 0)


def still_camera(folder: Path) -> list[str]:
    """A fake camera whose picture never changes; the usual one draws a clock, so that no two photos are alike."""
    across, down = np.meshgrid(np.linspace(60, 200, 640), np.linspace(0, 30, 480))
    luma = (across + down).astype(np.uint8).tobytes()
    file = folder / "camera.y4m"
    file.write_bytes(
        b"YUV4MPEG2 W640 H480 F5:1 Ip A1:1 C420jpeg\nFRAME\n"
        + luma
        + bytes([112]) * 76800
        + bytes([144]) * 76800
    )
    return [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-sync",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={file}",
        "--use-fake-ui-for-media-stream",
    ]


async def chosen(widget: Page, name: str = "6 months ago") -> None:
    """Open the earlier photos and choose the first of that time."""
    await widget.get_by_role("button", name="Earlier photos (7)").click()
    dialog = widget.get_by_role("dialog")
    photos = dialog.locator("li img")
    await expect(photos).to_have_count(7)
    for photo in await photos.all():
        await photo.scroll_into_view_if_needed()
        await expect(photo).not_to_have_js_property("naturalWidth", 0)
    await dialog.get_by_role("button", name=name).first.click()


async def test_the_phone_shows_it_faintly_over_its_viewfinder_and_never_in_the_photo(
    evolution: Sandbox, tmp_path: Path
) -> None:
    """In a browser with a profile on disk, in which nothing of it is found afterwards."""
    profile = tmp_path / "profile"
    settings: dict[str, Any] = {
        "executable_path": chromium(),
        "args": still_camera(tmp_path),
        "locale": "en-NZ",
    }
    async with async_playwright() as playwright:
        desk = await playwright.chromium.launch_persistent_context(
            profile, viewport={"width": 1280, "height": 800}, **settings
        )
        bodies: list[asyncio.Task[bytes]] = []

        async def body_of(response: Response) -> bytes:
            # Asked for once more, beside the browser: it doesn't keep what it has shown until its body is wanted.
            return await (await response.frame.page.context.request.get(response.url)).body()

        def note(response: Response) -> None:
            if "/api/earlier-images/" in response.url and "/content" in response.url:
                bodies.append(asyncio.create_task(body_of(response)))

        desk.on("response", note)
        widget = await with_a_photo(desk, evolution)
        await chosen(widget)
        await expect(widget.get_by_role("img", name="Earlier photo: Left forearm")).to_be_visible()
        await over_the_webcam(widget)
        phone = await playwright.chromium.launch_persistent_context(
            tmp_path / "phone",
            viewport={"width": 390, "height": 844},
            is_mobile=True,
            has_touch=True,
            **settings,
        )
        phone.on("response", note)
        page = await scan(phone, await new_code(widget))
        await page.get_by_role("button", name="Open camera").tap()
        faint = page.locator(".viewfinder-earlier")
        await expect(faint).to_have_css("opacity", "0.3")
        await expect(faint).to_have_js_property("complete", True)
        await assert_accessible(page, "an earlier photo over the viewfinder")
        await two_shots(page)
        await page.get_by_role("button", name="Send 2").tap()
        # Of a camera that sees the same, both are the same file, which the gateway keeps once.
        await expect(page.get_by_role("heading", name="The photo is on the desktop")).to_be_visible()
        await expect(widget.locator(".thumb img")).to_have_count(2)
        assert len([each for each in await pictures(widget) if each["source"] == "phone"]) == 1

        await put_away_while_the_camera_opens(page, widget)
        await chosen(widget)
        await expect(faint).to_be_visible()
        shown = await asyncio.gather(*bodies)  # the session's end would refuse them
        await widget.evaluate("fetch('/api/session', { method: 'DELETE' })")
        await expect(faint).to_have_count(0)
        await phone.close()
        await desk.close()
    markers = [body[len(body) // 2 :][:24] for body in shown]
    assert len(set(markers)) > 3
    markers += [text.encode(coding) for text in ("– Mole 1",) for coding in ("utf-8", "utf-16-le")]
    found = [each for folder in (profile, tmp_path / "phone") for each in files_with(folder, *markers)]
    assert found == []


async def over_the_webcam(widget: Page) -> None:
    """In a window and in a small frame, the earlier photo lies exactly over the camera's picture, all of which is in sight."""
    whole = widget.viewport_size
    assert whole is not None
    await widget.get_by_role("button", name="Webcam").click()
    camera, faint = widget.locator(".webcam-view video"), widget.locator(".overlay-photo")
    await expect(faint).to_have_css("opacity", "0.3")
    for width, height in ((1280, 800), (700, 500)):
        await widget.set_viewport_size({"width": width, "height": height})
        await camera.scroll_into_view_if_needed()
        seen, over = await camera.bounding_box(), await faint.bounding_box()
        view = await widget.locator(".webcam-view").bounding_box()
        assert seen == over == view
        assert seen is not None
        assert seen["height"] >= 200
    await widget.set_viewport_size(whole)
    await widget.keyboard.press("Escape")


async def two_shots(page: Page) -> None:
    """Take a photo with the earlier one hidden, and one with it as strong as can be."""
    faint = page.locator(".viewfinder-earlier")
    strength = page.get_by_role("slider", name="Earlier photo")
    photos: list[str] = []
    for share in ("0", "70"):
        await strength.fill(share)
        await expect(faint).to_have_css("opacity", f"{int(share) / 100:g}")
        await page.get_by_role("button", name="Take photo").tap()
        await expect(page.get_by_role("button", name=f"Send {len(photos) + 1}")).to_be_enabled()
        photos.append(share)


async def put_away_while_the_camera_opens(page: Page, widget: Page) -> None:
    """What the phone asks for as its camera opens is answered before the photo is put away, and arrives after it."""
    faint = page.locator(".viewfinder-earlier")
    answered, put_away = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        reply = await route.fetch()
        answered.set()
        await put_away.wait()
        await route.fulfill(response=reply)

    await page.route("**/api/earlier-images/chosen", late)
    await page.get_by_role("button", name="Open camera").tap()
    await expect(faint).to_be_visible()
    await answered.wait()
    await widget.get_by_role("button", name="Put the earlier photo away").click()
    await expect(faint).to_have_count(0)
    async with page.expect_event("requestfinished", lambda each: each.url.endswith("/earlier-images/chosen")):
        put_away.set()
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    await expect(faint).to_have_count(0)
    await page.unroute("**/api/earlier-images/chosen")


def files_with(folder: Path, *markers: bytes) -> list[str]:
    """The names of the files that contain one of these."""
    files = [each for each in folder.rglob("*") if each.is_file() and not each.is_symlink()]
    return [each.name for each in files if any(marker in each.read_bytes() for marker in markers)]
