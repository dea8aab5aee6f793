"""A session handed to a phone: scan, add, and disconnect; two patients at once, never mixed up."""

import asyncio
import re

import httpx2
import pytest

from databases import on_both
from image_files import make_jpeg
from phones import Phone, new_qr, scan
from running import FOREARM, TESTING, BrowserSession
from streams import events

pytestmark = pytest.mark.anyio

OTHER_PATIENT = "6f85b5c92705044bd76ed8cf55887bdb"


async def phone_of(browser: BrowserSession, desktop: httpx2.AsyncClient | None = None) -> Phone:
    """Another browser, which has scanned a new QR code of the desktop."""
    qr = await new_qr(desktop or browser.client)
    return await scan(browser.other_browser(), qr)


async def slug(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, str(reply.json()["type"]).rpartition("/")[2]


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
        received: list[tuple[str, str]] = []
        async for name, _, data in stream:
            received.append((name, data["id"]))
            if (name, data["id"]) == ("image.removed", filed["id"]):
                break
        assert {subject for _, subject in received} == {own["id"], filed["id"]}
        assert ("image.removed", own["id"]) in received
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


PHONES = {
    "/api/images", "/api/images/{image_id}", "/api/images/{image_id}/content", "/api/images/{image_id}/original",
    "/api/images/{image_id}/release",
    "/api/capabilities", "/api/events", "/api/phone", "/api/phone/waiting", "/api/handoff/claim",
    "/api/earlier-images", "/api/earlier-images/{earlier_id}/content", "/api/earlier-images/chosen",
}  # fmt: skip
# A launch, a tab transfer and a sign-in are authorised by their own token, not by a cookie.
ANYBODYS = {
    "/healthz", "/launch", "/tab", "/api/examples/{name}",
    "/sign-in", "/sign-in/return", "/sign-in/patient", "/sign-in/practice", "/sign-in/confirm", "/sign-in/end",
    "/sign-in/found", "/sign-in/today", "/sign-in/keep", "/sign-in/end-everywhere",
    "/problems", "/problems/{slug}",
}  # fmt: skip


async def test_a_phone_does_not_choose_the_earlier_photo(browser: BrowserSession) -> None:
    await browser.launch()
    phone = await phone_of(browser)
    reply = await phone.request("PUT", "/api/earlier-images/chosen", json={"chosen": None})
    assert reply.status_code == 403


@pytest.mark.parametrize("names_itself", [True, False])
async def test_a_phone_may_do_nothing_else(browser: BrowserSession, photo: bytes, names_itself: bool) -> None:
    await browser.launch()
    phone = await phone_of(browser)
    added = await phone.add(photo)
    headers = {"Idempotency-Key": "k"} | ({"X-ClinicPro-Phone": phone.id} if names_itself else {})
    paths = (await browser.operator("/openapi.json")).json()["paths"]
    assert set(paths) > PHONES | ANYBODYS
    tried = 0
    for path, calls in paths.items():
        for method in calls if path not in PHONES | ANYBODYS else ():
            address = re.sub(r"\{[^}]*\}", added["id"], path)
            reply = await phone.client.request(method.upper(), address, json={}, headers=headers)
            assert reply.status_code in {401, 403}, (method, path, reply.text)
            tried += 1
    assert tried >= 10
    assert (await phone.get("/api/phone")).status_code == 200
    assert (await browser.client.get("/api/images")).json()["images"] == [added]


@on_both
async def test_the_same_page_gets_the_same_answer_again_and_no_other_page_does(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    qr = await new_qr(browser.client)
    ticket = qr["url"].partition("#")[2]
    mine = {"token": ticket, "nonce": "a" * 32}
    client = browser.other_browser()
    replies = await asyncio.gather(*(client.post("/api/handoff/claim", json=mine) for _ in range(4)))
    assert [reply.status_code for reply in replies] == [200] * 4
    assert len({reply.text for reply in replies}) == 1
    assert len({reply.headers["set-cookie"] for reply in replies}) == 1
    for other in ({"token": ticket}, {"token": ticket, "nonce": "b" * 32}):
        reply = await browser.other_browser().post("/api/handoff/claim", json=other)
        assert await slug(reply) == (410, "ticket-used")
        assert "set-cookie" not in reply.headers
    assert (await Phone(client, replies[0].json()).add(photo))["source"] == "phone"
    # By the code instead of the ticket, it is still the same hand-off.
    again = await client.post("/api/handoff/claim", json={"token": qr["code"], "nonce": "a" * 32})
    assert again.json()["id"] == replies[0].json()["id"]
    await browser.client.delete("/api/handoff")
    assert (await client.post("/api/handoff/claim", json=mine)).status_code == 410


async def test_a_guessable_nonce_is_refused(browser: BrowserSession) -> None:
    await browser.launch()
    qr = await new_qr(browser.client)
    reply = await browser.other_browser().post("/api/handoff/claim", json={"token": qr["code"], "nonce": "1"})
    assert reply.status_code == 422
    assert (await browser.client.get("/api/handoff")).json()["state"] == "waiting"


@on_both
async def test_a_phone_that_holds_another_patients_photos_is_stopped_before_the_code_is_used(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    beside = browser.other_browser()
    query = browser.sandbox.launch_url(OTHER_PATIENT).partition("?")[2]
    await beside.get(f"/launch?{query}")
    first = await phone_of(browser)
    qr = await new_qr(beside)
    claim = {"token": qr["url"].partition("#")[2], "nonce": "a" * 32}
    reply = await first.client.post(
        "/api/handoff/claim", json=claim | {"unsentFor": [first.data["patientTag"]]}
    )
    assert await slug(reply) == (409, "other-patient-unsent")
    assert "set-cookie" not in reply.headers
    assert "ZAC4101" not in reply.text
    assert (await beside.get("/api/handoff")).json()["state"] == "waiting"
    # The phone still belongs to the first patient, and the code can still be used.
    assert (await first.get("/api/phone")).json() == first.data
    own = await new_qr(browser.client)
    again = await first.client.post(
        "/api/handoff/claim", json={"token": own["code"], "unsentFor": [first.data["patientTag"]]}
    )
    assert again.status_code == 200
    assert (await first.client.post("/api/handoff/claim", json=claim)).status_code == 200


@on_both
async def test_the_desktop_sees_how_many_photos_the_phone_holds(browser: BrowserSession) -> None:
    await browser.launch()
    phone = await phone_of(browser)
    async with events(browser.client) as stream:
        for count in (2, 2, 0):
            reply = await phone.request("PUT", "/api/phone/waiting", json={"waiting": count})
            assert reply.status_code == 204
        received = [await anext(stream), await anext(stream)]
        assert received[-1][2]["waiting"] == 0
    assert (await phone.request("PUT", "/api/phone/waiting", json={"waiting": -1})).status_code == 422
    await phone.request("PUT", "/api/phone/waiting", json={"waiting": 3})
    assert (await browser.client.get("/api/handoff")).json()["waiting"] == 3
    assert (await browser.client.put("/api/phone/waiting", json={"waiting": 1})).status_code == 401
    await browser.client.delete("/api/handoff")
    assert (await browser.client.get("/api/handoff")).json()["waiting"] == 0


async def test_guessing_codes_is_limited_and_does_not_keep_a_phone_from_scanning(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    qr = await new_qr(browser.client)
    guesser = browser.other_browser()
    guesses = ["", "0", "x" * 8, "00000000", "1111-1111", "z" * 5000]
    statuses = []
    for number in range(30):
        reply = await guesser.post("/api/handoff/claim", json={"token": guesses[number % len(guesses)]})
        statuses.append(await slug(reply))
    assert statuses[0] == (404, "ticket-unknown")
    assert statuses[-1] == (429, "too-many-guesses")
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    right = await guesser.post("/api/handoff/claim", json={"token": qr["code"]})
    assert right.status_code == 429, "40 bits need the lock"
    for number in range(25):
        reply = await guesser.post("/api/handoff/claim", json={"token": str(number % 10) * 28})
    assert await slug(reply) == (429, "too-many-guesses")
    assert (await scan(guesser, qr)).id, "a ticket that is right is never refused"


async def test_a_session_of_its_own_has_the_same_patient_tag_as_a_phones(browser: BrowserSession) -> None:
    await browser.launch()
    own = (await browser.client.get("/api/phone/own")).json()
    phone = await phone_of(browser)
    assert own["patientTag"] == phone.data["patientTag"]
    assert (await phone.get("/api/phone/own")).status_code == 403


async def test_a_scan_works_while_codes_are_locked(browser: BrowserSession) -> None:
    await browser.launch()
    qr = await new_qr(browser.client)
    guesser = browser.other_browser()
    for _ in range(400):
        reply = await guesser.post("/api/handoff/claim", json={"token": "0000-0000"})
    assert reply.status_code == 429
    assert (await scan(guesser, qr)).id


async def test_the_phone_page_cannot_be_framed_and_sends_no_referrer(browser: BrowserSession) -> None:
    reply = await browser.client.get("/phone")
    assert reply.status_code in {200, 503}  # 503 until the page is built
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
