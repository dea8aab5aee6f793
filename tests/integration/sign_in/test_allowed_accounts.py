"""Who may sign in, and as whom they file: what the settings say, and the account."""

from pathlib import Path
from typing import Any

import pytest

from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings
from databases import on_both
from integration.sign_in.steps import GP, NURSE, PAGE, confirm, environ, said, search, sign_in
from oidc import FakeProvider
from running import Sandbox, running

pytestmark = pytest.mark.anyio


async def test_the_configuration_decides_who_may_sign_in(
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
    async with running(sandbox, tmp_path, asked) as browser:
        browser.client.headers.update(PAGE)
        for person, status in people:
            provider.person = person
            reply = await sign_in(browser)
            assert reply.status_code == status, person
            if status == 403:
                said(reply, 403, "Your account may not use ClinicPro Images")
            browser.client.cookies.clear()


@on_both
async def test_an_account_removed_from_the_list_loses_access_at_once(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider, database: dict[str, str]
) -> None:
    settings = environ(provider, **database)
    async with running(sandbox, tmp_path, settings) as browser:
        await sign_in(browser)
        kept = browser.client.cookies["clinicpro_sign_in"]

    async def asked_with(changed: dict[str, str]) -> tuple[int, int]:
        async with running(sandbox, tmp_path, settings | changed) as browser:
            browser.client.cookies.set("clinicpro_sign_in", kept)
            page, found = await browser.client.get("/sign-in/patient"), await search(browser)
            return page.status_code, found.status_code

    # A restart alone changes nothing.
    assert await asked_with({}) == (200, 200)
    assert await asked_with({"CLINICPRO_SIGN_IN_SUBJECTS": "user_gp2"}) == (303, 401)
    # Nor is a sign-in of one practice valid for another.
    assert await asked_with({"MEDTECH_FACILITY_ID": "F99669-C"}) == (303, 401)


async def test_a_practice_unknown_to_medtech_is_reported(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    async with running(sandbox, tmp_path, environ(provider, MEDTECH_FACILITY_ID="F00000-X")) as browser:
        browser.client.headers.update(PAGE)
        await sign_in(browser)
        said(await browser.client.get("/sign-in/patient"), 404, "Practice not known to Medtech")


async def test_an_account_linked_to_a_provider_does_not_choose_one(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    settings = environ(provider, CLINICPRO_SIGN_IN_PROVIDER_CLAIM="medtech")
    async with running(sandbox, tmp_path, settings) as browser:
        browser.client.headers.update(PAGE)
        for word in (GP, "K89767", ["K89767", "a number elsewhere"]):
            provider.person = {"sub": "user_gp1", "medtech": word}
            await sign_in(browser)
            page = (await browser.client.get("/sign-in/patient")).text
            assert "You file as <b>Dr Alex Api</b>" in page
            assert "<select" not in page
            # Whatever the form sends.
            await confirm(browser, await search(browser, chosen=NURSE))
            assert (await browser.client.get("/api/session")).json()["provider"]["id"] == GP
            await browser.client.post("/sign-in/end")
        # An account that matches nobody here, or two people, is refused.
        title = "Your account is not linked to a provider of this practice"
        nobody: list[dict[str, Any]] = [{}, {"medtech": {}}]
        for missing in nobody:
            provider.person = {"sub": "user_gp1", **missing}
            said(await sign_in(browser), 403, title)
        for several in ("K00000", ["K89767", NURSE]):
            provider.person = {"sub": "user_gp1", "medtech": several}
            await sign_in(browser)
            said(await browser.client.get("/sign-in/patient"), 403, title)
            said(await search(browser), 403, title)
            await browser.client.post("/sign-in/end")


@pytest.mark.parametrize(
    ("without", "named"),
    [
        ("CLINICPRO_SIGN_IN_ISSUER", "CLINICPRO_SIGN_IN_ISSUER"),
        ("CLINICPRO_SIGN_IN_CLIENT_ID", "CLINICPRO_SIGN_IN_CLIENT_ID"),
        ("CLINICPRO_SIGN_IN_SUBJECTS", "CLINICPRO_SIGN_IN_CLAIM"),
        ("MEDTECH_FACILITY_ID", "MEDTECH_FACILITY_ID"),
    ],
)
async def test_an_incomplete_configuration_does_not_start(
    sandbox: Sandbox, provider: FakeProvider, without: str, named: str
) -> None:
    settings = {**sandbox.environ, **environ(provider), without: ""}
    with pytest.raises(SettingsError, match=f"^{named} is not set"):
        Settings.read(settings, require=["secret_key"])
