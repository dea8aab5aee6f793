"""Signing in outside Evolution: from the practice's account to a patient who was confirmed, and everything in between."""

import html
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from clinicpro_images.audit.export import readable
from clinicpro_images.audit.verify import all_rows
from clinicpro_images.settings import Settings
from clinicpro_images.settings_reader import SettingsError
from databases import on_both
from oidc import FakeProvider, running_provider
from photos import photo_jpeg
from running import TESTING, Desk, Sandbox, running

pytestmark = pytest.mark.anyio

GP = "9bf0832786e2293848942167532e0a91"
NURSE = "7def01802be7cbe97d4301a421f111f5"
PAGE = {"Accept": "text/html"}
FOUND = re.compile(r'name="found" value="([^"]+)"')


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with running_provider() as provider:
        yield provider


def environ(provider: FakeProvider, **more: str) -> dict[str, str]:
    return {
        "CLINICPRO_SIGN_IN_ISSUER": provider.issuer,
        "CLINICPRO_SIGN_IN_CLIENT_ID": "clinicpro-images",
        "CLINICPRO_SIGN_IN_SUBJECTS": "user_gp1",
        "MEDTECH_FACILITY_ID": "F2N060-E",
    } | more


@pytest.fixture
async def desk(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider, database: dict[str, str]
) -> AsyncIterator[Desk]:
    async with running(sandbox, tmp_path, environ(provider, **database)) as desk:
        desk.client.headers.update(PAGE)
        yield desk


@dataclass
class Clock:
    """The gateway's clock, which can be put forward."""

    now: Callable[[], float]
    ahead: float = 0.0

    def __call__(self) -> float:
        return self.now() + self.ahead


@asynccontextmanager
async def clocked(
    sandbox: Sandbox, folder: Path, provider: FakeProvider
) -> AsyncIterator[tuple[Desk, Clock]]:
    clock = Clock(time.time)
    async with running(sandbox, folder, environ(provider), clock=clock) as desk:
        desk.client.headers.update(PAGE)
        yield desk, clock


async def to_provider(desk: Desk) -> str:
    """Begin, and let the provider answer: the address that it leads back to."""
    begun = await desk.client.get("/sign-in")
    assert begun.status_code == 303, begun.text
    async with httpx2.AsyncClient() as at_provider:
        answer = await at_provider.get(begun.headers["location"])
    assert answer.status_code == 302
    return answer.headers["location"]


async def sign_in(desk: Desk) -> httpx2.Response:
    return await desk.client.get(await to_provider(desk))


async def search(desk: Desk, nhi: str = "ZZZ0016", chosen: str = GP) -> httpx2.Response:
    return await desk.client.post("/sign-in/patient", data={"nhi": nhi, "provider": chosen})


async def confirm(desk: Desk, found: httpx2.Response) -> httpx2.Response:
    [note] = FOUND.findall(found.text)
    return await desk.client.post("/sign-in/confirm", data={"found": html.unescape(note)})


def said(reply: httpx2.Response, status: int, title: str) -> None:
    assert reply.status_code == status, reply.text
    assert f"<h1>{title}</h1>" in reply.text or f"<b>{title}.</b>" in reply.text, reply.text
    assert "clinicpro_session" not in reply.headers.get("set-cookie", "")


def with_cookies_of(desk: Desk) -> httpx2.AsyncClient:
    """Another browser, into which somebody copied everything that this one keeps."""
    thief = desk.browser()
    for name, value in desk.client.cookies.items():
        thief.cookies.set(name, value)
    return thief


async def trail(desk: Desk) -> list[dict[str, Any]]:
    return [readable(row, desk.gateway.trail.key) async for row in all_rows(desk.gateway.database)]


