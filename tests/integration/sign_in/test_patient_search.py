"""From the NHI to the patient's session: what a search may find, and what a confirmation permits."""

import asyncio
import html
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from databases import on_both
from integration.sign_in.steps import FOUND, GP, PAGE, clocked, confirm, said, search, sign_in, trail
from oidc import FakeProvider
from running import BrowserSession, Sandbox

pytestmark = pytest.mark.anyio


async def test_a_search_that_finds_nobody_says_why_and_keeps_what_was_entered(
    browser: BrowserSession,
) -> None:
    await sign_in(browser)
    for nhi, chosen, status, title in (
        ("ZZZ0017", GP, 422, "Not a valid NHI"),
        ("", GP, 422, "Not a valid NHI"),
        ("ZZZ00\N{FULLWIDTH DIGIT ONE}6", GP, 422, "Not a valid NHI"),
        ("<i>'\"", GP, 422, "Not a valid NHI"),
        ("ZAA0067", GP, 404, "No patient with this NHI"),
        ("ZZZ0016", "", 422, "Choose who you are"),
        ("ZZZ0016", "0" * 32, 422, "Choose who you are"),
    ):
        reply = await search(browser, nhi, chosen)
        said(reply, status, title)
        assert 'role="alert"' in reply.text
        assert f'value="{html.escape(nhi)}"' in reply.text
        assert not FOUND.search(reply.text)


async def test_an_nhi_is_read_as_people_write_it(browser: BrowserSession) -> None:
    await sign_in(browser)
    assert FOUND.search((await search(browser, " zzz 0016 ")).text)


async def test_an_nhi_with_two_records_shows_both_and_opens_the_one_that_is_chosen(
    browser: BrowserSession,
) -> None:
    await sign_in(browser)
    page = await search(browser, "ZLM4106")
    assert page.status_code == 200
    assert "This NHI has 2 records" in page.text
    tokens = [html.unescape(each) for each in FOUND.findall(page.text)]
    opened = []
    for token in tokens:
        reply = await browser.client.post("/sign-in/confirm", data={"found": token})
        assert reply.status_code == 303
        session = (await browser.client.get("/api/session")).json()
        assert (session["recordCheck"], session["otherRecords"]) == ("several", 1)
        opened.append(session["patient"]["id"])
    assert len(set(opened)) == 2
    confirmed = [row for row in await trail(browser) if row["action"] == "patient.confirmed"]
    assert ["otherRecords" in str(row["about"]) for row in confirmed] == [True, True]


async def test_an_offline_practice_is_reported_beside_the_nhi_field(browser: BrowserSession) -> None:
    await sign_in(browser)
    await browser.client.get("/sign-in/patient")
    browser.sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "503", "times": 9}]})
    reply = await search(browser)
    assert reply.status_code == 503
    assert 'role="alert"' in reply.text
    assert 'value="ZZZ0016"' in reply.text
    # There are none yet.
    assert "photos are safe" not in reply.text
    assert "No patient was opened" in reply.text


async def test_a_confirmation_is_valid_only_for_the_sign_in_it_was_shown_to(browser: BrowserSession) -> None:
    await sign_in(browser)
    found = await search(browser)
    other = browser.other_browser()
    other.headers.update(PAGE)
    mine, browser.client = browser.client, other
    said(await confirm(browser, found), 401, "Your sign-in has ended")
    await sign_in(browser)
    said(await confirm(browser, found), 410, "Enter the NHI again")
    browser.client = mine
    assert (await confirm(browser, found)).status_code == 303
    browser.client = other
    said(await confirm(browser, found), 410, "Enter the NHI again")
    browser.client = mine
    forged = await browser.client.post("/sign-in/confirm", data={"found": "forged"})
    said(forged, 410, "Enter the NHI again")


