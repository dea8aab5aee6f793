"""What a phone may do with a session, what its code is good for, and what guessing a code comes to."""

import asyncio
import re

import pytest

from databases import on_both
from phones import Phone, new_qr, phone_of, scan, slug
from running import BrowserSession
from streams import events

pytestmark = pytest.mark.anyio

OTHER_PATIENT = "6f85b5c92705044bd76ed8cf55887bdb"

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