@on_both
async def test_who_signs_in_finds_a_patient_confirms_and_files_under_their_name(desk: Desk) -> None:
    assert (await sign_in(desk)).headers["location"] == "/sign-in/patient"
    asked = await desk.client.get("/sign-in/patient")
    assert "Healthier Care" in asked.text
    assert "Signed in as Alex Api" in asked.text
    found = await search(desk)
    for shown in ("UNRELATED STRING SECOND STRING TESTING", "7 Aug 1965", "years)", "ZZZ0016", "Dr Alex Api"):
        assert shown in found.text
    assert (await desk.client.get("/api/session")).status_code == 401

    opened = await confirm(desk, found)
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    session = (await desk.client.get("/api/session")).json()
    assert session["patient"]["id"] == TESTING
    assert session["facility"] == {"id": "F2N060-E", "name": "Healthier Care"}
    assert session["provider"] == {"id": GP, "name": "Dr Alex Api"}
    image = await desk.add(photo_jpeg())
    await desk.describe(image["id"])
    assert (await desk.file(image["id"]))["images"][0]["state"] == "committed"

    rows = {row["action"]: row for row in await trail(desk)}
    for action in ("sign-in.accepted", "patient.found", "patient.confirmed"):
        assert rows[action]["account"] == "user_gp1"
        assert rows[action]["facilityId"] == "F2N060-E"
    assert rows["patient.confirmed"]["sessionId"] == session["id"] == rows["session.started"]["sessionId"]
    assert rows["patient.confirmed"]["patient"] == rows["patient.found"]["patient"] != ""
    assert "user_gp1" not in str([row["about"] for row in rows.values()])


async def test_the_request_asks_for_a_code_with_pkce_and_names_nobody(
    desk: Desk, provider: FakeProvider
) -> None:
    back = await to_provider(desk)
    [asked] = provider.requests
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{desk.origin}/sign-in/return"
    assert {len(asked[each]) for each in ("state", "nonce", "code_challenge")} == {43}
    assert asked["scope"] == "openid profile email"
    assert urlsplit(back).path == "/sign-in/return"


async def test_the_cookies_are_out_of_reach_of_scripts_and_are_forgotten(desk: Desk) -> None:
    begun = await desk.client.get("/sign-in")
    cookie = begun.headers["set-cookie"]
    for attribute in ("clinicpro_signing_in=", "HttpOnly", "SameSite=Lax", "Max-Age=600", "Path=/"):
        assert attribute in cookie
    signed_in = await sign_in(desk)
    [forgotten, kept] = signed_in.headers.get_list("set-cookie")
    assert 'clinicpro_signing_in=""' in forgotten
    assert "Max-Age=0" in forgotten
    assert "Max-Age=3600" in kept
    assert signed_in.headers["cache-control"] == "no-store"


async def test_the_pages_let_nobody_frame_them_or_run_a_script(desk: Desk) -> None:
    await sign_in(desk)
    page = await desk.client.get("/sign-in/patient")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"


async def test_without_settings_there_is_no_sign_in(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path) as desk:
        for method, path in (
            ("GET", "/sign-in"), ("GET", "/sign-in/return?state=a&code=b"), ("GET", "/sign-in/patient"),
            ("POST", "/sign-in/patient"), ("POST", "/sign-in/confirm"), ("POST", "/sign-in/end"),
        ):  # fmt: skip
            reply = await desk.client.request(method, path)
            assert (reply.status_code, reply.json()["type"].rpartition("/")[2]) == (404, "sign-in-closed"), (
                path
            )
        said(await desk.client.get("/sign-in", headers=PAGE), 404, "No sign-in here")


async def test_a_page_without_a_session_is_told_where_to_sign_in_and_only_where_one_can(
    desk: Desk, sandbox: Sandbox, tmp_path: Path
) -> None:
    told = (await desk.client.get("/api/session")).json()
    assert told["signIn"] == "/sign-in"
    assert "or sign in" in told["detail"]
    async with running(sandbox, tmp_path / "evolution-only") as other:
        assert "signIn" not in (await other.client.get("/api/session")).json()


async def test_a_login_that_was_cancelled_at_the_provider_signs_nobody_in(
    desk: Desk, provider: FakeProvider
) -> None:
    provider.refuses = "access_denied"
    reply = await sign_in(desk)
    said(reply, 403, "Sign-in was cancelled")
    assert '<a class="again" href="/sign-in">Sign in</a>' in reply.text
    assert provider.exchanged == 0
    assert (await desk.client.get("/sign-in/patient")).headers["location"] == "/sign-in"


async def test_what_else_the_provider_may_answer_is_said(desk: Desk, provider: FakeProvider) -> None:
    for fault, status, title in (
        ("temporarily_unavailable", 503, "Sign-in service not reachable"),
        ("unauthorized_client", 403, "Sign-in not accepted"),
        ("something-of-its-own", 403, "Sign-in was cancelled"),
    ):
        provider.refuses = fault
        said(await sign_in(desk), status, title)