@on_both
async def test_repeated_confirmations_open_one_session(browser: BrowserSession) -> None:
    await sign_in(browser)
    found = await search(browser)
    # As a double click sends them: both at once, and nobody reads the first response.
    pressed = await asyncio.gather(confirm(browser, found), confirm(browser, found))
    assert [(each.status_code, each.headers["location"]) for each in pressed] == [(303, "/")] * 2
    session = (await browser.client.get("/api/session")).json()
    browser.client.cookies.delete("clinicpro_session")
    browser.sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "503", "times": 9}]})
    assert (await confirm(browser, found)).status_code == 303
    assert (await browser.client.get("/api/session")).json()["id"] == session["id"]
    actions = [row["action"] for row in await trail(browser)]
    assert (actions.count("patient.confirmed"), actions.count("session.started")) == (1, 1)


async def test_a_confirmation_does_not_reopen_an_ended_session(browser: BrowserSession) -> None:
    await sign_in(browser)
    found = await search(browser)
    await confirm(browser, found)
    assert (await browser.client.delete("/api/session")).status_code == 204
    said(await confirm(browser, found), 410, "Enter the NHI again")
    assert (await browser.client.get("/api/session")).status_code == 401


async def test_a_confirmation_after_more_than_five_minutes_is_too_late(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    async with clocked(sandbox, tmp_path, provider) as (browser, clock):
        await sign_in(browser)
        found = await search(browser)
        clock.ahead = 301.0
        said(await confirm(browser, found), 410, "Enter the NHI again")


async def test_a_record_that_changed_since_it_was_shown_is_shown_again(
    browser: BrowserSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(browser)
    found = await search(browser)
    read = browser.gateway.launches.confirm_patient

    async def changed(*args: Any, **asked: Any) -> Any:
        patient, others = await read(*args, **asked)
        return replace(patient, birth_date="1965-08-08"), others

    monkeypatch.setattr(browser.gateway.launches, "confirm_patient", changed)
    said(await confirm(browser, found), 410, "Enter the NHI again")
    assert (await browser.client.get("/api/session")).status_code == 401


ON_PHONE = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148", **PAGE}


async def test_on_a_phone_the_birth_date_is_the_second_identifier_and_the_phone_page_comes_next(
    browser: BrowserSession, photo: bytes
) -> None:
    browser.client.headers.update(ON_PHONE)
    await sign_in(browser)
    assert "dd/mm/yyyy" in (await browser.client.get("/sign-in/patient")).text
    for given, title in (
        ("", "Date of birth not understood"),
        ("8/13/1965", "Date of birth not understood"),
        ("soon", "Date of birth not understood"),
        ("8/8/1965", "NHI and birth date don&#x27;t match"),
        ("8/7/1965", "NHI and birth date don&#x27;t match"),
    ):
        reply = await browser.client.post(
            "/sign-in/patient", data={"nhi": "ZZZ0016", "provider": GP, "birth-date": given}
        )
        said(reply, 422, title)
        assert f'value="{given}"' in reply.text
        assert not FOUND.search(reply.text)
        assert "7/8/1965" not in reply.text.replace("such as 7/8/1965", "")
    found = await browser.client.post(
        "/sign-in/patient", data={"nhi": "ZZZ0016", "provider": GP, "birth-date": "7/8/1965"}
    )
    confirmed = await confirm(browser, found)
    assert confirmed.headers["location"] == "/phone#signed-in"
    own = (await browser.client.get("/api/phone/own")).json()
    assert own["patient"]["nhi"] == "ZZZ0016"
    assert own["id"] == (await browser.client.get("/api/session")).json()["id"]
    added = await browser.client.post(
        "/api/images", content=photo, headers={"x-clinicpro-session": own["id"], "origin": browser.origin}
    )
    assert added.status_code == 201


async def test_a_desktop_compares_the_birth_date_only_if_it_is_given(browser: BrowserSession) -> None:
    await sign_in(browser)
    found = await search(browser)
    assert FOUND.search(found.text)
    assert (await confirm(browser, found)).headers["location"] == "/"
