"""An OpenID Connect provider: where its keys are, and what they are now."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from clinicpro_images.errors import IdentityUnavailable
from clinicpro_images.identity.claims import Allowed, KeyUnknown, judge, usable_keys
from clinicpro_images.settings_reader import is_loopback

KEEP_SECONDS = 3600.0
# A token with an unknown key makes us look for new keys, but not for each forged one.
LOOK_AGAIN_SECONDS = 30.0
_MOST_BYTES = 256 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=10)

log = structlog.get_logger()


class Provider:
    """Lets operators in by its tokens. Its keys are kept for an hour, and looked for anew when one is unknown."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        issuer: str,
        audience: str,
        allowed: Allowed,
        clock: Callable[[], float],
        timer: Callable[[], float],
    ) -> None:
        """`clock` is seconds since 1970, `timer` seconds that only grow."""
        self._http = http
        self._issuer = issuer
        self._audience = audience
        self._allowed = allowed
        self._clock = clock
        self._timer = timer
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._fetching = asyncio.Lock()

    async def subject(self, token: str) -> str:
        """Return who bears this token; raises TokenInvalid, or IdentityUnavailable when the provider is not there."""
        keys = await self._keys_of(KEEP_SECONDS)
        try:
            return self._judge(token, keys)
        except KeyUnknown:
            renewed = await self._keys_of(LOOK_AGAIN_SECONDS)
            if renewed is keys:
                raise
            return self._judge(token, renewed)

    def _judge(self, token: str, keys: KeySet) -> str:
        return judge(
            token,
            keys,
            issuer=self._issuer,
            audience=self._audience,
            allowed=self._allowed,
            now=self._clock(),
        )

    async def _keys_of(self, oldest: float) -> KeySet:
        """Return the provider's keys, not older than so many seconds unless it can't be reached."""
        async with self._fetching:
            if self._keys is not None and self._timer() - self._fetched_at < oldest:
                return self._keys
            try:
                fetched = await self._fetch()
            except (aiohttp.ClientError, TimeoutError, ValueError, JoseError) as error:
                log.warning(
                    "identity.unreachable",
                    sentence="The sign-in service could not be asked.",
                    fault=type(error).__name__,
                )
                if self._keys is None:
                    raise IdentityUnavailable from error
                return self._keys
            self._keys, self._fetched_at = fetched, self._timer()
            return self._keys

    async def _fetch(self) -> KeySet:
        found = await self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self._issuer:
            raise ValueError("another issuer")
        return usable_keys(await self._get(str(found.get("jwks_uri"))))

    async def _get(self, url: str) -> dict[str, Any]:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise ValueError("not https")
        async with self._http.get(url, allow_redirects=False, timeout=_TIMEOUT) as reply:
            reply.raise_for_status()
            if reply.status != 200:  # noqa: PLR2004 - neither redirects nor empty answers are keys
                raise ValueError("not an answer")
            content = await reply.content.read(_MOST_BYTES + 1)
            while len(content) <= _MOST_BYTES and (more := await reply.content.read(_MOST_BYTES)):
                content += more
        if len(content) > _MOST_BYTES:
            raise ValueError("too large")
        parsed = json.loads(content)
        if not isinstance(parsed, dict):
            raise ValueError("not an object")  # noqa: TRY004 - what a stranger sent, not what we passed
        return parsed


@asynccontextmanager
async def open_provider(
    *, issuer: str, audience: str, allowed: Allowed, clock: Callable[[], float], timer: Callable[[], float]
) -> AsyncIterator[Provider]:
    """Open the door to a provider; nothing is asked before the first token comes."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Provider(http, issuer=issuer, audience=audience, allowed=allowed, clock=clock, timer=timer)
