"""Claims from the UserInfo endpoint, how much an account may look up, and signing out at the provider too."""

from pathlib import Path
from typing import Any

import pytest

from clinicpro_images.sign_in.account_limit import PER_MINUTE
from integration.sign_in.steps import GP, PAGE, confirm, environ, said, search, sign_in
from oidc import FakeProvider
from running import Sandbox, running

pytestmark = pytest.mark.anyio


async def test_a_claim_that_the_id_token_lacks_comes_from_userinfo_and_only_of_the_same_person(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    provider.publishes = {"userinfo_endpoint": f"{provider.issuer}/userinfo"}
    provider.person = {"sub": "a"}
    settings = environ(provider, CLINICPRO_SIGN_IN_CLAIM="groups=clinician")
    async with running(sandbox, tmp_path, settings) as browser:
        browser.client.headers.update(PAGE)
        provider.knows = {"sub": "a", "groups": ["clinician"]}
        assert (await sign_in(browser)).status_code == 303
        browser.client.cookies.clear()
        provider.knows = {"sub": "another", "groups": ["clinician"]}
        said(await sign_in(browser), 403, "Sign-in not accepted")
        provider.knows = {"sub": "a", "groups": ["reception"]}
        said(await sign_in(browser), 403, "Your account may not use ClinicPro Images")
        # What the signed token has can't be overruled, and is enough.
        asked, provider.person = provider.userinfo_asked, {"sub": "a", "groups": ["reception"]}
        provider.knows = {"sub": "a", "groups": ["clinician"]}
        said(await sign_in(browser), 403, "Your account may not use ClinicPro Images")
        assert provider.userinfo_asked == asked


async def test_signing_out_leads_to_the_providers_own_sign_out(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    provider.publishes = {"end_session_endpoint": f"{provider.issuer}/logout?a=1"}
    async with running(sandbox, tmp_path, environ(provider)) as browser:
        await sign_in(browser)
        page = (await browser.client.post("/sign-in/end", headers=PAGE)).text
        assert (
            f'href="{provider.issuer}/logout?a=1&amp;client_id=clinicpro-images">Sign out there too' in page
        )
        await sign_in(browser)
        assert provider.requests[-1]["prompt"] == "login"


async def test_one_account_can_look_up_so_many_patients_from_wherever(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    daily = environ(provider, CLINICPRO_SEARCHES_PER_DAY="3", CLINICPRO_TRUSTED_PROXIES="127.0.0.1")
    async with running(sandbox, tmp_path, daily) as browser:
        browser.client.headers.update(PAGE)
        await sign_in(browser)
        found = []
        for number in range(4):
            browser.client.headers["X-Forwarded-For"] = f"192.0.2.{number}"
            found.append((await search(browser)).status_code)
        assert found == [200, 200, 200, 429]
        said(await search(browser), 429, "Too many searches")
        assert PER_MINUTE < 60


async def test_a_browsers_page_of_a_patient_is_not_the_answer_to_a_request_with_the_nhi_in_it(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    async with running(sandbox, tmp_path, environ(provider)) as browser:
        browser.client.headers.update(PAGE)
        await sign_in(browser)
        assert (await browser.client.get("/sign-in/found")).headers["location"] == "/sign-in/patient"
        form, navigates = {"nhi": "ZZZ0016", "provider": GP}, {"Sec-Fetch-Mode": "navigate"}
        sent = await browser.client.post("/sign-in/patient", data=form, headers=navigates)
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in/found")
        assert "ZZZ0016" not in str(sent.headers)
        page = await browser.client.get("/sign-in/found")
        assert "TESTING" in page.text
        assert (await confirm(browser, page)).headers["location"] == "/"
        wrong = {"nhi": "ZZZ0017", "provider": GP}
        await browser.client.post("/sign-in/patient", data=wrong, headers=navigates)
        said(await browser.client.get("/sign-in/found"), 422, "Not a valid NHI")


async def test_an_address_and_its_verification_come_from_one_place(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    provider.publishes = {"userinfo_endpoint": f"{provider.issuer}/userinfo"}
    settings = environ(provider, CLINICPRO_SIGN_IN_EMAILS="gp@practice.example.nz")
    unverified = {"email": "gp@practice.example.nz"}
    cases: list[tuple[dict[str, Any], dict[str, Any], int]] = [
        (unverified, {"email": "x@elsewhere.example.nz", "email_verified": True}, 403),
        (unverified, {"email_verified": True}, 403),
        (unverified, {**unverified, "email_verified": True}, 303),
        ({}, {**unverified, "email_verified": True}, 303),
        ({"email_verified": True}, unverified, 403),
    ]
    async with running(sandbox, tmp_path, settings) as browser:
        browser.client.headers.update(PAGE)
        for in_token, at_user_info, status in cases:
            provider.person, provider.knows = {"sub": "a", **in_token}, {"sub": "a", **at_user_info}
            assert (await sign_in(browser)).status_code == status, (in_token, at_user_info)
            browser.client.cookies.clear()
