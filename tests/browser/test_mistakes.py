"""Mistakes and mishaps on the desk: what is said of them is true, and names the next step."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from browser.walks import Start, described, press_file, reviewed
from running import Sandbox

pytestmark = pytest.mark.anyio


async def test_two_sides_in_one_line_are_never_filed_as_written(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    widget = await described(Start(watched, blank, evolution), "Forearm")
    search = widget.get_by_role("combobox", name="Search body sites")
    await search.fill("left (R) wibble")
    said = widget.get_by_role("option")
    await expect(said).to_have_count(1)
    await expect(said).to_have_text("This names two sides. Keep one, or type “both”.")
    await expect(said).to_have_attribute("aria-disabled", "true")
    await search.press("Enter")
    await expect(search).to_have_value("left (R) wibble")
    await expect(widget.get_by_role("button", name="Forearm", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    await search.fill("left wibble")
    await expect(widget.get_by_role("option", name="as written")).to_be_visible()


async def test_a_connection_lost_while_filing_says_to_press_again_and_files_once(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    widget = await reviewed(Start(watched, blank, evolution), "Forearm")
    await watched.set_offline(True)
    await press_file(widget)
    said = widget.get_by_role("dialog", name="Review before filing").get_by_role("alert")
    await expect(said).to_contain_text(
        "can't be reached right now. Check the network. Then press File to record again"
    )
    await expect(said).not_to_contain_text("automatically")
    await watched.set_offline(False)
    await press_file(widget)
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()
    assert len(evolution.resources()) == 1


async def test_a_code_that_was_never_made_is_not_called_expired(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    widget = await described(Start(watched, blank, evolution), "Forearm")
    # Neither the code that is made ahead, nor the one that is asked for.
    await watched.set_offline(True)
    await widget.route("**/api/handoff", lambda route: route.abort())
    await widget.get_by_role("button", name="Phone", exact=True).click()
    panel = widget.get_by_role("dialog", name="Take photos with a phone")
    await expect(panel.get_by_text("No code was made. Press New code to try again.")).to_be_visible()
    await expect(panel.get_by_role("alert")).to_contain_text("can't be reached right now")
    await expect(panel.get_by_text("expired")).to_have_count(0)
    await widget.unroute("**/api/handoff")
    await watched.set_offline(False)
    await panel.get_by_role("button", name="New code").click()
    await expect(panel.get_by_role("img", name="QR code")).to_be_visible()
