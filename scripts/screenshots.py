"""Take the screenshots of the README and the guide: drive the demo in Chromium and write docs/images/*.png.

With names, only those: `scripts/screenshots.py webcam phone`.
"""

import asyncio
import sys
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import desk_states, guard_states  # noqa: E402 - the path is set above
from browser.conftest import chromium  # noqa: E402
from browser.walks import Start, Walk, launched  # noqa: E402
from demo import running_demo  # noqa: E402
from practice_example import example_page  # noqa: E402
from running import Sandbox  # noqa: E402

IMAGES = ROOT / "docs" / "images"
EXAMPLES = ROOT / "src" / "clinicpro_images" / "web" / "examples"
SIZE = ViewportSize(width=1280, height=800)
PATIENT, PATIENT_ID = "Ngāwhare", "6f85b5c92705044bd76ed8cf55887bdb"
# The states of the browser tests that the guide shows.
STATES: dict[Path, Walk] = {
    IMAGES / "phone-code.png": desk_states.phone_code,
    IMAGES / "webcam.png": desk_states.webcam,
    IMAGES / "message.png": desk_states.review_with_message_and_task,
    IMAGES / "message-unverified.png": desk_states.message_unverified,
    IMAGES / "failed.png": desk_states.partly_failed,
    IMAGES / "unverified.png": desk_states.unverified,
    IMAGES / "refused-file.png": desk_states.refused_file,
    IMAGES / "twenty.png": desk_states.twenty_as_a_strip,
    IMAGES / "offline.png": guard_states.offline,
    IMAGES / "expiring.png": guard_states.expiring,
    IMAGES / "frozen.png": guard_states.session_changed,
    IMAGES / "launch-refused.png": guard_states.no_patient,
    IMAGES / "leftovers.png": guard_states.leftovers,
}
# file, body site, type, view, label
PICTURES = (
    ("forearm", "Forearm", "Lesion", "Regional", "Mole 1"),
    ("mole", "Forearm", "Lesion", "Close-up", "Mole 1"),
    ("dermoscopy", "Forearm", "Lesion", "Dermoscopy", "Mole 1"),
)


async def main(only: list[str]) -> None:
    """Start the demo, take the screenshots, stop it; `only` names states, "walk" (the first twelve), "phone" or "practice"."""
    with running_demo() as evolution:
        async with async_playwright() as playwright:
            flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            browser = await playwright.chromium.launch(executable_path=chromium(), args=flags)
            if not only or "walk" in only:
                await walk(browser, evolution)
            for picture, state in STATES.items():
                if not only or picture.stem in only:
                    await take(browser, evolution, picture, state)
            if not only or "phone" in only:
                await phone(browser, evolution)
            if not only or "practice" in only:
                await practice(browser)
            await browser.close()
    for path in IMAGES.glob("*.png"):
        taken = Image.open(path)
        if taken.mode != "P":
            # 256 colours are enough for a page and a third of the size; this quantisation keeps small coloured details.
            taken.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE).save(path, optimize=True)


def start_in(context: BrowserContext, desk: Page, evolution: str) -> Start:
    """Evolution with a patient of the demo, and its sample photos."""
    sandbox = Sandbox({"MEDTECH_API_BASE_URL": evolution.removesuffix("/evolution") + "/FHIR"})
    examples = [(EXAMPLES / f"{name}.jpg").read_bytes() for name in ("forearm", "mole", "dermoscopy")]
    return Start(context, desk, sandbox, PATIENT, PATIENT_ID, examples)


async def take(browser: Browser, evolution: str, picture: Path, state: Walk) -> None:
    """One state of the page, as the browser tests reach it."""
    context = await browser.new_context(viewport=SIZE, locale="en-NZ", timezone_id="Pacific/Auckland")
    desk = await context.new_page()
    await desk.goto(evolution)
    start = start_in(context, desk, evolution)
    start.evolution.call("DELETE", "/sandbox/faults")
    page = await state(start)
    await page.mouse.move(0, 0)
    await page.wait_for_timeout(1000)
    await page.screenshot(path=picture)
    start.evolution.call("DELETE", "/sandbox/faults")
    # Unfiled photos would appear as a bar on every later screenshot.
    await context.set_offline(False)
    await page.evaluate(
        """async () => {
          const found = await fetch("/api/images");
          if (!found.ok) return;
          for (const { id } of (await found.json()).images) await fetch(`/api/images/${id}`, { method: "DELETE" });
        }"""
    )
    await context.close()


async def phone(browser: Browser, evolution: str) -> None:
    """The phone's page: a photo before it is kept, and everything sent."""
    context = await browser.new_context(viewport=SIZE, locale="en-NZ")
    desk = await context.new_page()
    await desk.goto(evolution)
    widget = await launched(start_in(context, desk, evolution))
    code = await widget.evaluate("async () => (await fetch('/api/handoff', { method: 'POST' })).json()")
    held = await browser.new_context(
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
        device_scale_factor=1,
        locale="en-NZ",
    )
    page = await held.new_page()
    await page.goto(code["url"])
    await page.get_by_role("button", name="Forearm").click()
    await page.get_by_label("Camera app").set_input_files(EXAMPLES / "mole.jpg")
    await page.get_by_role("button", name="Retake").wait_for()
    await page.get_by_text("This may be too bright").wait_for()
    await page.wait_for_timeout(500)
    await page.screenshot(path=IMAGES / "phone-shot.png")
    await page.get_by_role("button", name="Back to all photos").click()
    await page.get_by_role("button", name="Send 1 photo").click()
    await page.get_by_role("heading", name="The photo is on the desktop").wait_for()
    # Its original has followed.
    await page.get_by_text("Nothing is left on this phone").wait_for()
    await page.wait_for_timeout(500)
    await page.screenshot(path=IMAGES / "phone-sent.png")
    await held.close()
    await context.close()


