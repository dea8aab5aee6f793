"""What a cookie, or none, may cause again and again: rows that are kept, calls to Medtech, transactions."""

import pytest
from sqlalchemy import func, select

from clinicpro_images.app.session_limits import (
    CHANGES_PER_MINUTE,
    TABS_PER_MINUTE,
    THUMBNAILS_PER_MINUTE,
)
from clinicpro_images.db.tables import used_tokens
from clinicpro_images.sessions.routes import AHEAD_PER_MINUTE
from image_files import make_jpeg
from running import BrowserSession

pytestmark = pytest.mark.anyio


async def test_invented_launches_of_one_network_are_few_calls_to_medtech_and_each_gets_its_page(
    browser: BrowserSession,
) -> None:
    browses = {"Sec-Fetch-Mode": "navigate"}
    pages = [
        (
            await browser.client.get(f"/launch?context=invented{n}&signature=invented", headers=browses)
        ).status_code
        for n in range(int(AHEAD_PER_MINUTE) + 40)
    ]
    assert set(pages) == {200}
    asked = [call for call in browser.sandbox.calls() if "invented" in call["path"]]
    assert 0 < len(asked) <= AHEAD_PER_MINUTE + 10
    # A genuine one has no head start then, but works.
    url = browser.sandbox.launch_url()
    assert (await browser.client.get(f"/launch?{url.partition('?')[2]}")).status_code == 303


async def test_tickets_for_tabs_can_not_fill_the_database(browser: BrowserSession) -> None:
    await browser.launch()
    replies = []
    for _ in range(int(TABS_PER_MINUTE) + 10):
        asked = await browser.client.post("/api/session/tab")
        replies.append(asked.status_code)
        if asked.status_code == 200:
            opened = await browser.client.post("/tab", data={"ticket": asked.json()["ticket"]})
            assert opened.status_code == 303
    assert replies.count(429) >= 5
    count = select(func.count()).select_from(used_tokens)
    kept = await browser.gateway.database.read(lambda connection: connection.scalar(count) or 0)
    assert kept < TABS_PER_MINUTE + 10


async def test_cutting_off_no_phone_is_a_change_like_others(browser: BrowserSession) -> None:
    await browser.launch()
    replies = [
        (await browser.client.delete("/api/handoff")).status_code for _ in range(int(CHANGES_PER_MINUTE) + 40)
    ]
    assert replies[: int(CHANGES_PER_MINUTE)] == [204] * int(CHANGES_PER_MINUTE)
    assert 429 in replies


async def test_thumbnails_are_limited_apart_from_what_is_recorded(browser: BrowserSession) -> None:
    await browser.launch()
    image_id = (await browser.add(make_jpeg()))["id"]
    path = f"/api/images/{image_id}/content?size="
    replies = [
        (await browser.client.get(f"{path}thumb")).status_code
        for _ in range(int(THUMBNAILS_PER_MINUTE) + 200)
    ]
    assert 429 in replies
    assert (await browser.client.get(f"{path}view")).status_code == 200
