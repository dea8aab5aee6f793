"""The main job in real Chromium: from Evolution's icon to the photo in Inbox Scan."""

import io
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Page, expect

from image_files import CORNERS, make_jpeg
from running import Sandbox
from titles import line_of

pytestmark = pytest.mark.anyio

MEGAPIXELS_12 = (4032, 3024)


async def open_patient(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).first.click()
    await expect(page.get_by_role("region", name="Patient", exact=True)).to_contain_text(name)


FORGET = """async () => {
  const session = await fetch("/api/session");
  if (!session.ok) return 0;
  const ours = { "X-ClinicPro-Session": (await session.json()).id };
  const json = { ...ours, "Content-Type": "application/json" };
  await fetch("/api/session/leftovers/resume", { method: "POST", headers: json, body: "{}" });
  const listed = await fetch("/api/images", { headers: ours });
  if (!listed.ok) return 0;
  const { images } = await listed.json();
  for (const { id } of images) await fetch(`/api/images/${id}`, { method: "DELETE", headers: ours });
  return images.length;
}"""


async def forget_unfiled(widget: Page) -> None:
    """Remove what an earlier test left unfiled with this patient: it is there again at each launch."""
    await widget.locator(".desktop, .no-session h1:not(.unseen)").first.wait_for()
    if await widget.evaluate(FORGET):
        await widget.reload()


async def press_icon(context: BrowserContext, page: Page, *, fresh: bool = True) -> Page:
    """What the icon opens; `fresh` without photos that an earlier test left with this patient."""
    async with context.expect_page() as opened:
        await page.get_by_role("button", name="ClinicPro Images", exact=True).click()
    widget = await opened.value
    await widget.wait_for_load_state()
    if fresh:
        await forget_unfiled(widget)
    return widget


def picture_file(folder: Path) -> Path:
    """A 12-megapixel JPEG as a phone held upright writes it: turned, with EXIF and a position."""
    file = folder / "IMG_0001.jpg"
    width, height = MEGAPIXELS_12
    file.write_bytes(make_jpeg(width=width, height=height, orientation=6, gps=True))
    return file


async def file_one(widget: Page) -> None:
    await widget.get_by_role("button", name="File 1 photo to record").click()
    review = widget.get_by_role("dialog", name="Review before filing")
    await expect(review).to_contain_text("ZZZ0016")
    await expect(review).to_contain_text("Inbox › Scan")
    await review.get_by_role("button", name="File to record").click()
    await expect(widget.get_by_role("heading", name="Filed in the record")).to_be_visible()


async def test_a_phone_photo_goes_from_evolutions_icon_to_inbox_scan(
    context: BrowserContext, desk: Page, evolution: Sandbox, tmp_path: Path
) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(context, desk)
    assert widget.url.endswith("/")
    assert "ZZZ0016" not in widget.url
    await expect(widget.get_by_role("banner")).to_contain_text("ZZZ0016")

    await widget.get_by_label("Add photos").first.set_input_files(picture_file(tmp_path))
    await expect(widget.get_by_text("Needs body site")).to_be_visible()
    await widget.get_by_text("Forearm", exact=True).click()
    await widget.get_by_text("Left", exact=True).click()
    await widget.get_by_text("Lesion", exact=True).click()
    await widget.get_by_label("Label", exact=True).fill("Mole 1")
    line = widget.get_by_role("region", name="Selected photo").get_by_text("Left forearm – lesion – Mole 1")
    await expect(line).to_be_visible()
    await file_one(widget)

    await desk.bring_to_front()
    await expect(desk.locator(".row")).to_contain_text("Left forearm – lesion – Mole 1")
    [document] = evolution.resources()
    assert document["id"] in await widget.get_by_role("dialog").inner_text()
    filed = Image.open(io.BytesIO(evolution.content(document)))
    assert filed.size == (2400, 1800)
    assert not filed.getexif().get_ifd(0x8825)
    width, height = filed.size
    shown = filed.convert("RGB")
    for place, colour in CORNERS.items():
        x = 60 if "left" in place else width - 60
        y = 60 if "top" in place else height - 60
        assert shown.getpixel((x, y)) == pytest.approx(colour, abs=12), place

    await desk.locator(".row").click()
    picture = desk.locator("#pane img, .row img").first
    await expect(picture).to_be_visible()
    rendered = httpx2.get(f"{evolution.origin}{await picture.get_attribute('src')}")
    assert rendered.headers["content-type"] in {"image/jpeg", "image/png"}
    seen = Image.open(io.BytesIO(rendered.content)).convert("RGB")
    assert seen.width > seen.height
    assert seen.getpixel((5, 5)) == pytest.approx(CORNERS["top left"], abs=16)


