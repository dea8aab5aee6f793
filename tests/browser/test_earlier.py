"""Earlier photos at the desk: two presses to the earlier photo beside the new one, by mouse and by keyboard."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat
from playwright.async_api import BrowserContext, Page, Response, async_playwright, expect

from browser.axe import assert_accessible
from browser.conftest import chromium
from browser.phones import new_code, pictures, scan
from browser.test_journey import open_patient, press_icon
from browser.walks import small_picture
from running import Sandbox

pytestmark = pytest.mark.anyio

PATIENT = "Priyanka"


async def with_a_photo(context: BrowserContext, evolution: Sandbox) -> Page:
    desk = await context.new_page()
    await desk.goto(f"{evolution.origin}/evolution")
    await open_patient(desk, PATIENT)
    widget = await press_icon(context, desk)
    await expect(widget.get_by_role("heading", name="Drop photos here")).to_be_visible()
    await widget.locator("input[type=file]").first.set_input_files([small_picture(1)])
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

    for way in ("Swipe", "Blink", "Side by side"):
        await widget.get_by_role("radio", name=way).check()
        await assert_accessible(widget, f"earlier photos, {way}")

    await widget.get_by_role("button", name="Same lesion again").click()
    await expect(widget.locator(".record-line-text")).to_contain_text("Left forearm – lesion – Mole 1")
    await widget.get_by_role("button", name="Put the earlier photo away").click()
    await expect(older).to_have_count(0)


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


FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--use-fake-device-for-media-stream=fps=5",
    "--use-fake-ui-for-media-stream",
]


async def chosen(widget: Page, name: str = "6 months ago") -> None:
    """Open the earlier photos and choose the first of that time."""
    await widget.get_by_role("button", name="Earlier photos (7)").click()
    await widget.get_by_role("dialog").get_by_role("button", name=name).first.click()


async def test_the_phone_shows_it_faintly_over_its_viewfinder_and_never_in_the_photo(
    evolution: Sandbox, tmp_path: Path
) -> None:
    """In a browser with a profile on disk, in which nothing of it is found afterwards."""
    profile = tmp_path / "profile"
    settings: dict[str, Any] = {"executable_path": chromium(), "args": FLAGS, "locale": "en-NZ"}
    async with async_playwright() as playwright:
        desk = await playwright.chromium.launch_persistent_context(
            profile, viewport={"width": 1280, "height": 800}, **settings
        )
        markers: list[bytes] = []

        async def note(response: Response) -> None:
            if "/api/earlier-images/" in response.url and "/content" in response.url:
                body = await response.body()
                markers.append(body[len(body) // 2 :][:24])

        desk.on("response", note)
        widget = await with_a_photo(desk, evolution)
        await chosen(widget)
        await expect(widget.get_by_role("img", name="Earlier photo: Left forearm")).to_be_visible()
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
        strength = page.get_by_role("slider", name="Earlier photo")
        photos: list[str] = []
        for share in ("0", "70"):
            await strength.fill(share)
            await expect(faint).to_have_css("opacity", f"{int(share) / 100:g}")
            await page.get_by_role("button", name="Take photo").tap()
            await expect(page.get_by_role("button", name=f"Send {len(photos) + 1}")).to_be_enabled()
            photos.append(share)
        await page.get_by_role("button", name="Send 2").tap()
        await expect(page.get_by_role("heading", name="2 photos are on the desktop")).to_be_visible()
        await expect(widget.locator(".thumb img")).to_have_count(3)
        taken = [each["id"] for each in await pictures(widget) if each["source"] == "phone"]
        means = [await mean_colour(widget, each) for each in taken]
        assert max(abs(one - other) for one, other in zip(*means, strict=True)) < 12

        await page.get_by_role("button", name="Open camera").tap()
        await expect(faint).to_be_visible()
        await widget.get_by_role("button", name="Put the earlier photo away").click()
        await expect(faint).to_have_count(0)
        await chosen(widget)
        await expect(faint).to_be_visible()
        await widget.evaluate("fetch('/api/session', { method: 'DELETE' })")
        await expect(faint).to_have_count(0)
        await phone.close()
        await desk.close()
    assert len(set(markers)) > 3
    markers += [text.encode(coding) for text in ("– Mole 1",) for coding in ("utf-8", "utf-16-le")]
    found = [each for folder in (profile, tmp_path / "phone") for each in files_with(folder, *markers)]
    assert found == []


async def mean_colour(page: Page, image_id: str) -> list[float]:
    """The mean colour of a photo of the session."""
    body = await page.evaluate(
        """async (id) => {
          const bytes = await (await fetch(`/api/images/${id}/content?size=thumb`)).arrayBuffer();
          return [...new Uint8Array(bytes)];
        }""",
        image_id,
    )
    return ImageStat.Stat(Image.open(io.BytesIO(bytes(body))).convert("RGB")).mean


def files_with(folder: Path, *markers: bytes) -> list[str]:
    """The names of the files that contain one of these."""
    files = [each for each in folder.rglob("*") if each.is_file() and not each.is_symlink()]
    return [each.name for each in files if any(marker in each.read_bytes() for marker in markers)]
