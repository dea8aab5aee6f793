"""Renditions before filing: what will be written, and the JPEG for a referral, of the image as it was taken."""

import io

import pytest
from PIL import Image

from image_files import make_jpeg, make_png
from running import FOREARM, BrowserSession, Sandbox
from statements import change

pytestmark = pytest.mark.anyio


async def test_the_preview_matches_what_is_filed(browser: BrowserSession, sandbox: Sandbox) -> None:
    await browser.launch()
    added = await browser.add(make_jpeg(width=3000, height=2000, quality=97))
    await browser.describe(added["id"], bodySite=FOREARM)
    [data] = (await browser.client.get(f"/api/images/{added['id']}/fit")).json()["files"]
    assert (data["target"], data["contentType"]) == ("scan", "image/tiff")
    assert (data["width"], data["height"]) == (2400, 1600)
    assert data["bytes"] < data["limit"]
    assert "Resized from 3000 × 2000 to 2400 × 1600" in data["done"]

    await browser.file(added["id"])
    [document] = sandbox.resources()
    filed = sandbox.content(document)
    assert Image.open(io.BytesIO(filed)).size == (2400, 1600)
    assert len(filed) == pytest.approx(data["bytes"], abs=64)
    assert (await browser.client.get(f"/api/images/{added['id']}/fit")).status_code == 410


@pytest.mark.parametrize("kilobytes", [100, 500])
async def test_the_referral_copy_stays_under_the_chosen_size_and_has_no_metadata(
    browser: BrowserSession, kilobytes: int
) -> None:
    await browser.launch()
    added = await browser.add(make_jpeg(width=2400, height=1800, quality=95, orientation=6, gps=True))
    reply = await browser.client.get(f"/api/images/{added['id']}/referral?kilobytes={kilobytes}")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "image/jpeg"
    assert "no-store" in reply.headers["cache-control"]
    assert len(reply.content) < kilobytes * 1000
    image = Image.open(io.BytesIO(reply.content))
    assert image.format == "JPEG"
    assert not image.getexif()


async def test_a_small_image_is_unaltered_in_a_referral_copy(browser: BrowserSession) -> None:
    await browser.launch()
    photo = make_jpeg(width=640, height=480)
    added = await browser.add(photo)
    reply = await browser.client.get(f"/api/images/{added['id']}/referral")
    stored = await browser.client.get(f"/api/images/{added['id']}/content")
    assert Image.open(io.BytesIO(reply.content)).tobytes() == Image.open(io.BytesIO(stored.content)).tobytes()


async def test_the_referral_copy_of_an_edited_image_shows_it_and_the_original_only_by_name(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    original = await browser.add(make_png(width=64, height=48))
    edited = await browser.add(make_jpeg(width=320, height=240))
    await change(
        browser.gateway.database,
        "UPDATE images SET derived_from = :original WHERE id = :id",
        original=original["id"],
        id=edited["id"],
    )
    reply = await browser.client.get(f"/api/images/{edited['id']}/referral")
    assert Image.open(io.BytesIO(reply.content)).size == (320, 240)
    reply = await browser.client.get(f"/api/images/{edited['id']}/referral?original=true")
    assert Image.open(io.BytesIO(reply.content)).size == (64, 48)
    assert (await browser.client.delete(f"/api/images/{original['id']}")).status_code == 204
    reply = await browser.client.get(f"/api/images/{edited['id']}/referral?original=true")
    assert reply.status_code == 410


@pytest.mark.parametrize("path", ["fit", "referral"])
async def test_another_sessions_image_has_no_preview(
    browser: BrowserSession, photo: bytes, path: str
) -> None:
    await browser.launch()
    added = await browser.add(photo)
    await browser.launch("6f85b5c92705044bd76ed8cf55887bdb")
    assert (await browser.client.get(f"/api/images/{added['id']}/{path}")).status_code == 404
