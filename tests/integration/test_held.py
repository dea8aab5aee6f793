"""Held photos: uploaded while the phone still decides, and on no desktop until it releases them."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from clinicpro_images.db.tables import images
from clinicpro_images.images.held import HELD_SECONDS, MAX_IMAGES
from databases import on_both
from image_files import make_jpeg
from phones import Phone, new_qr, scan
from running import BrowserSession
from statements import change, rows
from streams import events

pytestmark = pytest.mark.anyio


async def phone_of(browser: BrowserSession) -> Phone:
    return await scan(browser.other_browser(), await new_qr(browser.client))


async def hold(phone: Phone, image: bytes) -> dict[str, Any]:
    reply = await phone.post("/api/images?held=true", content=image)
    assert reply.status_code == 201, reply.text
    held: dict[str, Any] = reply.json()
    assert held["state"] == "held"
    return held


async def on_desktop(browser: BrowserSession) -> list[str]:
    return [image["id"] for image in (await browser.client.get("/api/images")).json()["images"]]


@on_both
async def test_a_held_photo_is_on_no_desktop_and_in_no_commit_until_it_is_released(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    phone = await phone_of(browser)
    async with events(browser.client) as stream:
        held = await hold(phone, photo)
        address = f"/api/images/{held['id']}"
        described = await phone.request("PATCH", address, json={"bodySite": {"code": "14975008"}})
        assert described.json()["bodySite"]["code"] == "14975008"

        assert await on_desktop(browser) == []
        for path in ("", "/content", "/fit", "/referral"):
            assert (await browser.client.get(f"{address}{path}")).status_code == 404
        assert (await browser.client.patch(address, json={"label": "x"})).status_code == 404
        assert (await browser.client.delete(address)).status_code == 404
        assert (await browser.client.post(f"{address}/release")).status_code == 404
        assert (await browser.client.post(f"{address}/edits", content=make_jpeg())).status_code == 404
        order = await browser.client.put("/api/images/order", json={"imageIds": [held["id"]]})
        assert order.status_code == 404
        commit = {"imageIds": [held["id"]]}
        headers = {"Idempotency-Key": "k"}
        assert (await browser.client.post("/api/commits", json=commit, headers=headers)).status_code == 404
        assert browser.sandbox.resources() == []

        for _ in range(2):
            released = await phone.post(f"{address}/release")
            assert (released.status_code, released.json()["state"]) == (200, "staged")
        # The desktop receives nothing of it before it is there, described.
        name, _, data = await anext(stream)
        assert (name, data["id"], data["bodySite"]["code"]) == ("image.added", held["id"], "14975008")
    assert await on_desktop(browser) == [held["id"]]
    assert (await browser.file(held["id"])) is not None


async def test_only_the_phone_that_holds_a_photo_releases_it(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    held = await hold(await phone_of(browser), photo)
    other = await phone_of(browser)
    assert (await other.post(f"/api/images/{held['id']}/release")).status_code == 404
    # After a new scan the same phone has the same bytes, and takes over what it held.
    again = await other.post("/api/images?held=true", content=photo)
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (200, held["id"], "held")
    assert (await other.post(f"/api/images/{held['id']}/release")).json()["state"] == "staged"


async def test_the_same_bytes_sent_for_good_release_what_is_held(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    phone = await phone_of(browser)
    held = await hold(phone, photo)
    sent = await phone.post("/api/images", content=photo)
    assert (sent.status_code, sent.json()["id"], sent.json()["state"]) == (200, held["id"], "staged")
    # Held again by mistake: what is on the desktop stays there.
    assert (await phone.post("/api/images?held=true", content=photo)).json()["state"] == "staged"
    other = await hold(phone, make_jpeg(seed=5))
    dropped = await browser.client.post("/api/images", content=make_jpeg(seed=5))
    assert (dropped.json()["id"], dropped.json()["state"]) == (other["id"], "staged")


async def test_a_desktops_photo_is_never_held(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    added = await browser.client.post("/api/images?held=true", content=photo)
    assert added.json()["state"] == "staged"


async def test_a_removed_held_photo_is_gone(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    phone = await phone_of(browser)
    held = await hold(phone, photo)
    assert (await phone.request("DELETE", f"/api/images/{held['id']}")).status_code == 204
    assert (await phone.post(f"/api/images/{held['id']}/release")).status_code == 404
    assert await rows(browser.gateway.database, select(images)) == []


@on_both
async def test_held_photos_go_with_their_hour_their_phone_and_their_session(browser: BrowserSession) -> None:
    database = browser.gateway.database

    async def left() -> int:
        await browser.gateway.retention.end_copies()
        return len(await rows(database, select(images)))

    await browser.launch()
    phone = await phone_of(browser)
    held = await hold(phone, make_jpeg(seed=1))
    assert await left() == 1
    await change(database, update(images).values(uploaded_at=images.c.uploaded_at - HELD_SECONDS))
    assert await left() == 0
    assert (await phone.post(f"/api/images/{held['id']}/release")).status_code == 404

    await hold(phone, make_jpeg(seed=2))
    await browser.client.delete("/api/handoff")
    assert await left() == 0

    await hold(await phone_of(browser), make_jpeg(seed=3))
    await browser.client.delete("/api/session")
    assert await left() == 0
    # A photo that was sent is nobody's to destroy for a day.
    await browser.launch()
    await (await phone_of(browser)).add(make_jpeg(seed=4))
    await browser.client.delete("/api/session")
    assert await left() == 1


async def test_held_photos_take_no_place_from_the_desktop_and_a_full_session_takes_no_release(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    phone = await phone_of(browser)
    held = await hold(phone, make_jpeg(width=32, height=24, seed=99))
    small = [make_jpeg(width=32, height=24, seed=number) for number in range(MAX_IMAGES)]
    added = await asyncio.gather(*(browser.add(image) for image in small))
    assert len(added) == MAX_IMAGES
    refused = await phone.post("/api/images?held=true", content=make_jpeg(width=32, height=24, seed=98))
    assert refused.status_code == 409
    refused = await phone.post(f"/api/images/{held['id']}/release")
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "too-many-pictures")
    await browser.client.delete(f"/api/images/{added[0]['id']}")
    assert (await phone.post(f"/api/images/{held['id']}/release")).json()["state"] == "staged"


async def test_held_photos_are_no_leftovers_for_the_next_launch(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    await hold(await phone_of(browser), photo)
    await browser.launch()
    assert (await browser.client.get("/api/session")).json()["leftovers"] == []
    assert (await browser.client.post("/api/session/leftovers/resume")).json()["images"] == []
    assert await on_desktop(browser) == []
