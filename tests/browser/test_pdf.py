"""A PDF on the desk: its pages are counted, shown one by one, and the review says which nobody has looked at."""

import hashlib

import pytest
from playwright.async_api import BrowserContext, FilePayload, Page, expect

from browser.walks import Start, launched, say_site
from containers import document_pdf
from running import Sandbox

pytestmark = pytest.mark.anyio

_DRAWN = """async (image) => {
  const bytes = await (await fetch(image.currentSrc)).arrayBuffer();
  return [...new Uint8Array(bytes)];
}"""


async def test_pages_are_turned_and_the_review_names_those_not_looked_at(
    watched: BrowserContext, blank: Page, evolution: Sandbox
) -> None:
    page = await launched(Start(watched, blank, evolution))
    letter = FilePayload(name="letter.pdf", mimeType="application/pdf", buffer=document_pdf(pages=3))
    await page.get_by_label("Add photos").first.set_input_files([letter])
    await expect(page.locator(".thumb")).to_contain_text("PDF · 3 pages")
    await say_site(page)
    stage = page.get_by_role("region", name="Selected photo")
    await expect(stage).to_contain_text("1 / 3")
    shown = stage.locator("img.large-image").last
    seen = set()
    for number in (1, 2):
        await expect(stage).to_contain_text(f"{number} / 3")
        await expect(shown).to_have_js_property("complete", value=True)
        seen.add(hashlib.sha256(bytes(await shown.evaluate(_DRAWN))).hexdigest())
        await stage.get_by_role("button", name="Next page").click()
        if number == 1:
            await page.keyboard.press("Control+Enter")
            review = page.get_by_role("dialog", name="Review before filing")
            await expect(review).to_contain_text("PDF · 3 pages")
            await expect(review).to_contain_text("3 not looked at")
            await page.keyboard.press("Escape")
    assert len(seen) == 2
    await expect(stage).to_contain_text("3 / 3")
    await expect(stage.get_by_role("button", name="Next page")).to_have_attribute("aria-disabled", "true")
    await expect(shown).to_have_js_property("complete", value=True)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("dialog", name="Review before filing")).not_to_contain_text("not looked at")
