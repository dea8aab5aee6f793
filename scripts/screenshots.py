"""Take the pictures of the README and the guide anew: walks the demo in Chromium and writes docs/images/*.png."""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.async_api import BrowserContext, Page, async_playwright

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
EXAMPLES = ROOT / "src" / "clinicpro_images" / "web" / "examples"
# file, body site, type, view, label
PICTURES = (
    ("forearm", "Forearm", "Lesion", "Regional", "Mole 1"),
    ("mole", "Forearm", "Lesion", "Close-up", "Mole 1"),
    ("dermoscopy", "Forearm", "Lesion", "Dermoscopy", "Mole 1"),
)


async def main() -> None:
    """Start the demo, walk through it, stop it."""
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "clinicpro_images", "demo", "--port", "0", "--sandbox-port", "0", "--no-open"),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        await walk(await evolution_address(demo))
        for path in IMAGES.glob("*.png"):
            # 256 colours are enough for a page and a third of the size; this way of choosing them keeps small coloured things.
            Image.open(path).convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE).save(
                path, optimize=True
            )
    finally:
        demo.terminate()
        await demo.wait()


async def evolution_address(demo: asyncio.subprocess.Process) -> str:
    """Read where Evolution's stand-in is."""
    if demo.stdout is not None:
        async for line in demo.stdout:
            found = re.search(r"http://\S+/evolution", line.decode())
            if found:
                return found[0]
    raise SystemExit("The demo did not start; run scripts/demo to see why.")


async def walk(address: str) -> None:
    """File three pictures and take a screenshot of the widget, the receipt and Inbox Scan."""
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        context = await browser.new_context(
            viewport={"width": 1280, "height": 800}, locale="en-NZ", timezone_id="Pacific/Auckland"
        )
        desk = await context.new_page()
        await desk.goto(address)
        await desk.get_by_role("button", name="Ngāwhare").click()
        widget = await press_icon(context, desk)
        await widget.get_by_text("Drop pictures here").wait_for()
        await widget.wait_for_timeout(1500)
        await widget.screenshot(path=IMAGES / "empty.png")
        await widget.keyboard.press("?")
        await widget.screenshot(path=IMAGES / "keys.png")
        await widget.keyboard.press("Escape")
        for number, (file, *said) in enumerate(PICTURES, start=1):
            await widget.get_by_label("Add pictures").first.set_input_files(EXAMPLES / f"{file}.jpg")
            await widget.get_by_role("button", name=f"Picture {number} ").first.click()
            await describe(widget, *said)
        await widget.get_by_role("button", name="Picture 1 ").first.click()
        await widget.get_by_text("Left forearm – lesion – regional – Mole 1").last.wait_for()
        await widget.wait_for_timeout(1500)
        await widget.screenshot(path=IMAGES / "widget.png")
        await widget.get_by_role("combobox", name="Search body sites").fill("left shin")
        await widget.screenshot(path=IMAGES / "search.png")
        await widget.get_by_role("combobox", name="Search body sites").fill("")
        await edit(widget)
        await widget.get_by_role("button", name="File 3 pictures to record").click()
        await widget.get_by_role("button", name="File to record", exact=True).wait_for()
        await widget.wait_for_timeout(1500)
        await widget.screenshot(path=IMAGES / "review.png")
        await widget.get_by_role("button", name="File to record", exact=True).click()
        await widget.get_by_role("heading", name="Filed in the record").wait_for()
        await widget.screenshot(path=IMAGES / "receipt.png")
        await desk.bring_to_front()
        await desk.locator(".row").nth(2).click()
        await desk.wait_for_timeout(1500)
        await desk.screenshot(path=IMAGES / "inbox-scan.png")
        await browser.close()


async def edit(widget: Page) -> None:
    """Take screenshots of the editor: marks, a crop, and the picture enlarged; nothing is saved."""
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
    await widget.get_by_role("group", name="Move the picture").wait_for()
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
    """Say what a clinician would."""
    for chip in (site, "Left", kind, view):
        await widget.get_by_role("button", name=chip, exact=True).click()
    await widget.get_by_label("Label").fill(label)
    await widget.get_by_text("Saved", exact=True).wait_for()


if __name__ == "__main__":
    asyncio.run(main())
