"""A photo is kept as it was sent, and shown upright and in its colours, in a real Chromium."""

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps
from playwright.async_api import BrowserContext, FilePayload, Locator, Page, expect

from browser.editing import MARGIN, images, opened, save, settled
from browser.test_journey import open_patient, press_icon
from image_files import CORNERS, Rgb, corners, icc_profile, make_jpeg

pytestmark = pytest.mark.anyio

CANVAS = """
async (width) => {
  const canvas = new OffscreenCanvas(width, width);
  const context = canvas.getContext("2d");
  for (let x = 0; x < width; x += 8) {
    context.fillStyle = `hsl(${x}, 60%, ${30 + (x % 40)}%)`;
    context.fillRect(x, 0, 8, width - x);
  }
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
  return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
}
"""
COLOUR_TOLERANCE = 12


async def added(context: BrowserContext, desk: Page, content: bytes) -> Page:
    await open_patient(desk, "TESTING")
    widget = await press_icon(context, desk)
    photo = FilePayload(name="IMG_0001.jpg", mimeType="image/jpeg", buffer=content)
    await widget.get_by_label("Add photos").first.set_input_files([photo])
    await expect(widget.get_by_role("button", name="Edit", exact=True)).to_be_visible(timeout=60_000)
    return widget


async def stored(widget: Page, number: int = 0) -> bytes:
    image = (await images(widget))[number]
    reply = await widget.request.get(f"{widget.url}api/images/{image['id']}/content")
    return await reply.body()


def scan(content: bytes) -> bytes:
    """Everything from the first scan on."""
    return content[content.index(b"\xff\xda") :]


async def test_a_photo_from_a_canvas_is_stored_with_its_scan_and_needs_no_colour_profile(
    context: BrowserContext, desk: Page
) -> None:
    sent = base64.b64decode(await desk.evaluate(CANVAS, 400))
    widget = await added(context, desk, sent)

    kept = await stored(widget)
    assert b"ICC_PROFILE" in sent
    assert b"ICC_PROFILE" not in kept
    assert scan(kept) == scan(sent)


async def test_a_turned_photo_in_display_p3_is_shown_upright_and_in_its_colours_everywhere(
    context: BrowserContext, desk: Page
) -> None:
    profile = icc_profile("p3")
    sent = make_jpeg(width=600, height=800, orientation=6, profile=profile)
    widget = await added(context, desk, sent)

    assert scan(await stored(widget)) == scan(sent)
    viewer = widget.locator(".stage img").first
    await viewer.evaluate("(image) => image.decode()")
    await settled(widget)
    assert wrong(await shown(viewer, margin=0)) == {}

    board = await opened(widget)
    await settled(widget)
    assert wrong(await shown(board, margin=MARGIN)) == {}

    await widget.get_by_role("button", name="Turn right").click()
    await save(widget)
    copy = Image.open(io.BytesIO(await stored(widget, 1)))
    assert wrong(ImageOps.exif_transpose(copy).transpose(Image.Transpose.ROTATE_90)) == {}


async def shown(where: Locator, *, margin: int) -> Image.Image:
    """Return what is on the screen of a photo of 600 × 800 that is as large as it fits into the element."""
    screen = Image.open(io.BytesIO(await where.screenshot())).convert("RGB")
    scale = min((screen.width - 2 * margin) / 600, (screen.height - 2 * margin) / 800)
    left, top = (screen.width - 600 * scale) / 2, (screen.height - 800 * scale) / 2
    return screen.crop((round(left), round(top), round(left + 600 * scale), round(top + 800 * scale)))


def wrong(picture: Image.Image) -> dict[str, tuple[Rgb, list[int]]]:
    """The corners that don't have the scene's colours as Display P3 means them, converted by littlecms."""
    meant = Image.new("RGB", (len(CORNERS), 1))
    meant.putdata(list(CORNERS.values()))
    p3 = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile("p3")))
    converted = ImageCms.profileToProfile(meant, p3, ImageCms.createProfile("sRGB"))
    assert converted is not None
    found = corners(picture)
    colours = np.asarray(converted)[0].tolist()
    expected = dict(zip(CORNERS, colours, strict=True))
    return {
        name: (found[name], colour)
        for name, colour in expected.items()
        if any(abs(a - b) > COLOUR_TOLERANCE for a, b in zip(found[name], colour, strict=True))
    }


async def test_a_photo_of_which_some_is_missing_says_so_where_it_is_looked_at(
    context: BrowserContext, desk: Page
) -> None:
    widget = await added(context, desk, make_jpeg()[:-2000])

    await expect(widget.get_by_text("Some of it could not be read.")).to_be_visible()
