"""An OpenID Connect provider: what it publishes, its keys, and who bears a token of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from clinicpro_images.errors import ClinicProError
from clinicpro_images.identity.claims import Allowed, KeyUnknown, TokenInvalid
from clinicpro_images.identity.errors import IdentityUnavailable
from clinicpro_images.identity.http import OidcHttp
from clinicpro_images.identity.verify import usable_keys, verified

KEEP_SECONDS = 3600.0
# A token with an unknown key makes us look for new keys, but not for each forged one.
LOOK_AGAIN_SECONDS = 30.0

log = structlog.get_logger()


class Provider:
    """Lets people in by its tokens. What it publishes is kept for an hour, and looked for anew when a key is unknown."""

    def __init__(
        self,
        asking: OidcHttp,
        *,
        issuer: str,
        audience: str,
        allowed: Allowed,
        clock: Callable[[], float],
        timer: Callable[[], float],
        unavailable: type[ClinicProError] = IdentityUnavailable,
    ) -> None:
        """`clock` is seconds since 1970, `timer` seconds that only grow; `unavailable` is raised when nobody answers."""
        self.issuer = issuer
        self.audience = audience
        self.allowed = allowed
        self.unavailable = unavailable
        self.asking = asking
        self._clock = clock
        self._timer = timer
        self._published: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._fetching = asyncio.Lock()

    async def subject(self, token: str) -> str:
        """Return who bears this token and may in; raises TokenInvalid, or `unavailable`."""
        claims = await self.claims(token)
        if not self.allowed.lets_in(claims):
            raise TokenInvalid("of somebody who may not in")
        return str(claims["sub"])

    async def claims(self, token: str, *, nonce: str | None = None) -> Mapping[str, Any]:
        """Return what a token of this provider for us says, as `verified` does; raises TokenInvalid, or `unavailable`."""
        keys = await self._keys_of(KEEP_SECONDS)
        try:
            return self._verified(token, keys, nonce)
        except KeyUnknown:
            renewed = await self._keys_of(LOOK_AGAIN_SECONDS)
            if renewed is keys:
                raise
            return self._verified(token, renewed, nonce)

    async def published(self) -> Mapping[str, Any]:
        """Return what the provider says about itself; raises `unavailable`."""
        await self._keys_of(KEEP_SECONDS)
        return self._published

    def _verified(self, token: str, keys: KeySet, nonce: str | None) -> Mapping[str, Any]:
        return verified(
            token, keys, issuer=self.issuer, audience=self.audience, now=self._clock(), nonce=nonce
        )

    async def _keys_of(self, oldest: float) -> KeySet:
        """Return the provider's keys, not older than so many seconds unless it can't be reached."""
        async with self._fetching:
            if self._keys is not None and self._timer() - self._fetched_at < oldest:
                return self._keys
            try:
                published = await self._fetch()
                keys = usable_keys(await self.asking.get(str(published.get("jwks_uri"))))
            except (aiohttp.ClientError, TimeoutError, ValueError, JoseError) as error:
                log.warning(
                    "identity.unreachable",
                    message="The sign-in service could not be asked.",
                    fault=type(error).__name__,
                )
                if self._keys is None:
                    raise self.unavailable from error
                return self._keys
            self._published, self._keys, self._fetched_at = published, keys, self._timer()
            return self._keys

    async def _fetch(self) -> Mapping[str, Any]:
        found = await self.asking.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise ValueError("another issuer")
        return found


@asynccontextmanager
async def open_provider(
    *,
    issuer: str,
    audience: str,
    allowed: Allowed,
    clock: Callable[[], float],
    timer: Callable[[], float] = time.monotonic,
    unavailable: type[ClinicProError] = IdentityUnavailable,
) -> AsyncIterator[Provider]:
    """Open the door to a provider; nothing is asked before the first token comes."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Provider(
            OidcHttp(http),
            issuer=issuer,
            audience=audience,
            allowed=allowed,
            clock=clock,
            timer=timer,
            unavailable=unavailable,
        )
