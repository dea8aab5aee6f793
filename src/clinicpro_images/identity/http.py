"""HTTP calls to an OpenID Connect provider: https only, no redirects, limited responses."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from clinicpro_images.settings.parsers import is_loopback

_MAX_BYTES = 256 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_REFUSALS = (400, 401, 403)


class Rejected(Exception):
    """The provider refused the request."""


class OidcHttp:
    """Calls JSON endpoints; raises ValueError for an unusable response, aiohttp.ClientError, TimeoutError."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        """Send requests through `http`, which the caller closes."""
        self._http = http

    async def get(self, url: str, headers: Mapping[str, str] = {}) -> dict[str, Any]:
        """Return the JSON object at a URL."""
        return await self._request("GET", url, headers=headers)

    async def post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str] = {}
    ) -> dict[str, Any]:
        """Send a form and return the JSON object in the response; raises Rejected if it is refused."""
        return await self._request("POST", url, form, headers)

    async def _request(
        self, method: str, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] = {}
    ) -> dict[str, Any]:
        require_https(url)
        async with self._http.request(
            method, url, data=form, headers=headers, allow_redirects=False, timeout=_TIMEOUT
        ) as reply:
            if method == "POST" and reply.status in _REFUSALS:
                raise Rejected(str(reply.status))
            reply.raise_for_status()
            if reply.status != HTTPStatus.OK:  # a redirect or an empty response
                raise ValueError("unusable status")
            content = await reply.content.read(_MAX_BYTES + 1)
            while len(content) <= _MAX_BYTES and (chunk := await reply.content.read(_MAX_BYTES)):
                content += chunk
        if len(content) > _MAX_BYTES:
            raise ValueError("too large")
        try:
            parsed = json.loads(content)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        if not isinstance(parsed, dict):
            raise ValueError("not an object")  # noqa: TRY004 - a foreign value, not an argument's type
        return parsed


def require_https(url: str) -> None:
    """Raise ValueError unless the URL is https, or on this machine."""
    url.encode()  # half of a surrogate pair, which JSON can hold, is in no URL
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise ValueError("not https")