async def test_an_answer_works_once(desk: Desk, provider: FakeProvider) -> None:
    back = await to_provider(desk)
    thief = with_cookies_of(desk)
    assert (await desk.client.get(back)).status_code == 303
    # Also by whoever copied the cookie of the attempt.
    said(await thief.get(back, headers=PAGE), 410, "Sign-in already used")
    assert provider.exchanged == 1


async def test_another_browser_can_not_use_an_answer(desk: Desk, provider: FakeProvider) -> None:
    back = await to_provider(desk)
    other = desk.browser()
    said(await other.get(back, headers=PAGE), 410, "Sign-in took too long")
    # Nor one that began a sign-in of its own.
    await other.get("/sign-in")
    said(await other.get(back, headers=PAGE), 410, "Sign-in took too long")
    assert provider.exchanged == 0
    assert (await desk.client.get(back)).status_code == 303


async def test_an_answer_after_more_than_ten_minutes_is_too_late(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    async with clocked(sandbox, tmp_path, provider) as (desk, clock):
        back = await to_provider(desk)
        clock.ahead = 601.0
        said(await desk.client.get(back), 410, "Sign-in took too long")
        assert provider.exchanged == 0


async def test_an_id_token_that_does_not_answer_our_request_signs_nobody_in(
    desk: Desk, provider: FakeProvider
) -> None:
    wrong: list[dict[str, Any]] = [
        {"nonce": "of another request"},
        {"nonce": None},
        {"aud": "another-product"},
        {"aud": ["clinicpro-images", "another-product"]},
        {"aud": ["clinicpro-images", "another-product"], "azp": "another-product"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"sub": None},
        {"sub": ""},
    ]
    for says in wrong:
        provider.says = says
        said(await sign_in(desk), 403, "Sign-in not accepted")
    assert [row["action"] for row in await trail(desk)] == ["sign-in.refused"] * len(wrong)
    provider.says = {"aud": ["clinicpro-images", "another-product"], "azp": "clinicpro-images"}
    assert (await sign_in(desk)).status_code == 303


async def test_a_code_that_the_provider_does_not_know_signs_nobody_in(
    desk: Desk, provider: FakeProvider
) -> None:
    back = await to_provider(desk)
    provider.codes.clear()
    said(await desk.client.get(back), 403, "Sign-in not accepted")


async def test_an_answer_in_the_name_of_another_provider_signs_nobody_in(
    desk: Desk, provider: FakeProvider
) -> None:
    back = await to_provider(desk)
    other = re.sub("iss=[^&]+", "iss=https%3A%2F%2Felsewhere.example", back)
    said(await desk.client.get(other), 403, "Sign-in not accepted")
    assert provider.exchanged == 0


async def test_a_provider_that_does_not_answer_is_said(desk: Desk, provider: FakeProvider) -> None:
    provider.away = True
    reply = await desk.client.get("/sign-in")
    said(reply, 503, "Sign-in service not reachable")


async def test_configuration_says_who_may_sign_in(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    asked = environ(
        provider,
        CLINICPRO_SIGN_IN_CLAIM="roles=clinician",
        CLINICPRO_SIGN_IN_EMAILS="GP@practice.example.nz, nurse@practice.example.nz",
    )
    people: list[tuple[dict[str, Any], int]] = [
        ({"sub": "user_gp1"}, 303),
        ({"sub": "user_gp2"}, 403),
        ({"sub": "a", "roles": ["clinician"]}, 303),
        ({"sub": "a", "roles": ["reception"]}, 403),
        ({"sub": "a", "email": "gp@Practice.example.nz", "email_verified": True}, 303),
        ({"sub": "a", "email": "gp@practice.example.nz", "email_verified": False}, 403),
        ({"sub": "a", "email": "gp@practice.example.nz"}, 403),
        ({"sub": "a", "email": "gp@elsewhere.example.nz", "email_verified": True}, 403),
    ]
    async with running(sandbox, tmp_path, asked) as desk:
        desk.client.headers.update(PAGE)
        for person, status in people:
            provider.person = person
            reply = await sign_in(desk)
            assert reply.status_code == status, person
            if status == 403:
                said(reply, 403, "Your account may not use ClinicPro Images")
            desk.client.cookies.clear()


@on_both
async def test_whoever_is_taken_off_the_list_is_out_at_once(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider, database: dict[str, str]
) -> None:
    settings = environ(provider, **database)
    async with running(sandbox, tmp_path, settings) as desk:
        await sign_in(desk)
        kept = desk.client.cookies["clinicpro_sign_in"]

    async def asked_with(changed: dict[str, str]) -> tuple[int, int]:
        async with running(sandbox, tmp_path, settings | changed) as desk:
            desk.client.cookies.set("clinicpro_sign_in", kept)
            page, found = await desk.client.get("/sign-in/patient"), await search(desk)
            return page.status_code, found.status_code

    # A restart alone changes nothing.
    assert await asked_with({}) == (200, 200)
    assert await asked_with({"CLINICPRO_SIGN_IN_SUBJECTS": "user_gp2"}) == (303, 401)
    # Nor does a sign-in of one practice hold for another.
    assert await asked_with({"MEDTECH_FACILITY_ID": "F99669-C"}) == (303, 401)


async def test_a_practice_that_medtech_does_not_know_is_said(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    async with running(sandbox, tmp_path, environ(provider, MEDTECH_FACILITY_ID="F00000-X")) as desk:
        desk.client.headers.update(PAGE)
        await sign_in(desk)
        said(await desk.client.get("/sign-in/patient"), 404, "Practice not known to Medtech")


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post", None])
async def test_a_client_secret_goes_the_way_that_the_provider_takes(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider, way: str | None
) -> None:
    provider.secret = "an invented: secret/é"
    provider.methods = None if way is None else [way]
    settings = environ(provider, CLINICPRO_SIGN_IN_CLIENT_SECRET=provider.secret)
    async with running(sandbox, tmp_path, settings) as desk:
        desk.client.headers.update(PAGE)
        assert (await sign_in(desk)).status_code == 303
        provider.secret = "another"
        await desk.client.post("/sign-in/end")
        said(await sign_in(desk), 403, "Sign-in not accepted")


async def test_the_account_can_say_who_somebody_is_and_then_nobody_chooses(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    settings = environ(provider, CLINICPRO_SIGN_IN_PROVIDER_CLAIM="medtech")
    async with running(sandbox, tmp_path, settings) as desk:
        desk.client.headers.update(PAGE)
        for word in (GP, "K89767", ["K89767", "a number elsewhere"]):
            provider.person = {"sub": "user_gp1", "medtech": word}
            await sign_in(desk)
            page = (await desk.client.get("/sign-in/patient")).text
            assert "You file as <b>Dr Alex Api</b>" in page
            assert "<select" not in page
            # Whatever a form says.
            await confirm(desk, await search(desk, chosen=NURSE))
            assert (await desk.client.get("/api/session")).json()["provider"]["id"] == GP
            await desk.client.post("/sign-in/end")
        # An account that is nobody here, or two people, opens nothing.
        title = "Your account names no provider of this practice"
        nobody: list[dict[str, Any]] = [{}, {"medtech": {}}]
        for missing in nobody:
            provider.person = {"sub": "user_gp1", **missing}
            said(await sign_in(desk), 403, title)
        for several in ("K00000", ["K89767", NURSE]):
            provider.person = {"sub": "user_gp1", "medtech": several}
            await sign_in(desk)
            said(await desk.client.get("/sign-in/patient"), 403, title)
            said(await search(desk), 403, title)
            await desk.client.post("/sign-in/end")


async def test_a_search_that_finds_nobody_says_why_and_keeps_what_was_entered(desk: Desk) -> None:
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


async def test_an_nhi_is_read_as_people_write_it(desk: Desk) -> None:
    await sign_in(desk)
    assert FOUND.search((await search(desk, " zzz 0016 ")).text)


async def test_an_nhi_with_two_records_opens_neither(desk: Desk) -> None:
    await sign_in(desk)
    said(await search(desk, "ZLM4106"), 409, "This NHI has more than one record")


async def test_a_practice_that_is_asleep_is_said_where_the_nhi_was_entered(desk: Desk) -> None:
    await sign_in(desk)
    await desk.client.get("/sign-in/patient")
    desk.sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "503", "times": 9}]})
    reply = await search(desk)
    assert reply.status_code == 503
    assert 'role="alert"' in reply.text
    assert 'value="ZZZ0016"' in reply.text