async def test_a_newcomer_can_file_an_example_from_the_empty_page(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(context, desk)
    await widget.get_by_role("button", name="mole").first.click()
    await expect(widget.get_by_text("Needs body site")).to_be_visible()
    await widget.get_by_text("Back", exact=True).click()
    await file_one(widget)
    [document] = evolution.resources()
    assert line_of(document) == "Back"


async def test_no_patient_open_is_said_on_a_page_of_its_own(context: BrowserContext, desk: Page) -> None:
    page = await press_icon(context, desk)
    await expect(page.get_by_role("heading", name="No patient is open in Evolution")).to_be_visible()


async def test_another_record_under_the_nhi_is_said_in_the_review(
    context: BrowserContext, desk: Page, tmp_path: Path
) -> None:
    await open_patient(desk, "Parāone")
    widget = await press_icon(context, desk)
    file = tmp_path / "rash.jpg"
    file.write_bytes(make_jpeg(width=640, height=480))
    await widget.get_by_label("Add photos").first.set_input_files(file)
    await widget.get_by_text("Back", exact=True).click()
    await widget.get_by_role("button", name="File 1 photo to record").click()
    review = widget.get_by_role("dialog", name="Review before filing")
    await expect(review).to_contain_text("This practice has 1 other record with this NHI")
    await expect(review.get_by_role("button", name="File to record")).to_be_enabled()


async def test_a_window_left_open_for_one_patient_takes_nothing_once_another_is_launched(
    context: BrowserContext, desk: Page
) -> None:
    await open_patient(desk, "TESTING")
    first = await press_icon(context, desk)
    before = await first.evaluate("async () => (await fetch('/api/session')).json()")
    await desk.bring_to_front()
    await open_patient(desk, "Kōpua")
    second = await press_icon(context, desk)
    await expect(second.get_by_role("banner")).to_contain_text("ZBH4103")

    # It receives the newer window's message; and the server would refuse whatever it still sent.
    frozen = first.get_by_role("heading", name="This window is for UNRELATED STRING")
    await expect(frozen).to_be_visible()
    refused = await first.evaluate(
        "async (id) => (await fetch('/api/images', { method: 'POST', body: 'x', headers: { 'X-ClinicPro-Session': id } })).status",
        before["id"],
    )
    assert refused == 409
    await second.reload()
    await expect(second.get_by_text("Drop photos here")).to_be_visible()


async def test_the_widget_works_in_a_panel_inside_evolution(
    desk: Page, evolution: Sandbox, tmp_path: Path
) -> None:
    await open_patient(desk, "TESTING")
    await desk.get_by_role("button", name="In a panel").click()
    panel = desk.frame_locator("iframe[name=clinicpro-panel]")
    await panel.get_by_label("Add photos").first.set_input_files(picture_file(tmp_path))
    await panel.get_by_text("Hand", exact=True).click()
    await panel.get_by_role("button", name="File 1 photo to record").click()
    await panel.get_by_role("button", name="File to record", exact=True).click()
    await expect(panel.get_by_role("heading", name="Filed in the record")).to_be_visible()
    assert [line_of(each) for each in evolution.resources()] == ["Hand"]
