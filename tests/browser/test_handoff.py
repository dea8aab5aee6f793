"""The desktop's phone panel in real Chromium: a code that can be scanned, the phone that comes in, and its photos."""

import io
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
import segno
from PIL import Image
from playwright.async_api import BrowserContext, Locator, Page, Route, expect

from browser.test_journey import open_patient, press_icon
from image_files import make_jpeg

pytestmark = pytest.mark.anyio

PHONE = {"Sec-Fetch-Site": "same-origin"}


async def draws(code: Locator, url: str) -> bool:
    """Whether what is on the screen is the QR code of this address, module by module."""
    drawn = Image.open(io.BytesIO(await code.screenshot(scale="css"))).convert("L")
    rows = list(segno.make_qr(url, error="m").matrix_iter(border=4))
    size = len(rows)
    width, height = drawn.size
    light = drawn.tobytes()
    return all(
        (light[int((y + 0.5) * height / size) * width + int((x + 0.5) * width / size)] < 128) == bool(dark)
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
    )


@pytest.fixture
def phone() -> Iterator[httpx2.Client]:
    with httpx2.Client(headers=PHONE, timeout=20) as client:
        yield client


async def opened_panel(widget: Page) -> tuple[Locator, str]:
    """The panel, and the address in its code, which the page was told once."""
    await expect(widget.get_by_role("button", name="Phone", exact=True)).to_be_visible()
    async with widget.expect_response(
        lambda reply: reply.url.endswith("/api/handoff") and reply.request.method == "POST"
    ) as made:
        await widget.keyboard.press("p")
    panel = widget.get_by_role("dialog", name="Take photos with a phone")
    await expect(panel.get_by_role("img", name="QR code")).to_be_visible()
    return panel, (await (await made.value).json())["url"]


async def test_a_scanned_phone_shows_as_connected_and_its_pictures_appear_by_themselves(
    context: BrowserContext, desk: Page, phone: httpx2.Client
) -> None:
    await open_patient(desk, "TESTING")
    widget = await press_icon(context, desk)
    panel, url = await opened_panel(widget)
    assert await draws(panel.get_by_role("img", name="QR code"), url)
    assert not await draws(
        panel.get_by_role("img", name="QR code"), url[:-1] + ("0" if url[-1] != "0" else "1")
    )
    await expect(panel).to_contain_text("ZZZ0016")
    await expect(panel.get_by_role("timer")).to_contain_text("left to scan")
    await expect(panel.get_by_role("note")).to_contain_text("CLINICPRO_PUBLIC_URL")
    assert "#" not in widget.url

    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    told = phone.post(f"{origin}/api/handoff/claim", json={"token": parts.fragment}).json()
    await expect(panel.get_by_role("heading", name="Phone connected")).to_be_visible()
    badge = f"{told['colourName']} {told['word']}"
    await expect(panel).to_contain_text(badge)
    await expect(widget.get_by_role("banner")).to_contain_text(badge)

    headers = {"X-ClinicPro-Phone": told["id"]}
    phone.post(f"{origin}/api/images", content=make_jpeg(seed=1), headers=headers).raise_for_status()
    await expect(panel).to_be_hidden()
    await expect(widget.get_by_text("Photo 1 of 1")).to_be_visible()

    note = widget.get_by_label("Note", exact=True)
    await note.fill("Half a word")
    phone.post(f"{origin}/api/images", content=make_jpeg(seed=2), headers=headers).raise_for_status()
    await expect(widget.get_by_text("Photo 1 of 2")).to_be_visible()
    await expect(note).to_be_focused()

    await widget.get_by_role("button", name="Phone connected").click()
    await panel.get_by_role("button", name="Disconnect").click()
    await expect(panel).to_be_hidden()
    await expect(widget.get_by_role("button", name="Phone", exact=True)).to_be_focused()
    assert phone.get(f"{origin}/api/phone", headers=headers).status_code == 401


async def test_where_events_do_not_get_through_the_phones_pictures_appear_all_the_same(
    context: BrowserContext, desk: Page, phone: httpx2.Client
) -> None:
    async def swallowed(route: Route) -> None:
        await route.abort()

    await context.route("**/api/events*", swallowed)
    await open_patient(desk, "TESTING")
    widget = await press_icon(context, desk)
    panel, url = await opened_panel(widget)
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    told = phone.post(f"{origin}/api/handoff/claim", json={"token": parts.fragment}).json()
    await expect(panel.get_by_role("heading", name="Phone connected")).to_be_visible(timeout=15_000)
    headers = {"X-ClinicPro-Phone": told["id"]}
    phone.post(f"{origin}/api/images", content=make_jpeg(seed=3), headers=headers).raise_for_status()
    await expect(panel).to_be_hidden(timeout=15_000)
    await expect(widget.get_by_text("Photo 1 of 1")).to_be_visible()
