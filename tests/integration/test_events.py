"""Events: sent as they happen, and replayed after a lost connection."""

import pytest

from databases import on_both
from image_files import make_jpeg
from running import BrowserSession
from streams import events

pytestmark = pytest.mark.anyio


@on_both
async def test_adding_describing_removing_and_filing_send_events(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    async with events(browser.client) as stream:
        added = await browser.add(photo)
        name, _, image = await anext(stream)
        assert (name, image) == ("image.added", added)

        await browser.describe(added["id"])
        name, _, image = await anext(stream)
        assert name == "image.updated"
        assert image["bodySite"]["display"] == "Forearm"

        gone = await browser.add(make_jpeg(seed=5))
        await browser.client.delete(f"/api/images/{gone['id']}")
        assert (await anext(stream))[0] == "image.added"
        name, _, image = await anext(stream)
        assert (name, image) == ("image.removed", {"id": gone["id"]})

        commit = await browser.file(added["id"])
        async for name, _, state in stream:
            if name == "commit.updated" and state["state"] == "committed":
                assert state == commit
                break


@on_both
async def test_missed_events_are_replayed_after_the_last_event_received(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    async with events(browser.client) as stream:
        first = await browser.add(photo)
        _, last_id, _ = await anext(stream)
    second = await browser.add(make_jpeg(seed=5))
    async with events(browser.client, last_id) as stream:
        name, _, image = await anext(stream)
        assert (name, image["id"]) == ("image.added", second["id"])
    async with events(browser.client, 0) as stream:
        assert (await anext(stream))[2]["id"] == first["id"]


@on_both
async def test_another_patients_session_receives_nothing_of_it(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    other = browser.other_browser()
    query = browser.sandbox.launch_url("6f85b5c92705044bd76ed8cf55887bdb").partition("?")[2]
    await other.get(f"/launch?{query}")
    async with events(other, 0) as stream:
        await browser.add(photo)
        mine = await other.post("/api/images", content=make_jpeg(seed=9))
        assert (await anext(stream))[2]["id"] == mine.json()["id"]


@on_both
async def test_another_window_hears_of_a_commit_of_photos_that_were_filed_before(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    image_id = (await browser.add(photo))["id"]
    await browser.describe(image_id)
    await browser.file(image_id)
    async with events(browser.client) as stream:
        again = await browser.file(image_id, key="key-2")
        heard = {name: data for name, _, data in (await anext(stream), await anext(stream))}
    assert heard["commit.updated"] == again
    assert heard["image.updated"]["commitId"] == again["id"]