async def test_a_confirmation_works_once_and_for_whom_it_was_shown(desk: Desk) -> None:
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
    said(await confirm(desk, found), 410, "Enter the NHI again")
    desk.client.cookies.delete("clinicpro_session")
    forged = await desk.client.post("/sign-in/confirm", data={"found": "forged"})
    said(forged, 410, "Enter the NHI again")


async def test_a_confirmation_after_more_than_five_minutes_is_too_late(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    async with clocked(sandbox, tmp_path, provider) as (desk, clock):
        await sign_in(desk)
        found = await search(desk)
        clock.ahead = 301.0
        said(await confirm(desk, found), 410, "Enter the NHI again")


async def test_a_record_that_changed_since_it_was_shown_is_shown_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(desk)
    found = await search(desk)
    read = desk.gateway.launches.confirm_patient

    async def changed(*args: Any, **asked: Any) -> Any:
        return replace(await read(*args, **asked), birth_date="1965-08-08")

    monkeypatch.setattr(desk.gateway.launches, "confirm_patient", changed)
    said(await confirm(desk, found), 410, "Enter the NHI again")
    assert (await desk.client.get("/api/session")).status_code == 401


async def test_a_sign_in_lasts_an_hour(sandbox: Sandbox, tmp_path: Path, provider: FakeProvider) -> None:
    async with clocked(sandbox, tmp_path, provider) as (desk, clock):
        await sign_in(desk)
        clock.ahead = 3599.0
        assert (await desk.client.get("/sign-in")).headers["location"] == "/sign-in/patient"
        clock.ahead = 3601.0
        said(await search(desk), 401, "Your sign-in has ended")


async def test_signing_out_ends_the_sign_in_wherever_its_cookie_lies_and_the_open_patient(desk: Desk) -> None:
    await sign_in(desk)
    await confirm(desk, await search(desk))
    thief = with_cookies_of(desk)
    reply = await desk.client.post("/sign-in/end")
    assert "<h1>You are signed out</h1>" in reply.text
    assert (await thief.get("/api/session")).status_code == 401
    said(await thief.post("/sign-in/patient", headers=PAGE), 401, "Your sign-in has ended")
    ended = ["sign-in.ended", "session.ended", "access.refused", "sign-in.refused"]
    assert [row["action"] for row in await trail(desk)][-4:] == ended


async def test_another_site_can_neither_search_nor_confirm_nor_sign_out(desk: Desk) -> None:
    await sign_in(desk)
    for path in ("/sign-in/patient", "/sign-in/confirm", "/sign-in/end"):
        reply = await desk.client.post(path, headers={"Origin": "https://elsewhere.example"})
        assert reply.status_code == 403, path
    null = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    assert (await desk.client.post("/sign-in/end", headers=null)).status_code == 403
    assert (await desk.client.get("/sign-in/patient")).status_code == 200


async def test_sign_ins_and_searches_are_limited(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    settings = environ(provider, CLINICPRO_SIGN_INS_PER_MINUTE="1")
    async with running(sandbox, tmp_path, settings) as desk:
        assert [(await desk.client.get("/sign-in")).status_code for _ in range(2)] == [303, 429]
        assert [(await search(desk)).status_code for _ in range(2)] == [401, 429]


@pytest.mark.parametrize(
    ("without", "named"),
    [
        ("CLINICPRO_SIGN_IN_ISSUER", "CLINICPRO_SIGN_IN_ISSUER"),
        ("CLINICPRO_SIGN_IN_CLIENT_ID", "CLINICPRO_SIGN_IN_CLIENT_ID"),
        ("CLINICPRO_SIGN_IN_SUBJECTS", "CLINICPRO_SIGN_IN_CLAIM"),
        ("MEDTECH_FACILITY_ID", "MEDTECH_FACILITY_ID"),
    ],
)
async def test_half_a_configuration_does_not_start(
    sandbox: Sandbox, provider: FakeProvider, without: str, named: str
) -> None:
    settings = {**sandbox.environ, **environ(provider), without: ""}
    with pytest.raises(SettingsError, match=f"^{named} is not set"):
        Settings.read(settings, require=["secret_key"])
