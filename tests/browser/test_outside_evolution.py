"""Outside Evolution in real Chromium: sign in, enter the NHI, say yes to the patient, file a photo."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Route, expect

from browser.doors import Practice, enter, running_practice, signed_in, signed_in_on_a_phone
from browser.test_journey import file_one
from image_files import make_jpeg

pytestmark = pytest.mark.anyio


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[Practice]:
    async with running_practice(tmp_path / "gateway") as practice:
        yield practice


async def test_a_clinician_signs_in_confirms_the_patient_and_files_a_picture(
    context: BrowserContext, practice: Practice, tmp_path: Path
) -> None:
    addresses: list[str] = []
    context.on("request", lambda request: addresses.append(request.url))
    page = await context.new_page()
    practice.provider.refuses = "access_denied"
    await page.goto(f"{practice.origin}/sign-in")
    await expect(page.get_by_role("heading", name="Sign-in was cancelled")).to_be_visible()

    practice.provider.refuses = None
    await page.get_by_role("link", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Whose photos are these?")).to_be_visible()
    await page.get_by_label("You file as").select_option(label="Dr Alex Api")
    await enter(page, "ZZZ0017")
    await expect(page.get_by_role("alert")).to_contain_text("Not a valid NHI")

    await enter(page, "zzz0016")
    patient = page.get_by_role("region", name="Patient")
    for shown in ("UNRELATED STRING SECOND STRING TESTING", "7 Aug 1965", "ZZZ0016", "Male"):
        await expect(patient).to_contain_text(shown)
    await page.get_by_role("link", name="Not this patient").click()
    await expect(page.get_by_label("You file as")).to_have_value("9bf0832786e2293848942167532e0a91")
    await enter(page, "ZZZ0016")
    await page.get_by_role("button", name="This is my patient").click()

    await expect(page.get_by_role("banner")).to_contain_text("ZZZ0016")
    assert page.url == f"{practice.origin}/"
    picture = tmp_path / "IMG_0001.jpg"
    picture.write_bytes(make_jpeg(width=640, height=480))
    await page.get_by_label("Add photos").first.set_input_files(picture)
    await page.get_by_text("Forearm", exact=True).click()
    await file_one(page)
    [document] = practice.desk.sandbox.resources()
    assert document["resource"]["author"][0]["reference"].endswith("9bf0832786e2293848942167532e0a91")
    assert not [address for address in addresses if "zzz0016" in address.lower() or "user_gp1" in address]


async def test_a_second_press_on_the_confirmation_leads_to_what_the_first_one_opened(
    context: BrowserContext, practice: Practice
) -> None:
    page = await signed_in(context, practice)
    await enter(page, "ZZZ0016")
    answered = asyncio.Event()

    # The gateway has opened the session, and its answer is still under way when the button is pressed again.
    async def under_way(route: Route) -> None:
        headers = await route.request.all_headers() | {"origin": practice.origin}
        assert (await route.fetch(headers=headers, max_redirects=0)).status == 303
        answered.set()

    await context.route("**/sign-in/confirm", under_way, times=1)
    box = await page.get_by_role("button", name="This is my patient").bounding_box()
    assert box is not None
    place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.click(*place)
    async with asyncio.timeout(20):
        await answered.wait()
    await page.mouse.click(*place)
    await expect(page.get_by_role("banner")).to_contain_text("ZZZ0016")
    assert page.url == f"{practice.origin}/"


async def test_signing_out_closes_the_patient_that_is_open(
    context: BrowserContext, practice: Practice
) -> None:
    page = await signed_in(context, practice)
    await enter(page, "ZZZ0016")
    await page.get_by_role("button", name="This is my patient").click()
    await expect(page.get_by_role("banner")).to_contain_text("ZZZ0016")
    await page.goto(f"{practice.origin}/sign-in")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    await page.goto(f"{practice.origin}/")
    await expect(page.get_by_role("heading", name="Open a patient in Evolution")).to_be_visible()


async def test_a_photo_blurred_at_the_desk_is_filed_from_the_phone_without_its_original(
    context: BrowserContext, practice: Practice
) -> None:
    desk = practice.desk
    await desk.launch()
    original = await desk.add(make_jpeg(width=640, height=480))
    await desk.describe(original["id"])
    headers = {"Content-Type": "image/jpeg"}
    path = f"/api/images/{original['id']}/edits"
    edited = await desk.client.post(path, content=make_jpeg(width=640, height=480, seed=2), headers=headers)
    assert edited.status_code == 201, edited.text
    assert (await desk.client.delete("/api/session")).is_success

    page = await signed_in_on_a_phone(context, practice)
    await page.get_by_label("Patient's date of birth").fill("7/8/1965")
    await enter(page, "ZZZ0016")
    await page.get_by_role("button", name="This is my patient").click()
    await page.get_by_role("button", name="Review and file").click()
    await expect(page.get_by_text("Original, not filed: its edited copy is.")).to_be_visible()
    await page.get_by_role("button", name="File 1 photo to record").click()
    await expect(page.get_by_text("Filed in the record")).to_be_visible()
    await expect(page.get_by_role("button", name="to record")).to_have_count(0)
    [document] = desk.sandbox.resources()
    receipt = page.get_by_text(re.compile(r"^Filed at \d\d:\d\d, in Inbox Scan\. Medtech id "))
    await expect(receipt).to_contain_text(document["id"])
