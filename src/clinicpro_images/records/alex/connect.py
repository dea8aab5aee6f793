"""Opens a client for ALEX, and closes it again."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp

from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.credential import load_credential
from clinicpro_images.records.alex.token_request import TokenRequest
from clinicpro_images.records.alex.tokens import TokenService
from clinicpro_images.settings.settings import Settings
from clinicpro_images.steady import steady
from clinicpro_images.telemetry.telemetry import Telemetry

# Shorter than the idle timeout of any server in between: the outcome of a write on a connection that is being closed
# would be unknown.
KEEPALIVE_SECONDS = 15.0


@asynccontextmanager
async def open_alex(
    settings: Settings, *, clock: Callable[[], float] = time.time, telemetry: Telemetry | None = None
) -> AsyncIterator[AlexClient]:
    """Yield a client configured by the settings; nothing is sent before the first call.

    Raises SettingsError if no usable credential is configured. `clock` is seconds since 1970.
    """
    credential = load_credential(settings)
    async with open_http() as session:
        request = TokenRequest(
            http=session,
            token_url=settings.token_url,
            client_id=settings.client_id,
            scope=settings.api_scope,
            credential=credential,
            clock=clock,
            connect_timeout=settings.alex_connect_timeout,
        )
        tokens = TokenService(request, environment=settings.environment, clock=steady)
        try:
            yield AlexClient(
                settings.alex_base_url,
                tokens,
                session,
                launch_url=settings.launch_url,
                clock=clock,
                connect_timeout=settings.alex_connect_timeout,
                read_timeout=settings.alex_read_timeout,
                telemetry=telemetry,
            )
        finally:
            await tokens.close()


def open_http() -> aiohttp.ClientSession:
    """Return an HTTP session without cookies: a load balancer's cookie must not link practices' calls."""
    # Unlimited here: the worker limits how much is sent at once.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_SECONDS, ttl_dns_cache=30)
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "ClinicPro-Images"}
    )
