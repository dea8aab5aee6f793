"""The phone in real Chromium: from the scanned code to the record, whatever happens to a phone on the way."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, async_playwright, expect

from browser.conftest import chromium
from browser.phones import (
    ANOTHER,
    Surgery,
    all_loaded,
    delivered,
    keeps,
    new_code,
    nothing_ahead,
    phone_of,
    pictures,
    scan,
    shoot,
    shot,
    slow_upload,
    small_photos,
)
from containers import make_heic
from image_files import make_jpeg
from running import FOREARM
from titles import line_of

pytestmark = pytest.mark.anyio

ONE, TWO, THREE = small_photos(3)
SEND = re.compile("^Send ")


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_a_shot_goes_from_the_scanned_code_to_the_record(browser: Browser, surgery: Surgery) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await expect(page.get_by_role("banner")).to_contain_text("ZZZ0016")
        await expect(page.get_by_role("banner")).to_contain_text("7 Aug 1965")
        badge = await page.locator(".patient-banner-badge").inner_text()
        assert badge.partition(" ·")[0] in await desktop.get_by_role("banner").inner_text()
        await page.get_by_label("Camera app").set_input_files(
            shot(make_jpeg(width=4032, height=3024, orientation=6, gps=True))
        )
        await page.get_by_role("button", name="Forearm").click()
        await page.get_by_role("button", name="Left").click()
        await page.get_by_role("button", name="Back to all photos").click()
        await page.get_by_role("button", name="Send 1 photo").click()
        [image] = await delivered(page, desktop, 1)
        await expect(page.get_by_text("Nothing is left on this phone.")).to_be_visible()
        # The original has followed its small copy.
        assert (image["source"], image["width"], image["height"]) == ("phone", 4032, 3024)
        assert image["bodySite"]["code"] == FOREARM["code"]

        await desktop.get_by_role("button", name="File 1 photo to record").click()
        await desktop.get_by_role("dialog").get_by_role("button", name="File to record").click()
        await expect(desktop.get_by_role("heading", name="Filed in the record")).to_be_visible()
        assert [line_of(each) for each in surgery.sandbox.resources()] == ["Left forearm"]


async def test_the_ticket_leaves_address_and_history_at_once_and_is_in_no_log(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        code = await new_code(desktop)
        ticket = code.partition("#")[2]
        page = await phone.new_page()
        sent: list[str] = []
        phone.on("request", lambda request: sent.append(f"{request.url} {request.headers}"))
        await page.goto(code)
        await expect(page.get_by_role("banner")).to_contain_text("ZZZ0016")
        assert page.url == f"{surgery.gateway.origin}/phone"
        devtools = await phone.new_cdp_session(page)
        history = await devtools.send("Page.getNavigationHistory")
        assert [each["url"] for each in history["entries"]] == ["about:blank", page.url]
        assert ticket not in " ".join(each for each in sent if "/phone#" not in each)
        assert ticket not in surgery.gateway.log.read_text()
        assert "ZZZ0016" not in surgery.gateway.log.read_text()


async def test_a_tab_killed_after_the_shot_has_it_when_it_comes_back(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await page.get_by_role("button", name="Right").click()
        await shoot(page, ONE)
        await expect(page.get_by_role("button", name=SEND)).to_be_visible()
        with pytest.raises(Error, match="crash"):
            await page.goto("chrome://crash")
        again = await scan(phone, f"{surgery.gateway.origin}/phone")
        await expect(again.get_by_role("banner")).to_contain_text("ZZZ0016")
        assert await pictures(desktop) == []
        await again.get_by_role("button", name="Send 1 photo").click()
        [image] = await delivered(again, desktop, 1)
        assert image["laterality"]["display"] == "Right"


async def test_a_lost_network_while_sending_costs_nothing(browser: Browser, surgery: Surgery) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await all_loaded(page)
        await nothing_ahead(page)
        await page.get_by_label("Choose photos").set_input_files([shot(ONE), shot(TWO), shot(THREE)])
        async with slow_upload(page):
            await page.get_by_role("button", name="Send 3 photos").click()
            await expect(page.locator(".tile-sending")).to_have_count(1)
            await phone.set_offline(True)
            await expect(page.get_by_text("No connection.")).to_be_visible()
        await shoot(page, make_jpeg(width=801, height=600))
        await phone.set_offline(False)
        await page.get_by_role("button", name="Send 1 photo").click()
        await delivered(page, desktop, 4)
        await expect(page.get_by_text("No connection.")).to_be_hidden()


async def test_a_gateway_killed_while_a_picture_is_sent_gets_it_once(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await nothing_ahead(page)
        await page.get_by_label("Choose photos").set_input_files([shot(ONE), shot(TWO)])
        async with slow_upload(page):
            await page.get_by_role("button", name="Send 2 photos").click()
            await expect(page.locator(".tile-sending")).to_have_count(1)
            surgery.gateway.kill()
            await expect(page.get_by_text("No connection.")).to_be_visible()
        await surgery.restart()
        await delivered(page, desktop, 2)


async def test_a_renewed_code_cuts_the_phone_off_and_a_new_scan_goes_on(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await shoot(page, ONE)
        code = await new_code(desktop)
        await expect(page.get_by_role("heading", name="Session ended: scan again")).to_be_visible()
        await expect(page.get_by_text("still on this phone and may not have been sent")).to_be_visible()
        await keeps(page, 1)
        again = await scan(phone, code)
        await again.get_by_role("button", name="Send 1 photo").click()
        await delivered(again, desktop, 1)


async def test_a_second_phone_is_not_let_in_by_the_same_code(browser: Browser, surgery: Surgery) -> None:
    async with (
        surgery.desktop(browser) as desktop,
        phone_of(browser) as phone,
        phone_of(browser) as other,
    ):
        code = await new_code(desktop)
        await expect((await scan(phone, code)).get_by_role("banner")).to_contain_text("ZZZ0016")
        late = await scan(other, code)
        await expect(late.get_by_role("heading", name="This code can't be used any more")).to_be_visible()
        assert "ZZZ0016" not in await late.content()


async def test_two_patients_side_by_side_stay_apart(browser: Browser, surgery: Surgery) -> None:
    async with (
        surgery.desktop(browser) as one,
        surgery.desktop(browser, ANOTHER) as other,
        phone_of(browser) as first,
        phone_of(browser) as second,
    ):
        mine, theirs = await scan(first, await new_code(one)), await scan(second, await new_code(other))
        await expect(mine.get_by_role("banner")).to_contain_text("ZZZ0016")
        await expect(theirs.get_by_role("banner")).to_contain_text("ZAC4101")
        assert (
            await mine.locator(".patient-banner-badge").inner_text()
            != await theirs.locator(".patient-banner-badge").inner_text()
        )
        await shoot(mine, ONE)
        await shoot(theirs, TWO)
        for page in (mine, theirs):
            await page.get_by_role("button", name="Send 1 photo").click()
        [image] = await delivered(mine, one, 1)
        [another] = await delivered(theirs, other, 1)
        assert image["id"] != another["id"]


async def test_another_patients_code_asks_first_what_shall_become_of_unsent_photos(
    browser: Browser, surgery: Surgery
) -> None:
    async with (
        surgery.desktop(browser) as one,
        surgery.desktop(browser, ANOTHER) as other,
        phone_of(browser) as phone,
    ):
        before = await scan(phone, await new_code(one))
        await shoot(before, ONE)
        await keeps(before, 1)
        code = await new_code(other)
        page = await scan(phone, code)
        await expect(
            page.get_by_role("heading", name="1 photo of another patient may not have been sent")
        ).to_be_visible()
        assert "ZAC4101" not in await page.content()
        assert "ZZZ0016" not in await page.content()
        await keeps(page, 1)
        # Going back loses nothing, and the other patient's code can still be used.
        await page.get_by_role("button", name="Go back to").click()
        await page.get_by_role("button", name="Send 1 photo").click()
        await delivered(page, one, 1)
        await shoot(page, TWO)
        later = await scan(phone, code)
        await later.get_by_role("button", name="Destroy 1 photo and open this patient").click()
        await expect(later.get_by_role("banner")).to_contain_text("ZAC4101")
        await keeps(later, 0)
        await page.bring_to_front()
        await page.get_by_role("button", name="Send 1 photo").click()
        await expect(page.get_by_text("was destroyed when this phone opened another patient")).to_be_visible()
        assert len(await pictures(one)) == 1
        assert await pictures(other) == []


async def test_chips_describe_the_unsent_photos_beside_them(browser: Browser, surgery: Surgery) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await shoot(page, ONE)
        await expect(page.get_by_role("heading", name="This photo: no site chosen")).to_be_visible()
        await page.get_by_role("button", name="Left", exact=True).click()
        await page.get_by_role("button", name="Forearm").click()
        await page.get_by_role("button", name="Send 1 photo").click()
        [first] = await delivered(page, desktop, 1)
        assert first["title"] == "Left forearm"
        # The second is where the first was, until the chips beside it say otherwise.
        await shoot(page, TWO)
        await page.get_by_role("button", name="Right", exact=True).click()
        await page.get_by_role("button", name="Hand", exact=True).click()
        await expect(page.get_by_role("heading", name="This photo: Right hand")).to_be_visible()
        await page.get_by_role("button", name="Send 1 photo").click()
        assert [each["title"] for each in await delivered(page, desktop, 2)] == ["Left forearm", "Right hand"]
        # The side of one site is none of the next one's.
        await page.get_by_role("button", name="Foot", exact=True).click()
        await expect(page.get_by_role("heading", name="Next photo: Foot")).to_be_visible()


async def test_chips_ask_where_unsent_photos_are_in_different_places(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await page.get_by_label("Choose photos").set_input_files([shot(ONE), shot(TWO)])
        await page.get_by_role("button", name="Photo 1,").click()
        await page.get_by_role("button", name="Forearm").click()
        await page.get_by_role("button", name="Back to all photos").click()
        lit = page.locator('.site-picker [aria-pressed="true"]')
        await expect(lit).to_have_count(0)
        await page.get_by_role("button", name="Foot", exact=True).click()
        await expect(page.get_by_text("1 of 2 photos already has another.")).to_be_visible()
        await page.get_by_role("button", name="Only the 1 other").click()
        await page.get_by_role("button", name="Send 2 photos").click()
        assert {each["title"] for each in await delivered(page, desktop, 2)} == {"Forearm", "Foot"}


async def test_an_unsent_picture_is_offered_in_the_same_patients_next_session(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await shoot(page, ONE)
        await surgery.launch(desktop)
        await page.close()
        later = await scan(phone, await new_code(desktop))
        await expect(
            later.get_by_text("1 photo of this patient from an earlier session is still on this phone")
        ).to_be_visible()
        await later.get_by_role("button", name="Add to this session").click()
        await later.get_by_role("button", name="Send 1 photo").click()
        await delivered(later, desktop, 1)


async def test_a_shot_that_waits_on_the_phones_disk_can_be_read_by_nobody(
    browser: Browser, surgery: Surgery, tmp_path: Path
) -> None:
    picture = make_jpeg(width=1600, height=1200, seed=9)
    async with surgery.desktop(browser) as desktop, async_playwright() as playwright:
        phone = await playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await scan(phone, await new_code(desktop))
        await shoot(page, picture)
        await expect(page.get_by_role("button", name=SEND)).to_be_visible()
        await keeps(page, 1)
        await phone.close()
        on_disk = await asyncio.to_thread(everything_in, tmp_path)
    assert b"clinicpro-phone" in on_disk.replace(b"\0", b"")
    assert picture[2000:2064] not in on_disk
    assert b"ZZZ0016" not in on_disk
    assert b"ZZZ0016" not in on_disk.replace(b"\0", b"")


async def test_where_the_browser_keeps_nothing_it_says_so_and_still_sends(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        await phone.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
        page = await scan(phone, await new_code(desktop))
        await expect(page.get_by_text("they are in this page only")).to_be_visible()
        await shoot(page, ONE)
        await page.get_by_role("button", name="Send 1 photo").click()
        await expect(page.get_by_role("heading", name="The photo is on the desktop")).to_be_visible()
        assert len(await pictures(desktop)) == 1


async def test_a_refused_picture_says_why_and_the_others_go_on(browser: Browser, surgery: Surgery) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await page.get_by_label("Choose photos").set_input_files(
            [shot(b"\xff\xd8\xff\xe0 not a photo"), shot(ONE)]
        )
        await page.get_by_role("button", name="Send 2 photos").click()
        await page.get_by_role("button", name="not sent").click()
        await expect(page.locator(".lightbox-words")).not_to_be_empty()
        await page.get_by_role("button", name="Remove").click()
        await delivered(page, desktop, 1)


async def test_what_the_browser_cannot_decode_goes_as_it_is_and_the_server_does_the_rest(
    browser: Browser, surgery: Surgery
) -> None:
    heic = make_heic(width=1600, height=1200)
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await page.get_by_label("Choose photos").set_input_files(shot(heic, "IMG_0001.heic", "image/heic"))
        await page.get_by_role("button", name="Photo 1, not sent yet").click()
        await expect(page.get_by_text("This phone can't show this photo.")).to_be_visible()
        await page.get_by_role("button", name="Back to all photos").click()
        await page.get_by_role("button", name="Send 1 photo").click()
        [image] = await delivered(page, desktop, 1)
        assert (image["width"], image["height"]) == (1600, 1200)


async def test_the_code_can_be_typed(browser: Browser, surgery: Surgery) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        await new_code(desktop)
        code = await desktop.evaluate(
            "async () => (await (await fetch('/api/handoff', { method: 'POST' })).json()).code"
        )
        page = await scan(phone, f"{surgery.gateway.origin}/phone")
        await expect(page.get_by_role("heading", name="Scan the code on the desktop")).to_be_visible()
        await page.get_by_label("Or type the code from the desktop").fill(code)
        await page.get_by_role("button", name="Open").click()
        await expect(page.get_by_role("banner")).to_contain_text("ZZZ0016")
