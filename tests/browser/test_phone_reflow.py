"""The phone's screens where room is short: 320 × 568 with the text twice as large, a long name, and a phone with a notch."""

from typing import Final

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from browser.axe import assert_accessible
from browser.phones import Surgery, new_code, phone_of, scan, shot, small_photos

pytestmark = pytest.mark.anyio

LONG_NAME: Final = "6886ff07e373e865be7921e62af977c0"
SMALL: Final = {"width": 320, "height": 568}
TWICE: Final = """
  const twice = () => document.documentElement?.style.setProperty("font-size", "200%");
  new MutationObserver(twice).observe(document, { childList: true });
  twice();
"""

# What of the patient is not drawn on the screen, scrolled to the top, the middle and the end: each line is looked for where
# it should be. Of a name, below the top, its last line.
_MISSING: Final = """() => {
  const phone = document.querySelector(".phone"), banner = document.querySelector(".patient-banner");
  const missing = [];
  const seen = (box) => banner.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
  for (const at of [0, 0.5, 1]) {
    phone.scrollTop = at * (phone.scrollHeight - phone.clientHeight);
    for (const each of banner.querySelectorAll("h1 bdi, .facts > span, .patient-banner-badge")) {
      const text = document.createRange();
      text.selectNodeContents(each);
      let lines = [...text.getClientRects()].filter((box) => box.width > 0);
      if (at > 0 && each.matches("h1 *")) lines = lines.slice(-1);
      if (!lines.every(seen)) missing.push(`${each.textContent} at ${at}`);
    }
  }
  phone.scrollTop = 0;
  return missing;
}"""
_SHARE: Final = """() => {
  const phone = document.querySelector(".phone");
  phone.scrollTop = phone.scrollHeight;
  const share = document.querySelector(".patient-banner").getBoundingClientRect().bottom / innerHeight;
  phone.scrollTop = 0;
  return share;
}"""


async def stands(page: Page, state: str) -> None:
    """Nothing over the side, the patient in sight, room for the rest, every button reached."""
    await page.wait_for_timeout(300)  # a screen that was just opened fetches its parts
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
    assert await page.evaluate(_MISSING) == [], state
    assert await page.evaluate(_SHARE) <= 0.46, state
    for button in await page.locator("button:enabled, label.button, summary").all():
        await button.click(trial=True)


@pytest.mark.parametrize("twice", [False, True], ids=["plain", "200 %"])
@pytest.mark.parametrize("size", [(320, 568), (568, 320)], ids=["upright", "sideways"])
async def test_the_patient_stays_in_sight_and_everything_is_reached_on_a_small_phone(
    browser: Browser, surgery: Surgery, size: tuple[int, int], twice: bool
) -> None:
    one, two = small_photos(2)
    viewport = {"width": size[0], "height": size[1]}
    async with surgery.desktop(browser, LONG_NAME) as desktop, phone_of(browser) as phone:
        if twice:
            await phone.add_init_script(TWICE)
        page = await scan(phone, await new_code(desktop))
        await page.set_viewport_size(viewport)  # type: ignore[arg-type]
        await expect(page.get_by_role("button", name="Next photo: no site chosen")).to_be_visible()
        await stands(page, "opened")
        await page.get_by_label("Camera app").set_input_files(shot(one))
        await expect(page.get_by_role("button", name="Retake")).to_be_visible()
        await stands(page, "one photo")
        await page.get_by_role("button", name="Back to all photos").click()
        await page.get_by_label("Choose photos").set_input_files(shot(two))
        await expect(page.get_by_role("button", name="Send 2 photos")).to_be_visible()
        await stands(page, "all photos")


