"""From the NHI to the patient's session: what a search may find, and what a confirmation is good for."""

import asyncio
import html
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from databases import on_both
from integration.sign_in.signing_in import FOUND, GP, PAGE, clocked, confirm, said, search, sign_in, trail
from oidc import FakeProvider
from running import BrowserSession, Sandbox

pytestmark = pytest.mark.anyio


async def test_a_search_that_finds_nobody_says_why_and_keeps_what_was_entered(desk: BrowserSession) -> None:
    await sign_in(desk)
    for nhi, chosen, status, title in (
        ("ZZZ0017", GP, 422, "Not a valid NHI"),
        ("", GP, 422, "Not a valid NHI"),
        ("ZZZ00\N{FULLWIDTH DIGIT ONE}6", GP, 422, "Not a valid NHI"),
        ("<i>'\"", GP, 422, "Not a valid NHI"),
        ("ZAA0067", GP, 404, "No patient with this NHI"),
        ("ZZZ0016", "", 422, "Choose who you are"),
        ("ZZZ0016", "0" * 32, 422, "Choose who you are"),
    ):
        reply = await search(desk, nhi, chosen)
        said(reply, status, title)
        assert 'role="alert"' in reply.text
        assert f'value="{html.escape(nhi)}"' in reply.text
        assert not FOUND.search(reply.text)


async def test_an_nhi_is_read_as_people_write_it(desk: BrowserSession) -> None:
    await sign_in(desk)
    assert FOUND.search((await search(desk, " zzz 0016 ")).text)


async def test_an_nhi_with_two_records_opens_neither(desk: BrowserSession) -> None:
    await sign_in(desk)
    said(await search(desk, "ZLM4106"), 409, "This NHI has more than one record")


async def test_a_practice_that_is_asleep_is_said_where_the_nhi_was_entered(desk: BrowserSession) -> None:
    await sign_in(desk)
    await desk.client.get("/sign-in/patient")
    desk.sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "503", "times": 9}]})
    reply = await search(desk)
    assert reply.status_code == 503
    assert 'role="alert"' in reply.text
    assert 'value="ZZZ0016"' in reply.text


async def test_a_confirmation_counts_for_whom_it_was_shown_alone(desk: BrowserSession) -> None:
    await sign_in(desk)
    found = await search(desk)
    other = desk.browser()
    other.headers.update(PAGE)
    mine, desk.client = desk.client, other
    said(await confirm(desk, found), 401, "Your sign-in has ended")
    await sign_in(desk)
    said(await confirm(desk, found), 410, "Enter the NHI again")
    desk.client = mine
    assert (await confirm(desk, found)).status_code == 303
    desk.client = other
    said(await confirm(desk, found), 410, "Enter the NHI again")
    desk.client = mine
    forged = await desk.client.post("/sign-in/confirm", data={"found": "forged"})
    said(forged, 410, "Enter the NHI again")


@on_both
async def test_however_often_a_confirmation_is_pressed_it_opens_one_session(desk: BrowserSession) -> None:
    await sign_in(desk)
    found = await search(desk)
    # As a double press sends them: both on their way at once, and the first answer read by nobody.
    pressed = await asyncio.gather(confirm(desk, found), confirm(desk, found))
    assert [(each.status_code, each.headers["location"]) for each in pressed] == [(303, "/")] * 2
    session = (await desk.client.get("/api/session")).json()
    desk.client.cookies.delete("clinicpro_session")
    desk.sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "503", "times": 9}]})
    assert (await confirm(desk, found)).status_code == 303
    assert (await desk.client.get("/api/session")).json()["id"] == session["id"]
    actions = [row["action"] for row in await trail(desk)]
    assert (actions.count("patient.confirmed"), actions.count("session.started")) == (1, 1)


async def test_a_confirmation_does_not_open_again_what_was_ended(desk: BrowserSession) -> None:
    await sign_in(desk)
    found = await search(desk)
    await confirm(desk, found)
    assert (await desk.client.delete("/api/session")).status_code == 204
    said(await confirm(desk, found), 410, "Enter the NHI again")
    assert (await desk.client.get("/api/session")).status_code == 401


async def test_a_confirmation_after_more_than_five_minutes_is_too_late(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    async with clocked(sandbox, tmp_path, provider) as (desk, clock):
        await sign_in(desk)
        found = await search(desk)
        clock.ahead = 301.0
        said(await confirm(desk, found), 410, "Enter the NHI again")


async def test_a_record_that_changed_since_it_was_shown_is_shown_again(
    desk: BrowserSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(desk)
    found = await search(desk)
    read = desk.gateway.launches.confirm_patient

    async def changed(*args: Any, **asked: Any) -> Any:
        return replace(await read(*args, **asked), birth_date="1965-08-08")

    monkeypatch.setattr(desk.gateway.launches, "confirm_patient", changed)
    said(await confirm(desk, found), 410, "Enter the NHI again")
    assert (await desk.client.get("/api/session")).status_code == 401
