"""To the provider and back: the request, which responses are accepted and how often, and the provider's errors."""

import asyncio
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from integration.sign_in.steps import (
    PAGE,
    clocked,
    environ,
    said,
    sign_in,
    to_provider,
    trail,
    with_cookies_of,
)
from oidc import FakeProvider
from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio


async def test_the_request_asks_for_a_code_with_pkce_and_names_nobody(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    back = await to_provider(browser)
    [asked] = provider.requests
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{browser.origin}/sign-in/return"
    assert {len(asked[each]) for each in ("state", "nonce", "code_challenge")} == {43}
    assert asked["scope"] == "openid profile email"
    assert urlsplit(back).path == "/sign-in/return"


async def test_a_program_that_looks_at_the_address_uses_up_no_code(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    back = await to_provider(browser)
    looked = await browser.client.head(back)
    assert (looked.status_code, provider.exchanged) == (200, 0)
    assert "set-cookie" not in looked.headers
    assert (await browser.client.get(back)).headers["location"] == "/sign-in/patient"


async def test_a_login_that_was_cancelled_at_the_provider_signs_nobody_in(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    provider.refuses = "access_denied"
    reply = await sign_in(browser)
    said(reply, 403, "Sign-in was cancelled")
    assert '<a class="again" href="/sign-in">Sign in</a>' in reply.text
    assert provider.exchanged == 0
    assert (await browser.client.get("/sign-in/patient")).headers["location"] == "/sign-in"


async def test_other_errors_of_the_provider_are_explained(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    for fault, status, title in (
        ("temporarily_unavailable", 503, "Sign-in service not reachable"),
        ("unauthorized_client", 403, "Sign-in not accepted"),
        ("something-of-its-own", 403, "Sign-in was cancelled"),
    ):
        provider.refuses = fault
        said(await sign_in(browser), status, title)


async def test_an_answer_works_once(browser: BrowserSession, provider: FakeProvider) -> None:
    back = await to_provider(browser)
    thief = with_cookies_of(browser)
    assert (await browser.client.get(back)).status_code == 303
    # Not even with a copy of the attempt's cookie.
    said(await thief.get(back, headers=PAGE), 410, "Sign-in already used")
    assert provider.exchanged == 1


async def test_another_browser_can_not_use_an_answer(browser: BrowserSession, provider: FakeProvider) -> None:
    back = await to_provider(browser)
    other = browser.other_browser()
    said(await other.get(back, headers=PAGE), 410, "Sign-in took too long")
    # Nor a browser that began its own sign-in.
    await other.get("/sign-in")
    said(await other.get(back, headers=PAGE), 410, "Sign-in took too long")
    assert provider.exchanged == 0
    assert (await browser.client.get(back)).status_code == 303


async def test_an_answer_after_more_than_ten_minutes_is_too_late(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    async with clocked(sandbox, tmp_path, provider) as (browser, clock):
        back = await to_provider(browser)
        clock.ahead = 601.0
        said(await browser.client.get(back), 410, "Sign-in took too long")
        assert provider.exchanged == 0


async def test_an_id_token_that_does_not_answer_our_request_signs_nobody_in(
    browser: BrowserSession, provider: FakeProvider
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
    for claims in wrong:
        provider.says = claims
        said(await sign_in(browser), 403, "Sign-in not accepted")
    assert [row["action"] for row in await trail(browser)] == ["sign-in.refused"] * len(wrong)
    provider.says = {"aud": ["clinicpro-images", "another-product"], "azp": "clinicpro-images"}
    assert (await sign_in(browser)).status_code == 303


async def test_a_code_that_the_provider_does_not_know_signs_nobody_in(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    back = await to_provider(browser)
    provider.codes.clear()
    said(await browser.client.get(back), 403, "Sign-in not accepted")


async def test_an_answer_in_the_name_of_another_provider_signs_nobody_in(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    back = await to_provider(browser)
    other = re.sub("iss=[^&]+", "iss=https%3A%2F%2Felsewhere.example", back)
    said(await browser.client.get(other), 403, "Sign-in not accepted")
    assert provider.exchanged == 0


async def test_a_provider_that_does_not_answer_is_reported(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    provider.away = True
    reply = await browser.client.get("/sign-in")
    said(reply, 503, "Sign-in service not reachable")


async def test_many_who_come_while_the_provider_fails_wait_for_one_request(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    provider.away = True
    replies = await asyncio.gather(*(browser.client.get("/sign-in") for _ in range(5)))
    assert [reply.status_code for reply in replies] == [503] * 5
    assert provider.asked == 1


@pytest.mark.parametrize(
    "sent",
    [
        b'{"issuer":' + b"[" * 50_000, b"[]", b"null", b"<html>", b'{"issuer": "\xff"}', b'{"issuer":' + b"9" * 5000 + b"}",
        b" " * 300_000,
    ],
    ids=lambda sent: str(sent[:12]),
)  # fmt: skip
async def test_a_provider_that_sends_something_else_is_reported(
    browser: BrowserSession, provider: FakeProvider, sent: bytes
) -> None:
    provider.sends = sent
    said(await browser.client.get("/sign-in"), 503, "Sign-in service not reachable")


@pytest.mark.parametrize(
    "endpoint", [None, 5, "javascript:alert(1)", "http://elsewhere.example/", "https://[", "https://\ud800/"]
)
async def test_an_endpoint_that_is_no_address_is_reported(
    browser: BrowserSession, provider: FakeProvider, endpoint: object
) -> None:
    provider.publishes = {"authorization_endpoint": endpoint}
    said(await browser.client.get("/sign-in"), 503, "Sign-in service not reachable")


async def test_a_sign_in_fits_into_a_cookie_that_browsers_keep(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider
) -> None:
    settings = environ(provider, CLINICPRO_SIGN_IN_CLAIM="role=gp", CLINICPRO_SIGN_IN_PROVIDER_CLAIM="hpi")
    gp = {"sub": "\u0101" * 255, "name": "\u0101" * 255, "role": "gp"}
    async with running(sandbox, tmp_path, settings) as browser:
        browser.client.headers.update(PAGE)
        provider.person = gp | {"hpi": ["99ZZZS"] * 100}
        kept = await sign_in(browser)
        assert kept.headers["location"] == "/sign-in/patient"
        assert all(len(each) < 4096 for each in kept.headers.get_list("set-cookie"))
        await browser.client.post("/sign-in/end")
        provider.person = gp | {"hpi": ["99ZZZS"] * 101}
        said(await sign_in(browser), 403, "Your account is not linked to a provider of this practice")


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post", None])
async def test_a_client_secret_is_sent_by_a_method_that_the_provider_supports(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider, way: str | None
) -> None:
    provider.secret = "an invented: secret/é"
    # Whatever else it publishes there means nothing.
    provider.publishes = {"token_endpoint_auth_methods_supported": 5}
    provider.methods = None if way is None else [way]
    settings = environ(provider, CLINICPRO_SIGN_IN_CLIENT_SECRET=provider.secret)
    async with running(sandbox, tmp_path, settings) as browser:
        browser.client.headers.update(PAGE)
        assert (await sign_in(browser)).status_code == 303
        provider.secret = "another"
        await browser.client.post("/sign-in/end")
        said(await sign_in(browser), 403, "Sign-in not accepted")
