"""The webcam in real Chromium, with the browser's own pretended camera: take, keep, and every way it can fail."""

import asyncio
import io

import pytest
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, expect

from browser.axe import assert_accessible
from browser.editing import images
from browser.test_journey import open_patient, press_icon
from running import Sandbox

pytestmark = pytest.mark.anyio


async def launched(context: BrowserContext, evolution: Sandbox) -> Page:
    desk = await context.new_page()
    await desk.goto(f"{evolution.origin}/evolution")
    await open_patient(desk, "TESTING")
    widget = await press_icon(context, desk)
    await expect(widget.get_by_role("button", name="Webcam")).to_be_visible()
    return widget


async def cameras_on(widget: Page, count: int) -> None:
    """Wait until so many cameras are on."""
    # Looked at in the page itself: wait_for_function would look again by eval, which the page's policy forbids.
    async with asyncio.timeout(20):
        await widget.evaluate(
            """async (count) => {
              const on = () => window.started.filter((track) => track.readyState === "live").length;
              while (on() !== count) await new Promise((again) => setTimeout(again, 20));
            }""",
            count,
        )


WATCH = """
window.started = [];
const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (ask) navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await ask(wanted);
  window.started.push(...stream.getTracks());
  return stream;
};
"""


@pytest.mark.parametrize("photos", [True, False], ids=["ImageCapture", "no-ImageCapture"])
async def test_a_picture_taken_by_key_is_kept_at_the_cameras_full_resolution_and_the_camera_goes_off(
    filmed: Browser, evolution: Sandbox, *, photos: bool
) -> None:
    context = await filmed.new_context(viewport={"width": 1280, "height": 800})
    # Firefox and Safari have no ImageCapture.
    await context.add_init_script(WATCH + ("" if photos else "delete window.ImageCapture;"))
    widget = await launched(context, evolution)
    await widget.keyboard.press("c")
    shutter = widget.get_by_role("button", name="Take photo")
    await expect(shutter).to_be_focused()
    width, height = await widget.evaluate(
        "(({videoWidth, videoHeight}) => [videoWidth, videoHeight])(document.querySelector('video'))"
    )
    await widget.keyboard.press("Space")
    await expect(widget.get_by_role("img", name="Just taken")).to_be_visible()
    await widget.get_by_role("button", name="Take again").click()
    await expect(shutter).to_be_focused()
    await cameras_on(widget, 1)
    await widget.keyboard.press("Space")
    await expect(widget.get_by_role("button", name="Keep", exact=True)).to_be_focused()
    await widget.keyboard.press("Enter")
    await expect(widget.get_by_text("Needs body site")).to_be_visible()

    [image] = await images(widget)
    assert image["width"] * image["height"] >= width * height >= 1920 * 1080
    reply = await widget.request.get(f"{widget.url}api/images/{image['id']}/content")
    # The pretended camera's photo is green; a black frame was taken too early.
    shown = Image.open(io.BytesIO(await reply.body())).convert("RGB").resize((1, 1))
    red, green, blue = shown.tobytes()
    assert green > 80 > max(red, blue)
    await cameras_on(widget, 0)
    await context.close()


async def test_closing_the_dialog_switches_the_camera_off(filmed: Browser, evolution: Sandbox) -> None:
    context = await filmed.new_context()
    await context.add_init_script(WATCH)
    widget = await launched(context, evolution)
    await widget.get_by_role("button", name="Webcam").click()
    await expect(widget.get_by_role("button", name="Take photo")).to_be_focused()
    await cameras_on(widget, 1)
    await widget.keyboard.press("Escape")
    await expect(widget.get_by_role("dialog", name="Webcam")).to_be_hidden()
    await cameras_on(widget, 0)
    await context.close()


async def test_a_refused_camera_is_said_with_what_to_do(browser: Browser, evolution: Sandbox) -> None:
    context = await browser.new_context()
    refused = (
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', window.failure); };"
    )
    await context.add_init_script(f"window.failure = 'NotAllowedError'; {refused}")
    widget = await launched(context, evolution)
    await widget.get_by_role("button", name="Webcam").click()
    dialog = widget.get_by_role("dialog", name="Webcam")
    await expect(dialog.get_by_role("alert")).to_contain_text("This page may not use the camera")
    for name, words in (("NotFoundError", "No camera was found"), ("NotReadableError", "in use")):
        await widget.evaluate("(name) => { window.failure = name; }", name)
        await dialog.get_by_role("button", name="Try again").click()
        await expect(dialog.get_by_role("alert")).to_contain_text(words)
    await assert_accessible(widget, "webcam, no camera")
    await context.close()


async def test_nothing_in_the_webcams_dialog_is_out_of_reach_for_assistive_technology(
    filmed: Browser, evolution: Sandbox
) -> None:
    context = await filmed.new_context()
    widget = await launched(context, evolution)
    await widget.get_by_role("button", name="Webcam").click()
    await expect(widget.get_by_role("button", name="Take photo")).to_be_focused()
    await assert_accessible(widget, "webcam, aiming")
    await widget.get_by_role("button", name="Take photo").press("Space")
    await expect(widget.get_by_role("img", name="Just taken")).to_be_visible()
    await assert_accessible(widget, "webcam, taken")
    await context.close()
