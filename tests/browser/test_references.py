"""The reference that support asks for shows beside whatever failed, and can be copied, on the desktop and on the phone."""

import json
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, Route, expect

from browser.phones import Surgery, new_code, phone_of, scan, shoot, small_photos
from browser.test_filing import add, ask_for, launched, press_file
from browser.test_journey import open_patient, press_icon
from running import Sandbox

pytestmark = pytest.mark.anyio

REFERENCE = "4711abcd-0000-4000-8000-00000000beef"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def failing(method: str, status: int = 500) -> Callable[[Route], Awaitable[None]]:
    """Answer calls of this method as the gateway answers a fault of its own."""
    problem = {
        "type": "https://photos.practice.example.nz/problems/internal",
        "title": "Something went wrong",
        "status": status,
        "detail": "Nothing was lost; try again, and if it happens again tell support the reference.",
        "correlationId": REFERENCE,
    }

    async def answer(route: Route) -> None:
        if route.request.method != method:
            await route.fallback()
            return
        await route.fulfill(status=status, content_type="application/problem+json", body=json.dumps(problem))

    return answer


async def copied_from(page: Page, place: Locator) -> str:
    """Press the copy button in `place`; return what is on the clipboard once the page says that it is."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.bring_to_front()
    await place.get_by_role("button", name="Copy reference").click()
    await expect(place.locator(".reference").get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    text: str = await page.evaluate("() => navigator.clipboard.readText()")
    return text


async def test_while_the_page_waits_for_a_server_that_fails(context: BrowserContext, desk: Page) -> None:
    await context.route("**/api/session", failing("GET"))
    await open_patient(desk, "TESTING")
    widget = await press_icon(context, desk)
    card = widget.get_by_role("main")
    await expect(card.get_by_role("heading", name="Waiting for the server")).to_be_visible()
    await expect(card).to_contain_text(REFERENCE)
    assert await copied_from(widget, card) == REFERENCE


async def test_beside_details_that_are_not_saved_yet(context: BrowserContext, desk: Page) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand")
    await widget.route("**/api/images/*", failing("PATCH"))
    await widget.get_by_role("button", name="Back", exact=True).click()
    details = widget.get_by_role("region", name="Details")
    await expect(details.get_by_text("Not saved yet, trying again")).to_be_visible()
    await expect(details).to_contain_text(REFERENCE)
    assert await copied_from(widget, details) == REFERENCE
    await widget.unroute("**/api/images/*")
    await expect(details.get_by_text("Saved", exact=True)).to_be_visible()
    await expect(details).not_to_contain_text(REFERENCE)


async def test_in_the_row_of_a_photo_that_was_not_filed(
    context: BrowserContext, desk: Page, evolution: Sandbox
) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand")
    ask_for(evolution, {"kind": "403", "times": 1, "method": "POST", "resource": "DocumentReference"})
    await press_file(widget)
    row = widget.get_by_role("region", name="Not filed").get_by_role("listitem")
    shown = await row.locator("code").inner_text()
    assert GUID.fullmatch(shown)
    assert await copied_from(widget, row) == shown
    sent = [call for call in evolution.call("GET", "/sandbox/calls")["calls"] if call["method"] == "POST"]
    assert shown in json.dumps(sent)


async def test_in_a_notice_about_a_call_that_failed(context: BrowserContext, desk: Page) -> None:
    widget = await launched(context, desk)
    await add(widget, "Hand", "Back")
    await widget.route("**/api/images/order", failing("PUT"))
    await widget.get_by_role("button", name="Move earlier").click()
    notice = widget.get_by_role("log").locator(".notice")
    await expect(notice).to_contain_text(REFERENCE)
    assert await copied_from(widget, notice) == REFERENCE


async def test_without_a_clipboard_the_reference_is_copied_all_the_same(
    context: BrowserContext, desk: Page
) -> None:
    """Over plain http inside a practice's network, a page has no clipboard API."""
    await context.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    await context.route("**/api/session", failing("GET"))
    await open_patient(desk, "TESTING")
    widget = await press_icon(context, desk)
    await widget.get_by_role("button", name="Copy reference").click()
    await expect(widget.get_by_role("button", name="Copied")).to_be_visible()
    box = "Object.assign(document.body.appendChild(document.createElement('textarea')), { id: 'pasted' })"
    await widget.evaluate(f"() => {{ {box}.focus() }}")
    await widget.keyboard.press("Control+V")
    await expect(widget.locator("#pasted")).to_have_value(REFERENCE)


async def test_on_the_phone_while_it_waits_and_while_a_photo_is_tried_again(
    browser: Browser, surgery: Surgery
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        await phone.route("**/api/handoff/claim", failing("POST"))
        page = await scan(phone, await new_code(desktop))
        await expect(page.get_by_role("main")).to_contain_text(REFERENCE)
        assert await copied_from(page, page.get_by_role("main")) == REFERENCE
        await phone.unroute("**/api/handoff/claim")
        await expect(page.get_by_role("banner")).to_contain_text("ZZZ0016")

        await phone.route("**/api/images*", failing("POST"))
        await shoot(page, small_photos(1)[0])
        await page.get_by_role("button", name=re.compile("^Send 1 ")).click()
        await expect(page.get_by_role("main")).to_contain_text(REFERENCE)
        await phone.unroute("**/api/images*")
        await expect(desktop.get_by_text("Photo 1 of 1")).to_be_visible(timeout=30_000)

        await phone.route("**/api/images*", failing("POST", status=422))
        await shoot(page, small_photos(2)[1])
        await page.get_by_role("button", name=re.compile("^Send 1 ")).click()
        await page.get_by_text("Not sent", exact=True).click()
        words = page.locator(".words-bad")
        await expect(words).to_contain_text(REFERENCE)
        assert await copied_from(page, words) == REFERENCE
