"""Operators by OpenID Connect: who has access, and every token that is refused."""

import base64
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OctKey

from clinicpro_images.audit.export import decrypted_row
from clinicpro_images.identity.provider import REFETCH_SECONDS
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings
from integration.audit.trails import read_rows
from oidc import FakeProvider, elliptic, rsa, running_provider
from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

PATH = "/api/medtech/token-info"


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with running_provider() as provider:
        yield provider


def environ(provider: FakeProvider, **more: str) -> dict[str, str]:
    return {
        "CLINICPRO_ADMIN_ISSUER": provider.issuer,
        "CLINICPRO_ADMIN_AUDIENCE": "clinicpro-images",
        "CLINICPRO_ADMIN_SUBJECTS": "operator-1",
    } | more


class Timer:
    """Monotonic seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
async def browser(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider, timer: Timer
) -> AsyncIterator[BrowserSession]:
    async with running(sandbox, tmp_path, environ(provider), monotonic=timer) as browser:
        yield browser


async def ask(browser: BrowserSession, token: str) -> int:
    return (await browser.client.get(PATH, headers={"Authorization": f"Bearer {token}"})).status_code


async def test_an_operators_token_is_accepted_and_the_trail_names_its_subject(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    assert await ask(browser, provider.token()) == 200
    assert await ask(browser, browser.gateway.settings.admin_token or "") == 200
    rows = [
        decrypted_row(row, browser.gateway.trail.key) for row in await read_rows(browser.gateway.database)
    ]
    assert [(row["action"], row["admin"]) for row in rows] == [
        ("admin.access", "operator-1"),
        ("admin.access", "admin token"),
    ]
    assert provider.asked == 1


async def test_other_asymmetric_signatures_are_accepted(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    provider.keys.append(elliptic("two"))
    assert await ask(browser, provider.token(provider.keys[1], alg="ES256")) == 200
    assert await ask(browser, provider.token(alg="PS256")) == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-product"},
        {"aud": None},
        {"exp": -3600},
        {"exp": None},
        {"nbf": 3600},
        {"sub": "somebody-else"},
        {"sub": None},
        {"sub": ["operator-1"]},
    ],
    ids=str,
)
async def test_a_token_with_a_wrong_claim_is_refused(
    browser: BrowserSession, provider: FakeProvider, claims: dict[str, Any]
) -> None:
    # Moments are given in seconds from now: nothing that names a test may depend on the clock.
    moments = {name: int(time.time()) + value for name, value in claims.items() if isinstance(value, int)}
    assert await ask(browser, provider.token(**claims | moments)) == 401


async def test_a_token_that_is_not_signed_by_the_provider_is_refused(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    good = provider.token()
    header, claims, signature = good.split(".")

    def encoded(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    public = json.dumps(provider.keys[0].as_dict(private=False)).encode()
    shared = OctKey.import_key(public + b" " * 32, {"kid": "one"})
    other_claims = encoded(
        {"sub": "operator-1", "iss": provider.issuer, "aud": "clinicpro-images", "exp": 9e9}
    )
    forged = {
        "no signature": f"{encoded({'alg': 'none', 'kid': 'one'})}.{claims}.",
        "none with a signature": f"{encoded({'alg': 'none', 'kid': 'one'})}.{claims}.{signature}",
        "claims changed": f"{header}.{other_claims}.{signature}",
        "another key under this one's name": provider.token(rsa("one")),
        "the public key as a shared secret": provider.token(shared, alg="HS256"),
        "an unknown key": provider.token(rsa("unknown")),
        "rubbish": "a.b.c",
        "empty": "..",
        "long": f"{'a' * 20_000}.b.c",
    }
    for name, token in forged.items():
        assert await ask(browser, token) == 401, name
    assert await ask(browser, good) == 200


async def test_new_keys_are_found_without_a_restart_and_withdrawn_ones_are_refused(
    browser: BrowserSession, provider: FakeProvider, timer: Timer
) -> None:
    former = provider.token()
    assert await ask(browser, former) == 200
    provider.keys = [rsa("next")]
    # A forged token does not make the gateway query the provider each time.
    assert await ask(browser, provider.token()) == 401
    assert provider.asked == 1
    timer.now += REFETCH_SECONDS
    assert await ask(browser, provider.token()) == 200
    assert await ask(browser, former) == 401


async def test_known_keys_stay_valid_while_the_provider_is_unreachable(
    browser: BrowserSession, provider: FakeProvider, timer: Timer
) -> None:
    assert await ask(browser, provider.token()) == 200
    provider.away = True
    timer.now += 100_000
    assert await ask(browser, provider.token()) == 200


async def test_a_provider_that_was_never_reachable_is_reported_and_the_admin_token_still_works(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    provider.away = True
    reply = await browser.client.get(PATH, headers={"Authorization": f"Bearer {provider.token()}"})
    assert (reply.status_code, reply.json()["type"].rpartition("/")[2]) == (503, "identity-unavailable")
    assert await ask(browser, browser.gateway.settings.admin_token or "") == 200


async def test_a_provider_with_another_issuer_is_refused(
    browser: BrowserSession, provider: FakeProvider
) -> None:
    provider.names_itself = "https://elsewhere.example"
    assert await ask(browser, provider.token()) == 503


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"realm_access": {"roles": ["user", "clinicpro-admin"]}}, 200),
        ({"realm_access": {"roles": ["user"]}}, 401),
        ({"realm_access": {"roles": "user clinicpro-admin"}}, 200),
        ({"realm_access": {"roles": "not-clinicpro-admin"}}, 401),
        ({"realm_access": ["clinicpro-admin"]}, 401),
        ({}, 401),
    ],
)
async def test_a_role_gives_access(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider, claims: dict[str, Any], status: int
) -> None:
    asked = environ(provider, CLINICPRO_ADMIN_CLAIM="realm_access.roles=clinicpro-admin")
    async with running(sandbox, tmp_path, asked | {"CLINICPRO_ADMIN_SUBJECTS": ""}) as browser:
        assert await ask(browser, provider.token(**claims)) == status


@pytest.mark.parametrize("missing", ["CLINICPRO_ADMIN_AUDIENCE", "CLINICPRO_ADMIN_SUBJECTS"])
async def test_an_issuer_alone_is_not_enough_to_start(
    sandbox: Sandbox, provider: FakeProvider, missing: str
) -> None:
    settings = {**sandbox.environ, **environ(provider), missing: ""}
    with pytest.raises(SettingsError, match=missing):
        Settings.read(settings, require=["secret_key"])
