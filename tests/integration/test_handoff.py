"""A session handed to a phone: scan, add, and disconnect; two patients at once, never mixed up."""

import asyncio
import re

import pytest

from databases import on_both
from image_files import make_jpeg
from phones import new_qr, phone_of, scan, slug
from running import FOREARM, TESTING, BrowserSession
from streams import events

pytestmark = pytest.mark.anyio

OTHER_PATIENT = "6f85b5c92705044bd76ed8cf55887bdb"


@on_both
async def test_a_phone_that_scans_sees_whose_session_it_is(browser: BrowserSession) -> None:
    await browser.launch()
    session = (await browser.client.get("/api/session")).json()
    phone = await phone_of(browser)
    data = phone.data
    assert data["patient"] == {
        member: session["patient"][member] for member in ("name", "nhi", "birthDate", "sex")
    }
    assert (data["colour"], data["colourName"], data["word"]) == (
        session["colour"], session["colourName"], session["word"],
    )  # fmt: skip
    assert data["sessionId"] == session["id"]
    assert TESTING not in str(data)
    assert (await phone.get("/api/phone")).json() == data


async def test_scripts_cannot_read_the_cookie_and_the_ticket_is_long_and_in_the_fragment(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    qr = await new_qr(browser.client)
    base, _, ticket = qr["url"].partition("#")
    assert base == f"{browser.origin}/phone"
    assert re.fullmatch(r"[0-9a-z]{28}", ticket)
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", qr["code"])
    assert qr["code"].replace("-", "").lower() not in ticket
    assert qr["address"] == base.removeprefix("http://")
    client = browser.other_browser()
    reply = await client.post("/api/handoff/claim", json={"token": qr["code"].lower()})
    assert reply.status_code == 200
    cookie = reply.headers["set-cookie"]
    assert re.match(r"clinicpro_phone=[0-9a-f]{64}; ", cookie)
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


async def test_a_loopback_address_is_reported_as_unreachable_from_a_phone(browser: BrowserSession) -> None:
    await browser.launch()
    qr = await new_qr(browser.client)
    assert qr["reachable"] is False
    assert "CLINICPRO_PUBLIC_URL" in qr["hint"]


@on_both
async def test_a_second_claim_is_refused_and_leaves_the_first_connected(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    qr = await new_qr(browser.client)
    phone = await scan(browser.other_browser(), qr)
    second = await browser.other_browser().post(
        "/api/handoff/claim", json={"token": qr["url"].partition("#")[2]}
    )
    assert await slug(second) == (410, "ticket-used")
    assert "set-cookie" not in second.headers
    assert (await phone.add(photo))["source"] == "phone"


@on_both
async def test_if_several_phones_scan_at_once_one_is_connected(browser: BrowserSession) -> None:
    await browser.launch()
    qr = await new_qr(browser.client)
    phones = [browser.other_browser() for _ in range(6)]
    replies = await asyncio.gather(
        *(phone.post("/api/handoff/claim", json={"token": qr["code"]}) for phone in phones)
    )
    assert sorted(reply.status_code for reply in replies) == [200, 410, 410, 410, 410, 410]
    assert sum("set-cookie" in reply.headers for reply in replies) == 1


@on_both
async def test_if_several_codes_are_made_at_once_one_is_valid(browser: BrowserSession) -> None:
    await browser.launch()
    codes = await asyncio.gather(*(new_qr(browser.client) for _ in range(6)))
    replies = [
        await browser.other_browser().post("/api/handoff/claim", json={"token": qr["code"]}) for qr in codes
    ]
    assert sorted(reply.status_code for reply in replies) == [200, 410, 410, 410, 410, 410]


@on_both
async def test_a_new_qr_revokes_the_previous_ticket_and_disconnects_its_phone(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    unused = await new_qr(browser.client)
    phone = await phone_of(browser)
    assert await slug(
        await browser.other_browser().post("/api/handoff/claim", json={"token": unused["code"]})
    ) == (
        410,
        "ticket-revoked",
    )
    async with events(phone.client, path=f"/api/events?phone={phone.id}") as stream:
        await new_qr(browser.client)
        name, _, data = await anext(stream)
        assert (name, data["state"]) == ("handoff.updated", "gone")
        assert [each async for each in stream] == []
    assert await slug(await phone.get("/api/phone")) == (401, "phone-cut-off")
    reply = await phone.post("/api/images", content=photo)
    assert reply.status_code == 401
    assert reply.json()["detail"] == "Session ended: scan again."
    assert (await browser.client.get("/api/images")).json()["images"] == []


@on_both
@pytest.mark.parametrize("path", ["/api/handoff", "/api/session"])
async def test_disconnecting_or_ending_the_session_disconnects_the_phone_at_once(
    browser: BrowserSession, path: str
) -> None:
    await browser.launch()
    phone = await phone_of(browser)
    async with events(phone.client, path=f"/api/events?phone={phone.id}") as stream:
        assert (await browser.client.delete(path)).status_code == 204
        assert [data["state"] async for _, _, data in stream] == ["gone"]
    for each in ("/api/phone", "/api/images", "/api/capabilities", f"/api/events?phone={phone.id}"):
        assert (await phone.get(each)).status_code == 401, each


@on_both
async def test_the_desktop_receives_events_about_the_phone_and_its_images(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    async with events(browser.client) as stream:
        phone = await phone_of(browser)
        received = [await anext(stream), await anext(stream)]
        assert [(name, data["id"]) for name, _, data in received] == [("handoff.updated", phone.id)] * 2
        assert received[-1][2]["state"] == "connected"
        added = await phone.add(photo)
        name, _, image = await anext(stream)
        assert (name, image) == ("image.added", added)
        await browser.client.delete("/api/handoff")
        name, _, data = await anext(stream)
        assert (name, data["id"], data["state"]) == ("handoff.updated", phone.id, "gone")
    assert (await browser.client.get("/api/handoff")).json()["state"] == "gone"
    # The phone is disconnected; its images stay.
    assert [each["id"] for each in (await browser.client.get("/api/images")).json()["images"]] == [
        added["id"]
    ]


@on_both
async def test_a_phone_lists_describes_and_removes_its_own_images_only(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    theirs = await browser.add(make_jpeg(seed=3))
    phone = await phone_of(browser)
    own = await phone.add(photo)
    assert [each["id"] for each in (await phone.get("/api/images")).json()["images"]] == [own["id"]]
    reply = await phone.request("PATCH", f"/api/images/{own['id']}", json={"bodySite": FOREARM})
    assert reply.json()["bodySite"]["display"] == "Forearm"
    assert (await phone.get(f"/api/images/{own['id']}/content?size=thumb")).status_code == 200
    tried = {
        "GET": (f"/api/images/{theirs['id']}", f"/api/images/{theirs['id']}/content"),
        "PATCH": (f"/api/images/{theirs['id']}",),
        "DELETE": (f"/api/images/{theirs['id']}",),
    }
    for method, paths in tried.items():
        for path in paths:
            reply = await phone.request(method, path, json={} if method == "PATCH" else None)
            assert reply.status_code == 404, (method, path)
    assert (await phone.request("DELETE", f"/api/images/{own['id']}")).status_code == 204
    assert [each["id"] for each in (await browser.client.get("/api/images")).json()["images"]] == [
        theirs["id"]
    ]


async def test_a_phone_receives_events_about_its_own_images_only(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    phone = await phone_of(browser)
    async with events(phone.client, path=f"/api/events?phone={phone.id}") as stream:
        theirs = await browser.add(make_jpeg(seed=3))
        await browser.describe(theirs["id"])
        await browser.client.delete(f"/api/images/{theirs['id']}")
        own, filed = await phone.add(photo), await phone.add(make_jpeg(seed=4))
        await browser.describe(filed["id"])
        await browser.client.delete(f"/api/images/{own['id']}")
        await browser.file(filed["id"])
        received: set[tuple[str, str]] = set()
        # In either order: to a phone that reads late, a filed image is gone from its first event on.
        async for name, _, data in stream:
            received.add((name, data["id"]))
            if {("image.removed", own["id"]), ("image.removed", filed["id"])} <= received:
                break
        assert {subject for _, subject in received} == {own["id"], filed["id"]}
    assert (await phone.get("/api/images")).json()["images"] == []
    assert (await phone.get(f"/api/images/{filed['id']}")).status_code == 404


async def test_details_given_on_the_desktop_to_the_same_bytes_are_not_shown_to_the_phone(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    theirs = await browser.add(photo)
    await browser.describe(theirs["id"], bodySite=FOREARM, notes="In confidence", label="Mole 1")
    phone = await phone_of(browser)
    reply = await phone.post("/api/images", content=photo)
    assert (reply.status_code, reply.json()["id"]) == (200, theirs["id"])
    assert (reply.json()["notes"], reply.json()["label"], reply.json()["bodySite"]) == ("", "", None)
    assert (await phone.get("/api/images")).json()["images"] == []


async def test_an_image_resent_after_a_new_scan_is_the_same_one_and_the_phones_own(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    first = await (await phone_of(browser)).add(photo)
    again = await phone_of(browser)
    reply = await again.post("/api/images", content=photo)
    assert (reply.status_code, reply.json()["id"]) == (200, first["id"])
    assert [each["id"] for each in (await again.get("/api/images")).json()["images"]] == [first["id"]]
    assert len((await browser.client.get("/api/images")).json()["images"]) == 1


@on_both
async def test_two_patients_side_by_side_keep_their_own_images(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    beside = browser.other_browser()
    query = browser.sandbox.launch_url(OTHER_PATIENT).partition("?")[2]
    await beside.get(f"/launch?{query}")
    ours, theirs = await phone_of(browser), await phone_of(browser, beside)
    assert ours.data["patientTag"] != theirs.data["patientTag"]
    assert ours.data["word"] != theirs.data["word"]
    mine, other = await ours.add(photo), await theirs.add(photo)
    assert mine["id"] != other["id"]
    for desktop, expected in ((browser.client, mine), (beside, other)):
        listed = (await desktop.get("/api/images")).json()["images"]
        assert [each["id"] for each in listed] == [expected["id"]]
    await beside.delete("/api/session")
    assert (await ours.get("/api/phone")).status_code == 200
    assert (await theirs.get("/api/phone")).status_code == 401


async def test_the_patients_tag_is_the_same_in_each_session_of_the_record(browser: BrowserSession) -> None:
    await browser.launch()
    first = (await phone_of(browser)).data
    await browser.launch()
    second = (await phone_of(browser)).data
    assert first["sessionId"] != second["sessionId"]
    assert first["patientTag"] == second["patientTag"]


async def test_a_page_of_an_earlier_scan_cannot_add_to_the_phones_next_session(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    first = await phone_of(browser)
    beside = browser.other_browser()
    query = browser.sandbox.launch_url(OTHER_PATIENT).partition("?")[2]
    await beside.get(f"/launch?{query}")
    # The same phone scans the other patient's code: a browser has one cookie, and the later one is valid.
    second = await scan(first.client, await new_qr(beside))
    reply = await first.post("/api/images", content=photo)
    assert reply.status_code == 401
    added = await second.add(photo)
    assert [each["id"] for each in (await beside.get("/api/images")).json()["images"]] == [added["id"]]
    assert (await browser.client.get("/api/images")).json()["images"] == []


async def test_the_phones_header_distinguishes_desktop_and_phone_page_in_one_browser(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    phone = await scan(browser.client, await new_qr(browser.client))
    added = await phone.add(photo)
    assert added["source"] == "phone"
    assert (await browser.add(make_jpeg(seed=3)))["source"] == "desktop"
    assert len((await browser.client.get("/api/images")).json()["images"]) == 2
    assert len((await phone.get("/api/images")).json()["images"]) == 1
