"""Asking a provider: https only, no redirects, no endless answers."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from clinicpro_images.settings.parsers import is_loopback

_MOST_BYTES = 256 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_REFUSALS = (400, 401, 403)


class Rejected(Exception):
    """The provider answered, and said no."""


class OidcHttp:
    """Calls of JSON endpoints; raises ValueError for what is no usable answer, aiohttp.ClientError, TimeoutError."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        """Ask by `http`, which the caller closes."""
        self._http = http

    async def get(self, url: str) -> dict[str, Any]:
        """Return the object at an address."""
        return await self._ask("GET", url)

    async def post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str] = {}
    ) -> dict[str, Any]:
        """Send a form and return the object that answers it; raises Declined where the answer is a refusal."""
        return await self._ask("POST", url, form, headers)

    async def _ask(
        self, method: str, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] = {}
    ) -> dict[str, Any]:
        check_address(url)
        async with self._http.request(
            method, url, data=form, headers=headers, allow_redirects=False, timeout=_TIMEOUT
        ) as reply:
            if method == "POST" and reply.status in _REFUSALS:
                raise Rejected(str(reply.status))
            reply.raise_for_status()
            if reply.status != 200:  # noqa: PLR2004 - neither redirects nor empty answers are of use
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


def check_address(url: str) -> None:
    """Raise ValueError unless it is https, or this machine itself."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise ValueError("not https")
