"""A photo that one of two inboxes has is called partly filed everywhere, and never "not filed" or on its way."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from browser.phones import Surgery, running_surgery
from browser.walks import KOPUA, add, press_file, say_site

pytestmark = pytest.mark.anyio

# How soon nobody but the clinician can tell whether a photo arrived.
_HASTE = {
    "CLINICPRO_ALEX_CONNECT_TIMEOUT": "1",
    "CLINICPRO_ALEX_READ_TIMEOUT": "2",
    "CLINICPRO_LEASE": "1",
    "CLINICPRO_SETTLING": "4",
}


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Surgery]:
    """A gateway that files each photo into both inboxes."""
    async with running_surgery(tmp_path, CLINICPRO_COMMIT_TARGET="both", **_HASTE) as surgery:
        yield surgery


async def filed_in_one(widget: Page, surgery: Surgery) -> None:
    await add(widget, 1)
    await say_site(widget)
    refused = {"kind": "403", "method": "POST", "resource": "Media"}
    surgery.sandbox.call("PUT", "/sandbox/faults", {"faults": [refused]})
    await widget.get_by_role("button", name="File 1 photo to record").click()
    await press_file(widget)


async def test_a_photo_in_one_of_two_inboxes_is_partly_filed_on_every_screen(
    browser: Browser, both: Surgery
) -> None:
    async with both.desktop(browser) as widget:
        await filed_in_one(widget, both)
        await expect(widget.get_by_role("heading", name="1 of 1 photo was only partly filed")).to_be_visible()
        receipt = widget.get_by_role("dialog").get_by_role("region", name="Partly filed")
        await expect(receipt).to_contain_text("Inbox Scan has this photo; Inbox Media doesn't.")
        await widget.get_by_role("button", name="Done").click()
        await expect(widget.get_by_role("contentinfo")).to_contain_text("1 partly filed")
        await expect(widget.locator(".thumbs")).to_contain_text("Partly filed")
        details = widget.get_by_role("region", name="Details")
        await expect(details).to_contain_text("Retry sends only what is missing")
        await expect(widget.locator("body")).not_to_contain_text("On its way into the record")
        await expect(widget.locator("body")).not_to_contain_text("not filed")
        await both.launch(widget, KOPUA)
        await widget.get_by_role("button", name="Tray").click()
        await expect(widget.get_by_role("dialog")).to_contain_text("1 photo: partly filed")


async def test_what_is_missing_is_sent_from_the_photo_itself(browser: Browser, both: Surgery) -> None:
    async with both.desktop(browser) as widget:
        await filed_in_one(widget, both)
        await widget.get_by_role("button", name="Done").click()
        both.sandbox.call("DELETE", "/sandbox/faults")
        await widget.get_by_role("region", name="Details").get_by_role("button", name="Try again").click()
        await expect(widget.get_by_text("Filed in the record. What is filed can't")).to_be_visible()
        kinds = sorted(each["resourceType"] for each in both.sandbox.resources())
        assert kinds == ["DocumentReference", "Media"]


async def test_each_inbox_that_may_have_a_photo_is_asked_about_on_its_own(
    browser: Browser, both: Surgery
) -> None:
    async with both.desktop(browser) as widget:
        await add(widget, 1)
        await say_site(widget)
        lost = {"kind": "close", "times": 1, "method": "POST"}
        refused = {"kind": "403", "method": "GET"}
        faults = [
            lost | {"resource": "DocumentReference", "afterWrite": True},
            lost | {"resource": "Media"},
            refused | {"resource": "DocumentReference"},
            refused | {"resource": "Media"},
        ]
        both.sandbox.call("PUT", "/sandbox/faults", {"faults": faults})
        await widget.get_by_role("button", name="File 1 photo to record").click()
        await press_file(widget)
        await widget.get_by_role("button", name="It is in Inbox › Scan").click()
        await expect(widget.get_by_role("button", name="It is in Inbox › Scan")).to_be_hidden()
        await widget.get_by_role("button", name="Send again to Inbox › Media").click()
        await expect(widget.get_by_role("dialog", name="Filed in the record")).to_be_visible()
        kinds = sorted(each["resourceType"] for each in both.sandbox.resources())
        assert kinds == ["DocumentReference", "Media"]
