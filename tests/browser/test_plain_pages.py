"""The pages that the server writes itself, in a browser whose scroll bars take room, as those on Windows do."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright, expect

from browser.axe import assert_accessible
from browser.conftest import chromium
from practice_example import example_page
from running import Sandbox

pytestmark = pytest.mark.anyio

STYLES = Path(__file__).parents[2] / "src" / "clinicpro_images" / "web" / "pages_static"
# Playwright hides scroll bars unless it is told not to, and with them what they push aside.
_CUT_OFF = """() => [...document.querySelectorAll("td, .card p, button, a")]
  .filter((each) => {
    const { right, width } = each.getBoundingClientRect();
    return width > 1 && (right > innerWidth - 8 || (each.localName !== "a" && each.scrollWidth > each.clientWidth + 1));
  })
  .map((each) => each.textContent)"""
FITS_BESIDE_ITS_BAR = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture(scope="module")
async def with_bars() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu"],
            ignore_default_args=["--hide-scrollbars"],
        )
        yield browser
        await browser.close()


@pytest.fixture
async def panel(with_bars: Browser) -> AsyncIterator[Page]:
    """A page as wide as Evolution's panel, and not high enough for what it shows."""
    context = await with_bars.new_context(viewport={"width": 420, "height": 300})
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize(
    ("path", "width"),
    [("/problems", 420), ("/problems/practice-offline", 420), ("/problems/sign-in-not-kept", 320)],
)
async def test_a_page_beside_its_scroll_bar_does_not_scroll_sideways(
    panel: Page, evolution: Sandbox, path: str, width: int
) -> None:
    await panel.set_viewport_size({"width": width, "height": 300})
    gateway = urlsplit(evolution.launch_url())
    await panel.goto(f"{gateway.scheme}://{gateway.netloc}{path}")
    assert await panel.evaluate("() => innerWidth - document.documentElement.clientWidth") > 0
    assert await panel.evaluate(FITS_BESIDE_ITS_BAR)


async def test_the_practices_page_can_be_read_anywhere_and_tells_new_zealands_time(browser: Browser) -> None:
    context: BrowserContext = await browser.new_context(locale="en-NZ", timezone_id="Europe/London")

    async def served(route: Route) -> None:
        name = urlsplit(route.request.url).path.removeprefix("/pages/")
        if name.startswith("practice."):
            await route.fulfill(path=STYLES / name)
        else:
            await route.fulfill(content_type="text/html", body=example_page())

    page = await context.new_page()
    await page.clock.install(time="2026-11-27T03:05:09Z")
    await page.route("http://practice.test/**", served)
    await page.goto("http://practice.test/practice")
    await expect(page.locator("#live")).to_contain_text("Last at 16:05:")
    await assert_accessible(page, "the practice's page")
    await page.set_viewport_size({"width": 390, "height": 844})
    sizes = await page.locator(".chart .scale").evaluate_all(
        "all => all.map((each) => each.getBoundingClientRect().height)"
    )
    assert min(sizes) > 10
    # With text at 200 % each value has a line of its own, and nothing is cut off.
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert await page.evaluate(_CUT_OFF) == []
    await context.close()