async def reviewed(phone: BrowserContext, surgery: Surgery) -> Page:
    """The clinician's own session on the phone, at the review of one photo whose details are open."""
    [one] = small_photos(1)
    page = await phone.new_page()
    await surgery.launch(page, LONG_NAME)
    await page.goto(f"{surgery.gateway.origin}/phone#signed-in")
    await page.get_by_role("button", name="Forearm").click()
    await page.get_by_label("Camera app").set_input_files(shot(one))
    await page.get_by_role("button", name="Back to all photos").click()
    await page.get_by_role("button", name="Send 1 photo").click()
    await page.get_by_role("button", name="Review and file").click()
    await page.get_by_role("button", name="Details of").click()
    await page.get_by_role("button", name="Patient", exact=True).click()
    await expect(page.get_by_text("Consent: may be used for")).to_be_visible()
    for follow in ("Send a message", "Create a task"):
        await page.get_by_role("checkbox", name=follow).check()
    return page


async def test_the_review_with_everything_open_is_accessible_and_stands_on_a_small_phone(
    browser: Browser, surgery: Surgery
) -> None:
    async with phone_of(browser) as phone:
        page = await reviewed(phone, surgery)
        await assert_accessible(page, "review with its details open")
        await page.set_viewport_size(SMALL)  # type: ignore[arg-type]
        await assert_accessible(page, "the same at 320 by 568")
        await stands(page, "the same at 320 by 568")
        await page.evaluate(
            "document.documentElement.style.fontSize = '200%'; dispatchEvent(new Event('resize'))"
        )
        await stands(page, "the same with the text twice as large")


async def test_nothing_lies_under_a_notch_or_the_bar_at_the_bottom(
    browser: Browser, surgery: Surgery
) -> None:
    [one] = small_photos(1)
    async with surgery.desktop(browser, LONG_NAME) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        devtools = await phone.new_cdp_session(page)
        for insets, (width, height) in (
            ({"top": 47, "right": 0, "bottom": 34, "left": 0}, (390, 844)),
            ({"top": 0, "right": 47, "bottom": 21, "left": 47}, (844, 390)),
        ):
            await page.set_viewport_size({"width": width, "height": height})
            await devtools.send("Emulation.setSafeAreaInsetsOverride", {"insets": insets})
            await expect(page.get_by_role("button", name="Open camera")).to_be_visible()
            assert await page.evaluate(_UNDER, insets) == []
        await page.get_by_label("Camera app").set_input_files(shot(one))
        await expect(page.get_by_role("button", name="Retake")).to_be_visible()
        assert await page.evaluate(_UNDER, insets) == []
        await page.set_viewport_size({"width": 390, "height": 844})
        insets = {"top": 47, "right": 0, "bottom": 34, "left": 0}
        await devtools.send("Emulation.setSafeAreaInsetsOverride", {"insets": insets})
        assert await page.evaluate(_UNDER, insets) == []


# Texts and buttons that are drawn in what the phone covers, with the page scrolled to its end.
_UNDER: Final = """({ top, right, bottom, left }) => {
  const phone = document.querySelector(".phone");
  phone.scrollTop = phone.scrollHeight;
  const boxes = [...document.querySelectorAll("button, label.button")].map((each) => [each, each.getBoundingClientRect()]);
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const text = document.createRange();
    text.selectNodeContents(node);
    for (const box of text.getClientRects()) boxes.push([node.parentElement, box]);
  }
  const covered = [
    [0, 0, innerWidth, top], [innerWidth - right, 0, innerWidth, innerHeight],
    [0, innerHeight - bottom, innerWidth, innerHeight], [0, 0, left, innerHeight],
  ];
  const found = new Set();
  for (const [element, box] of boxes)
    for (const [x0, y0, x1, y1] of covered) {
      const [from, to] = [Math.max(box.left, x0), Math.min(box.right, x1)];
      const [above, below] = [Math.max(box.top, y0), Math.min(box.bottom, y1)];
      // What a row of chips or a scrolled list cuts off is not drawn.
      const drawn = from < to && above < below && document.elementFromPoint((from + to) / 2, (above + below) / 2);
      if (drawn && element.contains(drawn))
        found.add(`${element.textContent.trim()}: ${[from, above, to, below].map(Math.round)}`);
    }
  phone.scrollTop = 0;
  return [...found];
}"""
