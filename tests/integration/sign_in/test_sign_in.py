"""Signing in outside Evolution: from the practice's account to the record, what the pages may do, and how a sign-in ends."""

import re
from pathlib import Path

import pytest

from databases import on_both
from image_files import make_jpeg
from integration.sign_in.steps import (
    GP,
    PAGE,
    clocked,
    confirm,
    environ,
    said,
    search,
    sign_in,
    trail,
    with_cookies_of,
)
from oidc import FakeProvider
from running import TESTING, BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio


@on_both
async def test_a_clinician_signs_in_finds_and_confirms_a_patient_and_files_under_their_name(
    browser: BrowserSession,
) -> None:
    assert (await sign_in(browser)).headers["location"] == "/sign-in/patient"
    asked = await browser.client.get("/sign-in/patient")
    assert "Healthier Care" in asked.text
    assert "Signed in as Alex Api" in asked.text
    found = await search(browser)
    for shown in ("UNRELATED STRING SECOND STRING TESTING", "7 Aug 1965", "years)", "ZZZ0016", "Dr Alex Api"):
        assert shown in found.text
    assert (await browser.client.get("/api/session")).status_code == 401

    opened = await confirm(browser, found)
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    session = (await browser.client.get("/api/session")).json()
    assert session["patient"]["id"] == TESTING
    assert session["facility"] == {"id": "F2N060-E", "name": "Healthier Care"}
    assert session["provider"] == {"id": GP, "name": "Dr Alex Api"}
    image = await browser.add(make_jpeg())
    await browser.describe(image["id"])
    assert (await browser.file(image["id"]))["images"][0]["state"] == "committed"

    rows = {row["action"]: row for row in await trail(browser)}
    for action in ("sign-in.accepted", "patient.found", "patient.confirmed"):
        assert rows[action]["account"] == "user_gp1"
        assert rows[action]["facilityId"] == "F2N060-E"
    assert rows["patient.confirmed"]["sessionId"] == session["id"] == rows["session.started"]["sessionId"]
    assert rows["patient.confirmed"]["patient"] == rows["patient.found"]["patient"] != ""
    assert "user_gp1" not in str([row["about"] for row in rows.values()])


async def test_scripts_cannot_read_the_cookies_and_signing_out_deletes_them(browser: BrowserSession) -> None:
    begun = await browser.client.get("/sign-in")
    cookie = begun.headers["set-cookie"]
    for attribute in ("clinicpro_signing_in=", "HttpOnly", "SameSite=Lax", "Max-Age=600", "Path=/"):
        assert attribute in cookie
    signed_in = await sign_in(browser)
    [forgotten, kept] = signed_in.headers.get_list("set-cookie")
    assert 'clinicpro_signing_in=""' in forgotten
    assert "Max-Age=0" in forgotten
    assert "Max-Age=3600" in kept
    assert signed_in.headers["cache-control"] == "no-store"


async def test_after_signing_out_the_provider_must_ask_who_it_is_once(browser: BrowserSession) -> None:
    assert "prompt" not in (await browser.client.get("/sign-in")).headers["location"]
    await sign_in(browser)
    await browser.client.post("/sign-in/end")
    assert "prompt=login" in (await browser.client.get("/sign-in")).headers["location"]
    await sign_in(browser)
    await browser.client.post("/sign-in/end")
    browser.client.cookies.clear()
    assert "prompt" not in (await browser.client.get("/sign-in")).headers["location"]


async def test_an_account_that_is_refused_is_offered_another_one_and_the_provider_asks_for_it(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    provider.person = {"sub": "somebody-else"}
    refused = await sign_in(browser)
    said(refused, 403, "Your account may not use ClinicPro Images")
    await _asks_who_it_is(browser, refused.text)
    provider.person = {"sub": "user_gp1"}
    await sign_in(browser)
    refused = await browser.client.get("/practice")
    said(refused, 403, "Your account may not see the practice&#x27;s page")
    await _asks_who_it_is(browser, refused.text)


async def _asks_who_it_is(browser: BrowserSession, page: str) -> None:
    offered = re.search(r'href="(/sign-in[^"]*)">Sign in with another account<', page)
    assert offered is not None
    assert "prompt=login" in (await browser.client.get(offered[1])).headers["location"]


async def test_the_pages_cannot_be_framed_and_run_no_script(browser: BrowserSession) -> None:
    await sign_in(browser)
    page = await browser.client.get("/sign-in/patient")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"


async def test_without_settings_there_is_no_sign_in(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path) as browser:
        for method, path in (
            ("GET", "/sign-in"), ("GET", "/sign-in/return?state=a&code=b"), ("GET", "/sign-in/patient"),
            ("POST", "/sign-in/patient"), ("POST", "/sign-in/confirm"), ("POST", "/sign-in/end"),
        ):  # fmt: skip
            reply = await browser.client.request(method, path)
            assert (reply.status_code, reply.json()["type"].rpartition("/")[2]) == (404, "sign-in-closed"), (
                path
            )
        said(await browser.client.get("/sign-in", headers=PAGE), 404, "No sign-in here")


async def test_a_page_without_a_session_learns_where_to_sign_in_if_that_is_possible(
    browser: BrowserSession, sandbox: Sandbox, tmp_path: Path
) -> None:
    data = (await browser.client.get("/api/session")).json()
    assert data["signIn"] == "/sign-in"
    assert "or sign in" in data["detail"]
    async with running(sandbox, tmp_path / "evolution-only") as other:
        assert "signIn" not in (await other.client.get("/api/session")).json()


async def test_a_sign_in_lasts_an_hour(sandbox: Sandbox, tmp_path: Path, provider: FakeProvider) -> None:
    async with clocked(sandbox, tmp_path, provider) as (browser, clock):
        await sign_in(browser)
        clock.ahead = 3599.0
        assert (await browser.client.get("/sign-in")).headers["location"] == "/sign-in/patient"
        clock.ahead = 3601.0
        said(await search(browser), 401, "Your sign-in has ended")


async def test_signing_out_ends_every_copy_of_the_sign_in_and_the_open_session(
    browser: BrowserSession,
) -> None:
    await sign_in(browser)
    await confirm(browser, await search(browser))
    thief = with_cookies_of(browser)
    reply = await browser.client.post("/sign-in/end")
    assert "<h1>You are signed out</h1>" in reply.text
    assert (await thief.get("/api/session")).status_code == 401
    said(await thief.post("/sign-in/patient", headers=PAGE), 401, "Your sign-in has ended")
    ended = ["sign-in.ended", "session.ended", "access.refused", "sign-in.refused"]
    assert [row["action"] for row in await trail(browser)][-4:] == ended


async def test_another_site_can_neither_search_nor_confirm_nor_sign_out(browser: BrowserSession) -> None:
    await sign_in(browser)
    for path in ("/sign-in/patient", "/sign-in/confirm", "/sign-in/end"):
        reply = await browser.client.post(path, headers={"Origin": "https://elsewhere.example"})
        assert reply.status_code == 403, path
    null = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    assert (await browser.client.post("/sign-in/end", headers=null)).status_code == 403
    assert (await browser.client.get("/sign-in/patient")).status_code == 200


async def test_sign_ins_and_searches_are_limited(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    settings = environ(provider, CLINICPRO_SIGN_INS_PER_MINUTE="1")
    async with running(sandbox, tmp_path, settings) as browser:
        assert [(await browser.client.get("/sign-in")).status_code for _ in range(2)] == [303, 429]
        assert [(await search(browser)).status_code for _ in range(2)] == [401, 429]
