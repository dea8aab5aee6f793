"""An OpenID Connect provider: its discovery document, its keys, and verification of its tokens."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from clinicpro_images.errors import ClinicProError
from clinicpro_images.identity.claims import AllowList, TokenInvalid, UnknownKey
from clinicpro_images.identity.errors import IdentityUnavailable
from clinicpro_images.identity.http import OidcHttp
from clinicpro_images.identity.verify import usable_keys, verify_token

KEEP_SECONDS = 3600.0
# A token with an unknown key triggers a refetch of the keys, but not for every forged token.
REFETCH_SECONDS = 30.0
# After a failed request, those who waited for it, or come soon after, don't wait for another.
RETRY_SECONDS = 5.0

log = structlog.get_logger()


class IdentityProvider:
    """Verifies tokens. Discovery document and keys are cached for an hour, and refetched if a key is unknown."""

    def __init__(
        self,
        http: OidcHttp,
        *,
        issuer: str,
        audience: str,
        allowed: AllowList,
        clock: Callable[[], float],
        timer: Callable[[], float],
        unavailable: type[ClinicProError] = IdentityUnavailable,
    ) -> None:
        """`clock` is seconds since 1970, `timer` monotonic seconds; `unavailable` is raised if the provider can't be reached."""
        self.issuer = issuer
        self.audience = audience
        self.allowed = allowed
        self.unavailable = unavailable
        self.http = http
        self._clock = clock
        self._timer = timer
        self._discovery: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._failed_at = -math.inf
        self._fetching = asyncio.Lock()

    async def subject(self, token: str) -> str:
        """Return the authorised bearer's `sub`; raises TokenInvalid, or `unavailable`."""
        claims = await self.claims(token)
        if not self.allowed.permits(claims):
            raise TokenInvalid("account not authorised")
        return str(claims["sub"])

    async def claims(self, token: str, *, nonce: str | None = None) -> Mapping[str, Any]:
        """Return a token's claims, verified as in `verify_token`; raises TokenInvalid, or `unavailable`."""
        keys = await self._current_keys(KEEP_SECONDS)
        try:
            return self._verify(token, keys, nonce)
        except UnknownKey:
            renewed = await self._current_keys(REFETCH_SECONDS)
            if renewed is keys:
                raise
            return self._verify(token, renewed, nonce)

    async def discovery(self) -> Mapping[str, Any]:
        """Return the discovery document; raises `unavailable`."""
        await self._current_keys(KEEP_SECONDS)
        return self._discovery

    def _verify(self, token: str, keys: KeySet, nonce: str | None) -> Mapping[str, Any]:
        return verify_token(
            token, keys, issuer=self.issuer, audience=self.audience, now=self._clock(), nonce=nonce
        )

    async def _current_keys(self, max_age: float) -> KeySet:
        """Return the provider's keys, at most `max_age` seconds old unless it can't be reached."""
        async with self._fetching:
            if self._keys is not None and self._timer() - self._fetched_at < max_age:
                return self._keys
            if self._timer() - self._failed_at < RETRY_SECONDS:
                return self._kept_keys()
            try:
                discovery = await self._fetch_discovery()
                keys = usable_keys(await self.http.get(str(discovery.get("jwks_uri"))))
            except (aiohttp.ClientError, TimeoutError, ValueError, JoseError) as error:
                log.warning(
                    "identity.unreachable",
                    message="The sign-in service could not be reached.",
                    fault=type(error).__name__,
                )
                self._failed_at = self._timer()
                return self._kept_keys(error)
            self._discovery, self._keys, self._fetched_at = discovery, keys, self._timer()
            return self._keys

    def _kept_keys(self, error: Exception | None = None) -> KeySet:
        if self._keys is None:
            raise self.unavailable from error
        return self._keys

    def now(self) -> float:
        """Return the time, in seconds since 1970."""
        return self._clock()

    async def _fetch_discovery(self) -> Mapping[str, Any]:
        found = await self.http.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise ValueError("different issuer")
        return found


@asynccontextmanager
async def open_provider(
    *,
    issuer: str,
    audience: str,
    allowed: AllowList,
    clock: Callable[[], float],
    timer: Callable[[], float] = time.monotonic,
    unavailable: type[ClinicProError] = IdentityUnavailable,
) -> AsyncIterator[IdentityProvider]:
    """Open a provider; nothing is requested before the first token arrives."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield IdentityProvider(
            OidcHttp(http),
            issuer=issuer,
            audience=audience,
            allowed=allowed,
            clock=clock,
            timer=timer,
            unavailable=unavailable,
        )
