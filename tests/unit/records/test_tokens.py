"""The token service against a token endpoint on loopback: one request for all callers, ahead of time, never logged."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from clinicpro_images.records.alex.access_token import AccessToken, read_token, roles_of
from clinicpro_images.records.alex.credential import ClientSecret
from clinicpro_images.records.alex.token_request import TokenRequest
from clinicpro_images.records.alex.tokens import TokenService
from clinicpro_images.records.errors import TokenRefused, TokenUnavailable
from fake_alex import FakeAlex, answering, jwt_with, session
from log_lines import logged

pytestmark = pytest.mark.anyio

MINUTE = 60.0


class Clock:
    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def service(
    fake: FakeAlex, clock: Clock, *, secret: str | None = None, patience: float = 5.0
) -> AsyncIterator[TokenService]:
    async with session() as http:
        request = TokenRequest(
            http=http,
            token_url=f"{fake.origin}/tenant/oauth2/v2.0/token",
            client_id="client",
            scope="api://alex/.default",
            credential=ClientSecret(secret or fake.secret),
        )
        tokens = TokenService(
            request, environment="sandbox", clock=clock, patience=patience, delays=(0.0, 0.0)
        )
        try:
            yield tokens
        finally:
            await tokens.close()


async def settle() -> None:
    """Wait for the renewal in the background."""
    renewals = [task for task in asyncio.all_tasks() if task.get_name() == "alex-token"]
    await asyncio.gather(*renewals, return_exceptions=True)


async def test_the_grant_is_client_credentials_with_scope_and_secret() -> None:
    async with FakeAlex().serving() as fake, service(fake, Clock()) as tokens:
        token = await tokens.token()
        assert fake.forms == [
            {
                "grant_type": "client_credentials",
                "client_id": "client",
                "scope": "api://alex/.default",
                "client_secret": "secret-of-a-test",
            }
        ]
        assert "patient.nhisearch.read" in token.roles


async def test_concurrent_callers_share_one_request() -> None:
    async with FakeAlex().serving() as fake, service(fake, Clock()) as tokens:
        got = await asyncio.gather(*(tokens.token() for _ in range(50)))
        assert len(fake.forms) == 1
        assert len({token.value for token in got}) == 1


async def test_a_caller_that_gives_up_does_not_cancel_the_request_for_the_others() -> None:
    async with FakeAlex().serving() as fake, service(fake, Clock()) as tokens:
        impatient, patient = asyncio.create_task(tokens.token()), asyncio.create_task(tokens.token())
        await asyncio.sleep(0)
        impatient.cancel()
        assert (await patient).value
        assert len(fake.forms) == 1


async def test_a_token_is_kept_55_minutes_and_renewed_in_the_background_from_50_on() -> None:
    clock = Clock()
    async with FakeAlex().serving() as fake, service(fake, clock) as tokens:
        first = await tokens.token()
        clock.now += 49.9 * MINUTE
        assert await tokens.token() is first
        assert len(fake.forms) == 1
        clock.now += 1 * MINUTE
        assert await tokens.token() is first  # the old one is used until the new one arrives
        await settle()
        second = await tokens.token()
        assert second.value != first.value
        assert len(fake.forms) == 2


async def test_an_idle_service_fetches_a_new_token_after_55_minutes() -> None:
    clock = Clock()
    async with FakeAlex().serving() as fake, service(fake, clock) as tokens:
        first = await tokens.token()
        clock.now += 55 * MINUTE
        assert (await tokens.token()).value != first.value


async def test_a_rejected_token_is_replaced_once_for_all_callers() -> None:
    async with FakeAlex().serving() as fake, service(fake, Clock()) as tokens:
        dead = await tokens.token()
        renewed = await asyncio.gather(*(tokens.renew(dead) for _ in range(20)))
        assert len(fake.forms) == 2
        assert {token.value for token in renewed} == {(await tokens.token()).value}
        assert (await tokens.renew(dead)).value == renewed[0].value
        assert len(fake.forms) == 2


async def test_a_refused_secret_is_named_and_not_retried_at_once() -> None:
    clock = Clock()
    async with FakeAlex().serving() as fake, service(fake, clock, secret="wrong-secret") as tokens:
        for _ in range(5):
            with pytest.raises(TokenRefused) as refused:
                await tokens.token()
        assert len(fake.forms) == 1
        assert "MEDTECH_CLIENT_SECRET" in refused.value.integrator
        assert "AADSTS7000215" in refused.value.integrator
        assert refused.value.upstream_code == "invalid_client"
        assert "Trace ID" not in refused.value.integrator
        clock.now += 31
        with pytest.raises(TokenRefused):
            await tokens.token()
        assert len(fake.forms) == 2


@pytest.mark.parametrize(
    ("status", "code", "words", "variable"),
    [
        (400, "invalid_scope", "AADSTS70011: The scope is not valid.", "MEDTECH_API_SCOPE"),
        (400, "invalid_request", "AADSTS90002: Tenant not found.", "MEDTECH_TENANT_ID"),
        (400, "unauthorized_client", "AADSTS700016: Application not found.", "MEDTECH_CLIENT_ID"),
        (404, "", "", "MEDTECH_TOKEN_URL"),
    ],
)
async def test_each_refusal_names_the_setting_to_check(
    status: int, code: str, words: str, variable: str
) -> None:
    fake = FakeAlex(token_answers=[answering(status, {"error": code, "error_description": words})])
    async with fake.serving(), service(fake, Clock()) as tokens:
        with pytest.raises(TokenRefused) as refused:
            await tokens.token()
        assert variable in refused.value.integrator


async def test_a_transient_failure_is_retried_within_one_call() -> None:
    fake = FakeAlex(token_answers=[answering(503, {}), answering(500, text="oops")])
    async with fake.serving(), service(fake, Clock()) as tokens:
        assert (await tokens.token()).value
        assert len(fake.forms) == 3


async def test_while_the_provider_is_down_callers_fail_at_once_and_attempts_become_rarer() -> None:
    clock = Clock()
    fake = FakeAlex(token_answers=[answering(503, {}) for _ in range(6)])
    async with fake.serving(), service(fake, clock) as tokens:
        with pytest.raises(TokenUnavailable):
            await tokens.token()
        with pytest.raises(TokenUnavailable) as again:
            await tokens.token()
        assert len(fake.forms) == 3
        assert again.value.retry_after == pytest.approx(2.0)
        clock.now += 2.1
        with pytest.raises(TokenUnavailable):
            await tokens.token()
        with pytest.raises(TokenUnavailable) as again:
            await tokens.token()
        assert again.value.retry_after == pytest.approx(4.0)
        clock.now += 4.1
        assert (await tokens.token()).value


async def test_retry_after_of_the_provider_is_kept() -> None:
    fake = FakeAlex(token_answers=[answering(429, {}, headers={"Retry-After": "17"})])
    async with fake.serving(), service(fake, Clock()) as tokens:
        with pytest.raises(TokenUnavailable) as throttled:
            await tokens.token()
        assert throttled.value.retry_after == 17.0
        assert len(fake.forms) == 1


async def test_an_old_token_is_used_until_it_expires_while_the_provider_is_down() -> None:
    clock = Clock()
    async with FakeAlex().serving() as fake, service(fake, clock) as tokens:
        first = await tokens.token()
        fake.token_answers = [answering(503, {}) for _ in range(20)]
        clock.now += 57 * MINUTE
        assert await tokens.token() is first
        clock.now += 3 * MINUTE
        with pytest.raises(TokenUnavailable):
            await tokens.token()


async def test_a_failed_renewal_in_the_background_raises_in_no_caller() -> None:
    clock = Clock()
    async with FakeAlex().serving() as fake, service(fake, clock) as tokens:
        first = await tokens.token()
        fake.token_answers = [answering(503, {}) for _ in range(3)]
        clock.now += 51 * MINUTE
        assert await tokens.token() is first
        await settle()
        assert await tokens.token() is first
        assert tokens.snapshot().failure == "Sign-in service unavailable"


async def test_a_hanging_provider_is_not_awaited_beyond_the_patience() -> None:
    gone = asyncio.Event()

    async def hanging(_: FakeAlex, __: web.Request) -> web.Response:
        await gone.wait()
        return web.Response()

    fake = FakeAlex(token_answers=[hanging])
    async with fake.serving(), service(fake, Clock(), patience=0.1) as tokens:
        with pytest.raises(TokenUnavailable, match=r"."):
            await tokens.token()
        gone.set()


async def test_a_web_page_is_not_a_token() -> None:
    fake = FakeAlex(token_answers=[answering(200, text="<html>Sign in to the wifi</html>") for _ in range(3)])
    async with fake.serving(), service(fake, Clock()) as tokens:
        with pytest.raises(TokenUnavailable, match=r".") as unclear:
            await tokens.token()
        assert "MEDTECH_TOKEN_URL" in unclear.value.integrator


async def test_the_snapshot_has_everything_but_the_token() -> None:
    clock = Clock()
    async with FakeAlex().serving() as fake, service(fake, clock) as tokens:
        assert tokens.snapshot().cached is False
        token = await tokens.token()
        clock.now += 10 * MINUTE
        shown = tokens.snapshot()
        assert (shown.cached, shown.seconds_to_expiry, shown.environment) == (True, 2999, "sandbox")
        assert shown.seconds_to_renewal == pytest.approx(40 * MINUTE, abs=2)
        assert "patient.nhisearch.read" in shown.roles
        assert token.value not in shown.model_dump_json()
        assert token.value not in repr(token)


async def test_neither_token_nor_secret_is_ever_logged() -> None:
    with logged("") as lines:
        async with FakeAlex().serving() as fake, service(fake, Clock()) as tokens:
            token = await tokens.token()
            fake.secret = "another-secret-now"
            with pytest.raises(TokenRefused):
                await tokens.renew(token)
    assert {entry["event"] for entry in lines} >= {"alex.token.renewed", "alex.token.failed"}
    assert token.value not in str(lines)
    assert "secret-of-a-test" not in str(lines)


async def test_an_endpoint_that_refuses_still_answers() -> None:
    async with FakeAlex().serving() as fake, service(fake, Clock()) as tokens:
        assert await tokens.endpoint_answers()
    async with service(fake, Clock()) as tokens:
        assert not await tokens.endpoint_answers()


@pytest.mark.parametrize(
    ("expires_in", "renew", "stale", "expires"),
    [(3599, 2999, 3299, 3599), (7200, 3000, 3300, 7200), (100, 82, 90, 100), (None, 491, 540, 600)],
)
def test_short_and_long_lived_tokens_are_renewed_before_their_end(
    expires_in: int | None, renew: int, stale: int, expires: int
) -> None:
    reply = json.dumps({"access_token": "a.b.c", "expires_in": expires_in}).encode()
    token = read_token(reply, requested_at=0.0)
    assert (round(token.renew_at), round(token.stale_at), round(token.expires_at)) == (renew, stale, expires)


@pytest.mark.parametrize(
    "reply", [b"", b"[]", b"{}", b'{"access_token": 1}', b'{"access_token": "a\\r\\nX: 1"}']
)
def test_a_response_without_a_token_is_refused(reply: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_token(reply, requested_at=0.0)


def test_roles_are_read_from_the_claims_and_empty_if_there_are_none() -> None:
    assert roles_of(jwt_with(("a", "b"), 1)) == ("a", "b")
    assert all(roles_of(odd) == () for odd in ("", "opaque", "a.b.c", "e30.e30.e30", "a.W10.c"))


def test_two_services_never_share_a_token() -> None:
    assert AccessToken("a", (), 1, 2, 3) != AccessToken("b", (), 1, 2, 3)
