"""The whole day on a clinician's own phone: today's appointments, a sign-in that is kept, and its end everywhere."""

import html
import re
from datetime import datetime
from pathlib import Path

import httpx2
import pytest

from clinicpro_images.practice_time import AUCKLAND
from clinicpro_images.sign_in.patient_search import LISTED_SECONDS
from integration.sign_in.steps import (
    GP,
    NURSE,
    PAGE,
    Clock,
    clocked,
    confirm,
    environ,
    said,
    search,
    sign_in,
    trail,
)
from oidc import FakeProvider
from phones import new_qr, scan
from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

PHONE = {"sec-ch-ua-mobile": "?1"}
SLOT = re.compile(r'name="appointment" value="([^"]+)">\s*<b>([^<]+)</b> <span>([^<]+)<')


async def today(browser: BrowserSession, chosen: str = GP) -> httpx2.Response:
    return await browser.client.post("/sign-in/today", data={"provider": chosen})


async def test_a_patient_is_opened_from_todays_appointments(browser: BrowserSession) -> None:
    await sign_in(browser)
    browser.client.headers.update(PHONE)
    assert "Today's appointments" in html.unescape((await browser.client.get("/sign-in/patient")).text)
    listed = await today(browser)
    slots = SLOT.findall(listed.text)
    assert [time for _, time, _ in slots][:2] == ["09:00", "09:30"]
    # Initials only: another patient may see the screen.
    assert "TESTING" not in listed.text
    assert "ZZZ0016" not in listed.text
    assert slots[0][2] == "M. U. S. S. S. T."
    found = await browser.client.post("/sign-in/patient", data={"appointment": html.unescape(slots[0][0])})
    assert "TESTING" in found.text
    assert "ZZZ0016" in found.text
    assert (await confirm(browser, found)).headers["location"] == "/phone#signed-in"
    session = (await browser.client.get("/api/session")).json()
    assert (session["patient"]["nhi"], session["provider"]["id"]) == ("ZZZ0016", GP)
    actions = [row["action"] for row in await trail(browser)]
    assert "appointments.listed" in actions


async def test_each_provider_sees_their_own_list_and_nobody_sees_one_without_choosing(
    browser: BrowserSession,
) -> None:
    await sign_in(browser)
    mine, theirs = await today(browser), await today(browser, NURSE)
    assert {time for _, time, _ in SLOT.findall(mine.text)}.isdisjoint(
        time for _, time, _ in SLOT.findall(theirs.text)
    )
    said(await today(browser, ""), 422, "Choose who you are")


async def test_without_the_role_there_is_no_list(sandbox: Sandbox, browser: BrowserSession) -> None:
    roles = sandbox.call("GET", "/sandbox/settings")["roles"]
    sandbox.call("PUT", "/sandbox/settings", {"roles": [each for each in roles if "appointment" not in each]})
    try:
        await sign_in(browser)
        assert "appointments" not in (await browser.client.get("/sign-in/patient")).text
        refused = await today(browser)
    finally:
        sandbox.call("PUT", "/sandbox/settings", {"roles": roles})
    assert refused.status_code >= 400
    assert 'role="alert"' in refused.text


async def test_a_line_of_the_list_is_for_the_sign_in_that_saw_it_and_not_for_long(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    async with clocked(sandbox, tmp_path, provider) as (browser, clock):
        await sign_in(browser)
        [(token, *_), *_] = SLOT.findall((await today(browser)).text)
        form = {"appointment": html.unescape(token)}
        clock.ahead = LISTED_SECONDS + 1
        said(await browser.client.post("/sign-in/patient", data=form), 410, "Enter the NHI again")
        clock.ahead = 0
        browser.client.cookies.clear()
        await sign_in(browser)
        said(await browser.client.post("/sign-in/patient", data=form), 410, "Enter the NHI again")


async def test_a_practice_may_let_phones_keep_the_sign_in_until_midnight(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    kept = {"CLINICPRO_SIGN_IN_KEPT_ON_PHONES": "1"}
    async with running(sandbox, tmp_path, environ(provider, **kept)) as browser:
        browser.client.headers.update(PAGE)
        await sign_in(browser)
        assert "until midnight" not in (await browser.client.get("/sign-in/patient")).text
        said(await browser.client.post("/sign-in/keep"), 403, "Sign-in not kept for the day")
        browser.client.headers.update(PHONE)
        assert "until midnight" in (await browser.client.get("/sign-in/patient")).text
        kept_at = await browser.client.post("/sign-in/keep")
        assert kept_at.headers["location"] == "/sign-in/patient"
        assert "until midnight" in (await browser.client.get("/sign-in/patient")).text
        assert "sign-in.kept" in [row["action"] for row in await trail(browser)]


async def test_a_sign_in_is_kept_for_all_of_the_day_on_which_summer_time_ends(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    clock = Clock(datetime(2027, 4, 4, 0, 10, tzinfo=AUCKLAND).timestamp)
    provider.says = {"iat": int(clock()), "exp": int(clock()) + 300}
    settings = environ(provider, CLINICPRO_SIGN_IN_KEPT_ON_PHONES="1")
    async with running(sandbox, tmp_path, settings, clock=clock) as browser:
        browser.client.headers.update(PAGE | PHONE)
        await sign_in(browser)
        kept_at = await browser.client.post("/sign-in/keep")
        assert f"Max-Age={25 * 3600 - 600}" in kept_at.headers["set-cookie"]
        for ahead, where in (
            (1, "/sign-in/patient"),
            (25 * 3600 - 601, "/sign-in/patient"),
            (25 * 3600 - 599, provider.issuer),
        ):
            clock.ahead = ahead
            assert (await browser.client.get("/sign-in")).headers["location"].startswith(where)


async def test_elsewhere_a_sign_in_is_not_kept(browser: BrowserSession) -> None:
    await sign_in(browser)
    browser.client.headers.update(PHONE)
    assert "until midnight" not in (await browser.client.get("/sign-in/patient")).text
    said(await browser.client.post("/sign-in/keep"), 403, "Sign-in not kept for the day")


async def test_end_everywhere_ends_every_sign_in_session_and_phone_of_the_clinician(
    browser: BrowserSession,
) -> None:
    await sign_in(browser)
    await confirm(browser, await search(browser))
    phone = await scan(browser.other_browser(), await new_qr(browser.client))
    # The same account, on another device.
    other = browser.other_browser()
    other.cookies.update(browser.client.cookies)
    assert (await other.get("/sign-in/patient", headers=PAGE)).status_code == 200
    ended = await browser.client.post("/sign-in/end-everywhere")
    assert "1 open session was ended" in ended.text
    assert (await other.get("/sign-in/patient", headers=PAGE)).status_code == 303
    assert (await other.get("/api/session")).status_code == 401
    assert (await phone.get("/api/phone")).status_code == 401
    # Signing in again works.
    await sign_in(browser)
    assert (await browser.client.get("/sign-in/patient")).status_code == 200
