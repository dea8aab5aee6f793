"""What keeps a clinician from harm in real Chromium: leftovers, two patients side by side, expiry, closing, no network."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.async_api import BrowserContext, Dialog, FilePayload, Page, Route, expect

from browser.test_filing import add, launched
from browser.test_journey import open_patient, press_icon
from image_files import make_jpeg
from running import Sandbox
from titles import line_of

pytestmark = pytest.mark.anyio


TESTING, KOPUA = "14e52e16edb7a435bfa05e307afd008b", "f37b2c52227a69f7ecb3024f2a592efc"


@pytest.fixture(autouse=True)
def nothing_left(evolution: Sandbox) -> None:
    """No photos left over from other tests."""
    for patient in (TESTING, KOPUA):
        url = urlsplit(evolution.launch_url(patient))
        origin = f"{url.scheme}://{url.netloc}"
        with httpx2.Client(base_url=origin, headers={"Origin": origin}, timeout=20) as browser:
            assert browser.get(f"{url.path}?{url.query}").status_code == 303
            # The launch itself has brought them back.
            listed = browser.get("/api/images").raise_for_status().json()
            for image in listed["images"]:
                browser.delete(f"/api/images/{image['id']}").raise_for_status()


async def test_two_patients_side_by_side_keep_their_pictures_apart_and_get_them_back(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    first = await launched(context, desk)
    await add(first, "Hand")

    await desk.bring_to_front()
    await open_patient(desk, "Kōpua")
    second = await press_icon(context, desk)
    # The older window freezes automatically.
    await expect(first.get_by_role("heading", name="This window is for UNRELATED STRING")).to_be_visible()
    await expect(first.get_by_role("button", name="Add photos")).to_have_count(0)
    # Other patients by initials and NHI only, behind one press.
    await expect(second.get_by_text("Drop photos here")).to_be_visible()
    await expect(second.get_by_text("TESTING")).to_have_count(0)
    await second.get_by_role("button", name="Tray").click()
    tray = second.get_by_role("dialog", name="Other photos of yours")
    await expect(tray.get_by_role("listitem").first).to_contain_text("ZZZ0016")
    await expect(tray).to_contain_text("1 photo not filed yet")
    await expect(tray).to_contain_text("open the patient in Evolution and press the ClinicPro Images icon")
    await second.keyboard.press("Escape")
    await add(second, "Back")

    await desk.bring_to_front()
    await open_patient(desk, "TESTING")
    third = await press_icon(context, desk, fresh=False)
    await expect(third.get_by_role("banner")).to_contain_text("ZZZ0016")
    await expect(third.get_by_role("button", name="Tray")).to_be_visible()
    # Her own photo is simply there again, with its time.
    await expect(third.locator(".thumb-earlier")).to_be_visible()
    await expect(third.get_by_role("button", name="File 1 photo to record")).to_be_visible()
    await third.get_by_role("button", name="File 1 photo to record").click()
    await third.get_by_role("button", name="File to record", exact=True).click()
    await expect(third.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()
    [document] = evolution.resources()
    assert line_of(document) == "Hand"
    assert document["resource"]["subject"]["reference"].endswith(TESTING)


async def test_closing_with_unfiled_pictures_is_asked_about(context: BrowserContext, desk: Page) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand")
    asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def stay(dialog: Dialog) -> None:
        asked.set_result(dialog.type)
        await dialog.dismiss()

    widget.on("dialog", stay)
    await widget.close(run_before_unload=True)
    async with asyncio.timeout(20):
        assert await asked == "beforeunload"
    await expect(widget.get_by_role("button", name="File 1 photo to record")).to_be_visible()


async def test_without_a_network_the_page_says_so_and_recovers_by_itself(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand")
    await context.set_offline(True)
    await expect(widget.get_by_text("No connection to the server")).to_be_visible()
    await context.set_offline(False)
    await expect(widget.get_by_text("No connection to the server")).to_be_hidden()
    await expect(widget.get_by_role("button", name="File 1 photo to record")).to_be_visible()


async def test_a_session_about_to_end_is_kept_open_with_one_press(
    context: BrowserContext, desk: Page
) -> None:
    await open_patient(desk, "TESTING")
    pressed = asyncio.Event()

    async def nearly_over(route: Route) -> None:
        reply = await route.fetch()
        session = await reply.json()
        # Until the button is pressed, or the page would learn in between that there is time left.
        if not pressed.is_set():
            session["expiresAt"] = (datetime.now(UTC) + timedelta(minutes=3)).isoformat()
        await route.fulfill(response=reply, body=json.dumps(session))

    await context.route("**/api/session", nearly_over)
    widget = await press_icon(context, desk)
    await expect(widget.get_by_text("This session ends in 3 minutes")).to_be_visible()
    await widget.expose_function("pressed", pressed.set)
    await widget.evaluate("addEventListener('pointerdown', () => void window.pressed(), true)")
    await widget.get_by_role("button", name="Keep working").click()
    await expect(widget.get_by_text("This session ends in")).to_be_hidden()


async def test_an_ended_session_says_how_to_go_on(context: BrowserContext, desk: Page) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand")
    await widget.evaluate("() => fetch('/api/session', { method: 'DELETE' })")
    await widget.reload()
    await expect(widget.get_by_role("heading", name="Open a patient in Evolution")).to_be_visible()

    await desk.bring_to_front()
    await open_patient(desk, "TESTING")
    again = await press_icon(context, desk, fresh=False)
    await expect(again.get_by_role("button", name="File 1 photo to record")).to_be_visible()


async def test_what_can_not_be_pressed_does_not_answer_the_pointer(
    context: BrowserContext, desk: Page
) -> None:
    widget = await launched(context, desk)
    picture = FilePayload(name="arm.jpg", mimeType="image/jpeg", buffer=make_jpeg(seed=77))
    await widget.get_by_label("Add photos").first.set_input_files([picture])
    button = widget.get_by_role("button", name="File 1 photo to record")
    await expect(button).to_be_disabled()
    look = "(button) => [getComputedStyle(button).backgroundColor, button.getAnimations().length]"
    before = await button.evaluate(look)
    await button.hover(force=True)
    assert await button.evaluate("(button) => button.matches(':hover')")
    assert await button.evaluate(look) == before
