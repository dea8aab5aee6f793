"""Every screen of the phone: readable for everybody, nothing jumps, small enough to be there at once."""

import asyncio
import gzip
import io
import re
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image
from playwright.async_api import Browser, Page, Route, expect

from browser.axe import violations
from browser.phones import (
    Surgery,
    delivered,
    grey_of,
    many_photos,
    new_code,
    phone_of,
    scan,
    shoot,
    shot,
    small_photos,
)
from browser.settling import FITS, comes_to
from clinicpro_images.web.pages import STATIC

pytestmark = pytest.mark.anyio

MOST_BYTES = 45_000


def test_the_first_screen_needs_at_most_45_kb() -> None:
    page = (STATIC / "phone.html").read_text("utf-8")
    files = re.findall(r'(?:src|href)="/(assets/[^"]+\.(?:js|css))"', page)
    assert {Path(each).suffix for each in files} == {".js", ".css"}
    sizes = [len(gzip.compress((STATIC / each).read_bytes())) for each in ("phone.html", *files)]
    assert sum(sizes) <= MOST_BYTES


async def _fits(page: Page) -> None:
    """Nothing hangs over the side, and everything that is pressed is big enough for a thumb."""
    assert await comes_to(page, FITS)
    small = await page.evaluate(
        """[...document.querySelectorAll('button, label.button')].filter((each) => each.offsetHeight < 44)
             .map((each) => each.outerHTML)"""
    )
    assert small == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_screen_is_accessible_and_nothing_jumps(
    browser: Browser, surgery: Surgery, scheme: Literal["light", "dark"]
) -> None:
    one, two = small_photos(2)
    async with (
        surgery.desktop(browser) as desktop,
        phone_of(browser, color_scheme=scheme, reduced_motion="reduce") as phone,
    ):
        stranger = await scan(phone, f"{surgery.gateway.origin}/phone")
        await expect(stranger.get_by_role("heading", name="Scan the code on the desktop")).to_be_visible()
        assert await violations(stranger) == []

        code = await new_code(desktop)
        lists_may_come = asyncio.Event()

        async def late(route: Route) -> None:
            await lists_may_come.wait()
            await route.continue_()

        await phone.route("**/api/capabilities", late)
        page = await scan(phone, code)
        await expect(page.get_by_role("button", name="Open camera")).to_be_enabled()
        await expect(page.get_by_role("button", name="Forearm")).to_have_count(0)
        lists_may_come.set()
        await expect(page.get_by_role("button", name="Forearm")).to_be_visible()
        await _fits(page)
        assert await violations(page) == []
        await page.get_by_label("Camera app").set_input_files(shot(one))
        await expect(page.get_by_role("button", name="Retake")).to_be_visible()
        await _fits(page)
        assert await violations(page) == []
        await page.get_by_role("button", name="Another site").click()
        await page.get_by_label("Find a body site").fill("left shin")
        await page.get_by_role("button", name="Left shin").click()
        await page.get_by_role("button", name="Back to all photos").click()
        await shoot(page, two, "One more")
        await _fits(page)
        assert await violations(page) == []
        await page.get_by_role("button", name="Send 2 photos").click()
        held = await delivered(page, desktop, 2)
        assert [each["title"] for each in held] == ["Left shin", "Left shin"]
        assert await violations(page) == []
        await page.get_by_role("button", name="Photo 1, on the desktop").click()
        await expect(page.get_by_role("button", name="Done")).to_be_visible()
        assert await violations(page) == []
        await new_code(desktop)
        await expect(page.get_by_role("heading", name="Session ended: scan again")).to_be_visible()
        assert await violations(page) == []
        assert await page.evaluate("window.shifts") == []
        used = await scan(phone, code)
        await expect(used.get_by_role("heading", name="This code can't be used any more")).to_be_visible()
        assert await violations(used) == []


async def test_twenty_photos_at_once_all_arrive_once(browser: Browser, surgery: Surgery) -> None:
    """Four of 12 megapixels; `scripts/bench phone` sends twenty of them."""
    photos = many_photos(4) + many_photos(20, width=2048, height=1536)[4:]
    async with surgery.desktop(browser) as desktop, phone_of(browser) as phone:
        page = await scan(phone, await new_code(desktop))
        await page.get_by_label("Choose photos").set_input_files(
            [shot(photo, f"IMG_{number}.jpg") for number, photo in enumerate(photos)]
        )
        await page.get_by_role("button", name="Send 20 photos").click(timeout=60_000)
        await expect(page.get_by_role("heading", name="20 photos are on the desktop")).to_be_visible(
            timeout=180_000
        )
        held = await delivered(page, desktop, 20)
        greys: list[int] = []
        sizes: list[tuple[int, int]] = []
        for image in held:
            content = await desktop.request.get(
                f"{surgery.gateway.origin}/api/images/{image['id']}/content?size=full"
            )
            picture = Image.open(io.BytesIO(await content.body())).convert("L")
            sizes.append(picture.size)
            middle = (picture.width // 2 + 100, picture.height // 2 + 100)
            greys.append(picture.crop((*middle, middle[0] + 1, middle[1] + 1)).tobytes()[0])
        # Each original has followed its small copy.
        assert sorted(sizes) == 16 * [(2048, 1536)] + 4 * [(4032, 3024)]
        wanted = [grey_of(number) for number in range(20)]
        assert sorted(greys) == pytest.approx(wanted, abs=4)
