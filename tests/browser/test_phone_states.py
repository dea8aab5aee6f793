"""The phone's page when something is in the way, in axe-core's eyes and a screen reader's: light and dark, and every phase once."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from browser.axe import assert_accessible
from browser.phones import ANOTHER, Surgery, new_code, phone_of, scan, shot, small_photos
from browser.walks import held

pytestmark = pytest.mark.anyio

LINK = Path(__file__).parents[2] / "widget" / "src" / "phone" / "link" / "link.ts"
# Where each phase of the phone's page is looked at: here, or in test_phone_screens.py.
PHASES = {"opening", "waiting", "stranger", "used", "refused", "other", "open", "ended"}


async def _dropped(route: Route) -> None:
    await route.abort()


def test_every_phase_of_the_phones_page_is_looked_at() -> None:
    declared = LINK.read_text("utf-8")
    declared = declared[declared.index("export type LinkPhase") :].partition(";")[0]
    assert set(re.findall(r'"(\w+)"', declared)) == PHASES


@pytest.mark.parametrize(
    ("answer", "words"),
    [(held, "Opening…"), (_dropped, "Trying again every few seconds")],
    ids=["opening", "waiting"],
)
async def test_nothing_stands_in_the_way_while_the_server_is_asked(
    browser: Browser, surgery: Surgery, answer: Callable[[Route], Awaitable[None]], words: str
) -> None:
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        code = await new_code(desktop)
        await phone.route("**/api/handoff/claim", answer)
        page = await scan(phone, code)
        await expect(page.get_by_text(words)).to_be_visible()
        await assert_accessible(page, "asking the server")


async def test_nothing_stands_in_the_way_of_a_mistyped_code(browser: Browser, surgery: Surgery) -> None:
    async with phone_of(browser) as phone:
        page = await scan(phone, f"{surgery.gateway.origin}/phone")
        await page.get_by_label("Or type the code from the desktop").fill("ABCD-EFG0")
        await page.get_by_role("button", name="Open").click()
        await expect(page.get_by_role("heading", name="No such code")).to_be_visible()
        await assert_accessible(page, "an unknown code")


async def test_nothing_stands_in_the_way_of_the_question_about_another_patients_photos(
    browser: Browser, surgery: Surgery
) -> None:
    [one] = small_photos(1)
    async with (
        surgery.desktop(browser) as desktop,
        surgery.desktop(browser, ANOTHER) as other,
        phone_of(browser) as phone,
    ):
        page = await scan(phone, await new_code(desktop))
        await page.get_by_label("Choose photos").set_input_files(shot(one))
        await expect(page.get_by_role("button", name="Send 1 photo")).to_be_visible()
        asking = await scan(phone, await new_code(other))
        await expect(asking.get_by_role("button", name="Go back to")).to_be_visible()
        await assert_accessible(asking, "another patient's photos")
        await desktop.evaluate("async () => { await fetch('/api/session', { method: 'DELETE' }); }")
        again = await scan(phone, await new_code(other))
        await expect(again.get_by_text("Their session has ended")).to_be_visible()
        await assert_accessible(again, "another patient's photos, and no way back")


async def test_nothing_stands_in_the_way_of_a_shot_that_can_not_be_sent(
    browser: Browser, surgery: Surgery
) -> None:
    [one] = small_photos(1)
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await page.get_by_label("Choose photos").set_input_files(shot(b"not a photo", "note.jpg"))
        await page.get_by_role("button", name="Send 1 photo").click()
        await page.get_by_role("button", name="not sent: This file type can't be filed").click()
        await expect(page.get_by_text("Export it as JPEG or PDF and add it again")).to_be_visible()
        await assert_accessible(page, "a refused shot")
        await page.get_by_role("button", name="Remove").click()

        await phone.route(re.compile(r"/api/(images(\?held=true)?|images/\w+/release|phone)$"), _dropped)
        await page.get_by_label("Choose photos").set_input_files(shot(one))
        await page.get_by_role("button", name="Send 1 photo").click()
        await expect(page.get_by_text("No connection. Keep taking photos")).to_be_visible()
        await expect(page.locator("body")).to_match_aria_snapshot(
            """
            - status:
              - paragraph: /No connection/
            - main:
              - status "Status":
                - heading /1 photo to go/ [level=2]
            """
        )
        await assert_accessible(page, "without a network")


async def test_nothing_stands_in_the_way_when_the_session_ends_with_shots_left(
    browser: Browser, surgery: Surgery
) -> None:
    [one] = small_photos(1)
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await page.get_by_label("Choose photos").set_input_files(shot(one))
        await expect(page.get_by_role("button", name="Send 1 photo")).to_be_visible()
        await new_code(desktop)
        await expect(page.get_by_role("heading", name="Session ended: scan again")).to_be_visible()
        await expect(page.get_by_text("still on this phone and may not have been sent")).to_be_visible()
        await assert_accessible(page, "ended with a shot left")
        await page.get_by_role("button", name="Destroy it now").click()
        await expect(page.locator("body")).to_match_aria_snapshot(
            """
            - alert:
              - 'heading "Session ended: scan again" [level=1]'
              - paragraph:
                - button "Yes, destroy 1 photo"
                - button "Keep it"
            """
        )
        await assert_accessible(page, "asked before a shot is destroyed")