async def practice(browser: Browser) -> None:
    """The practice's page after an invented month."""
    page = await browser.new_page(viewport={"width": 1100, "height": 1150}, locale="en-NZ")
    styles = (ROOT / "src" / "clinicpro_images" / "web" / "pages_static" / "practice.css").read_text("utf-8")
    await page.set_content(example_page(), wait_until="domcontentloaded")
    await page.add_style_tag(content=styles)
    await page.screenshot(path=IMAGES / "practice.png")
    await page.close()


async def walk(browser: Browser, address: str) -> None:
    """File three photos and take a screenshot of the widget, the receipt and Inbox Scan."""
    context = await browser.new_context(viewport=SIZE, locale="en-NZ", timezone_id="Pacific/Auckland")
    desk = await context.new_page()
    await desk.goto(address)
    await desk.get_by_role("button", name="Ngāwhare").click()
    await desk.wait_for_timeout(1500)
    await desk.screenshot(path=IMAGES / "evolution.png")
    widget = await press_icon(context, desk)
    await widget.get_by_text("Drop photos here").wait_for()
    await widget.wait_for_timeout(1500)
    await widget.screenshot(path=IMAGES / "empty.png")
    await widget.keyboard.press("?")
    await widget.screenshot(path=IMAGES / "keys.png")
    await widget.keyboard.press("Escape")
    for number, (file, *said) in enumerate(PICTURES, start=1):
        await widget.get_by_label("Add photos").first.set_input_files(EXAMPLES / f"{file}.jpg")
        await widget.get_by_role("button", name=f"Photo {number} ").first.click()
        await describe(widget, *said)
    await widget.get_by_role("button", name="Photo 1 ").first.click()
    await widget.get_by_text("Left forearm – lesion – regional – Mole 1").last.wait_for()
    await widget.wait_for_timeout(1500)
    await widget.screenshot(path=IMAGES / "widget.png")
    await widget.get_by_role("combobox", name="Search body sites").fill("left shin")
    await widget.screenshot(path=IMAGES / "search.png")
    await widget.get_by_role("combobox", name="Search body sites").fill("")
    await edit(widget)
    await widget.get_by_role("button", name="File 3 photos to record").click()
    await widget.get_by_role("button", name="File to record", exact=True).wait_for()
    await widget.wait_for_timeout(1500)
    await widget.screenshot(path=IMAGES / "review.png")
    await widget.get_by_role("button", name="File to record", exact=True).click()
    await widget.get_by_role("heading", name="Filed in the record", level=2).wait_for()
    await widget.get_by_role("button", name="(ZIP)").wait_for()
    await widget.screenshot(path=IMAGES / "receipt.png")
    await desk.bring_to_front()
    await desk.locator(".row").nth(2).click()
    await desk.wait_for_timeout(1500)
    await desk.screenshot(path=IMAGES / "inbox-scan.png")
    await context.close()


async def edit(widget: Page) -> None:
    """Take screenshots of the editor: marks, a crop, and the photo enlarged; nothing is saved."""
    await widget.get_by_role("button", name="Edit", exact=True).click()
    picture = widget.get_by_role("application")
    await picture.focus()
    box = await picture.bounding_box() or {"x": 0, "y": 0, "width": 0, "height": 0}
    middle = (box["x"] + box["width"] * 0.52, box["y"] + box["height"] * 0.45)
    await widget.keyboard.press("o")
    await stroke(widget, (middle[0] - 60, middle[1] - 55), (middle[0] + 60, middle[1] + 55))
    await widget.keyboard.press("a")
    await stroke(widget, (middle[0] - 230, middle[1] + 190), (middle[0] - 65, middle[1] + 60))
    await widget.keyboard.press("Escape")
    await widget.screenshot(path=IMAGES / "editor.png")
    await widget.mouse.move(*middle)
    await widget.mouse.wheel(0, -800)
    await widget.get_by_role("group", name="Move the photo").wait_for()
    await widget.screenshot(path=IMAGES / "editor-near.png")
    await widget.keyboard.press("c")
    await widget.get_by_label("Shape").select_option("Square")
    await widget.get_by_role("group", name="Options").get_by_role("button", name="Smaller").click()
    await widget.screenshot(path=IMAGES / "editor-crop.png")
    await widget.get_by_role("button", name="Cancel").click()
    await widget.get_by_role("button", name="Discard changes").click()


async def stroke(widget: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw with the mouse."""
    await widget.mouse.move(*start)
    await widget.mouse.down()
    await widget.mouse.move(*end, steps=5)
    await widget.mouse.up()


async def press_icon(context: BrowserContext, desk: Page) -> Page:
    """Launch the widget for the open patient."""
    async with context.expect_page() as opened:
        await desk.get_by_role("button", name="ClinicPro Images", exact=True).click()
    return await opened.value


async def describe(widget: Page, site: str, kind: str, view: str, label: str) -> None:
    """Enter the details a clinician would."""
    for chip in (site, "Left", kind, view):
        await widget.get_by_role("button", name=chip, exact=True).click()
    await widget.get_by_label("Label").fill(label)
    await widget.get_by_text("Saved", exact=True).wait_for()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
