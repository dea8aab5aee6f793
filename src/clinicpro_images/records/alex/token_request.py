"""Requests an access token from the identity provider's token endpoint, by the client credentials grant."""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import aiohttp

from clinicpro_images.records.alex.access_token import AccessToken, read_token
from clinicpro_images.records.alex.credential import ClientSecret, Credential
from clinicpro_images.records.alex.errors import retry_after
from clinicpro_images.records.alex.server_clock import ServerClock
from clinicpro_images.records.errors import RecordSystemError, TokenRefused, TokenUnavailable

_MAX_REPLY_BYTES = 256 * 1024
_PROBE_SECONDS = 5.0
_MAX_DESCRIPTION = 300


class TokenRequest:
    """Holds endpoint and credential; no state between requests but the endpoint's clock."""

    def __init__(
        self,
        *,
        http: aiohttp.ClientSession,
        token_url: str,
        client_id: str,
        scope: str,
        credential: Credential,
        clock: Callable[[], float] = time.time,
        connect_timeout: float = 10.0,
    ) -> None:
        """`clock` is seconds since 1970; `connect_timeout` is in seconds."""
        self._clock = clock
        self._http = http
        self._url = token_url
        self._client_id = client_id
        self._scope = scope
        self._credential = credential
        self._connect_timeout = connect_timeout
        self.server_clock = ServerClock()

    async def fetch(self, now: float) -> AccessToken:
        """Fetch a token, whose times count from `now`. Raises TokenRefused or TokenUnavailable."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "scope": self._scope,
            **self._credential.form(self._client_id, self._url, self._clock()),
        }
        timeout = aiohttp.ClientTimeout(total=30, sock_connect=self._connect_timeout)
        try:
            async with self._http.post(
                self._url,
                data=form,
                timeout=timeout,
                allow_redirects=False,
                headers={"Accept": "application/json"},
            ) as response:
                self.server_clock.note(response.headers.get("Date"))
                reply = await response.content.read(_MAX_REPLY_BYTES)
                while chunk := await response.content.read(_MAX_REPLY_BYTES - len(reply)):
                    reply += chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TokenUnavailable(
                integrator=f"The token endpoint can't be used: {_transport_failure(error)}"
            ) from error
        if response.status != HTTPStatus.OK:
            raise self._refusal(response, reply)
        try:
            return read_token(reply, requested_at=now)
        except ValueError as error:
            raise TokenUnavailable(
                integrator="The token endpoint's response has no token: check MEDTECH_TOKEN_URL."
            ) from error

    async def endpoint_answers(self) -> bool:
        """Return whether the token endpoint answers HTTP at all, with whatever status."""
        timeout = aiohttp.ClientTimeout(total=_PROBE_SECONDS)
        try:
            async with self._http.get(self._url, timeout=timeout, allow_redirects=False):
                return True
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    def _refusal(self, response: aiohttp.ClientResponse, reply: bytes) -> RecordSystemError:
        status = response.status
        code, description = _oauth_error(reply)
        if isinstance(self._credential, ClientSecret):
            description = description.replace(self._credential.secret, "…")
        transient = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in {408, 429}
        kind = TokenUnavailable if transient or status < HTTPStatus.BAD_REQUEST else TokenRefused
        advice = "" if transient else f" Check {self._setting_to_check(code, description)}."
        reason = "".join(f": {part.rstrip('.')}" for part in (code, description) if part)
        return kind(
            integrator=f"The token endpoint answered {status}{reason}.{advice}",
            retry_after=retry_after(
                response.headers.get("Retry-After"),
                datetime.fromtimestamp(self._clock(), UTC),
                sent=response.headers.get("Date"),
            ),
            upstream_status=status,
            upstream_code=code or None,
            diagnostics=description or None,
        )

    def _setting_to_check(self, code: str, description: str) -> str:
        """Return the variable to check; Azure AD's own AADSTS numbers are more specific than the OAuth code."""
        if re.search(r"AADSTS(90002|900023)\b", description):
            return "MEDTECH_TENANT_ID"
        if code == "unauthorized_client" or re.search(r"AADSTS700016\b", description):
            return "MEDTECH_CLIENT_ID and MEDTECH_TENANT_ID"
        if code == "invalid_scope" or re.search(r"AADSTS(500011|70011|1002012)\b", description):
            return "MEDTECH_API_SCOPE"
        if code == "invalid_client":
            return f"{self._credential.variable}: it is wrong or has expired"
        return "MEDTECH_TOKEN_URL and MEDTECH_TENANT_ID"


def _oauth_error(reply: bytes) -> tuple[str, str]:
    try:
        content: Any = json.loads(reply)
    except ValueError:
        return "", ""
    if not isinstance(content, dict):
        return "", ""
    code, description = content.get("error"), content.get("error_description")
    first_line = (
        description.partition("\n")[0].strip()[:_MAX_DESCRIPTION] if isinstance(description, str) else ""
    )
    return (code[:64] if isinstance(code, str) else ""), first_line.partition(" Trace ID:")[0]


def _transport_failure(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name can't be resolved; check DNS and MEDTECH_TOKEN_URL."
    if isinstance(error, aiohttp.ClientSSLError):
        return "its certificate is not trusted by this server; check the clock and whether a firewall inspects TLS."
    if isinstance(error, TimeoutError):
        return "it does not answer in time; check the firewall."
    if isinstance(error, aiohttp.ClientConnectorError):
        return "it refuses the connection, or there is no route; check the firewall and MEDTECH_TOKEN_URL."
    return "the connection broke before the response arrived."
