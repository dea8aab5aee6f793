"""One request to the identity provider's token endpoint: the client credentials grant, and nothing else."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import aiohttp

from clinicpro_images.records.alex.access_token import AccessToken, read_token
from clinicpro_images.records.alex.credential import ClientSecret, Credential
from clinicpro_images.records.alex.errors import retry_after
from clinicpro_images.records.errors import AlexError, TokenRefused, TokenUnavailable

_LARGEST_REPLY = 256 * 1024
_PROBE_SECONDS = 5.0
_LONGEST_WORDS = 300


class TokenRequest:
    """Knows where and as whom to ask; keeps nothing between requests."""

    def __init__(
        self,
        *,
        http: aiohttp.ClientSession,
        token_url: str,
        client_id: str,
        scope: str,
        credential: Credential,
        connect_timeout: float = 10.0,
    ) -> None:
        """`connect_timeout` is in seconds."""
        self._http = http
        self._url = token_url
        self._client_id = client_id
        self._scope = scope
        self._credential = credential
        self._connect_timeout = connect_timeout

    async def ask(self, now: float) -> AccessToken:
        """Fetch a token; `now` is seconds since 1970. Raises TokenRefused or TokenUnavailable."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "scope": self._scope,
            **self._credential.form(self._client_id, self._url, now),
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
                reply = await response.content.read(_LARGEST_REPLY)
                while chunk := await response.content.read(_LARGEST_REPLY - len(reply)):
                    reply += chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TokenUnavailable(integrator=f"The token endpoint: {_what_failed(error)}") from error
        if response.status != 200:  # noqa: PLR2004 — the status is its own name
            raise self._refusal(response, reply, now)
        try:
            return read_token(reply, asked_at=now)
        except ValueError as error:
            raise TokenUnavailable(
                integrator="The token endpoint answered something that is no token: check MEDTECH_TOKEN_URL."
            ) from error

    async def endpoint_answers(self) -> bool:
        """Say whether anything answers HTTP at the token endpoint; what it answers does not matter."""
        timeout = aiohttp.ClientTimeout(total=_PROBE_SECONDS)
        try:
            async with self._http.get(self._url, timeout=timeout, allow_redirects=False):
                return True
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    def _refusal(self, response: aiohttp.ClientResponse, reply: bytes, now: float) -> AlexError:
        status = response.status
        code, words = _oauth_error(reply)
        if isinstance(self._credential, ClientSecret):
            words = words.replace(self._credential.secret, "…")
        transient = status >= 500 or status in {408, 429}  # noqa: PLR2004 — a class of statuses
        kind = TokenUnavailable if transient or status < 400 else TokenRefused  # noqa: PLR2004 — as above
        advice = "" if transient else f" Check {self._suspect(code, words)}."
        said = "".join(f": {part.rstrip('.')}" for part in (code, words) if part)
        return kind(
            integrator=f"The token endpoint answered {status}{said}.{advice}",
            retry_after=retry_after(response.headers.get("Retry-After"), datetime.fromtimestamp(now, UTC)),
            alex_status=status,
            alex_code=code or None,
            alex_diagnostics=words or None,
        )

    def _suspect(self, code: str, words: str) -> str:
        """Name the variable to look at; AADSTS numbers are Azure AD's own and say more than the OAuth code."""
        if re.search(r"AADSTS(90002|900023)\b", words):
            return "MEDTECH_TENANT_ID"
        if code == "unauthorized_client" or re.search(r"AADSTS700016\b", words):
            return "MEDTECH_CLIENT_ID and MEDTECH_TENANT_ID"
        if code == "invalid_scope" or re.search(r"AADSTS(500011|70011|1002012)\b", words):
            return "MEDTECH_API_SCOPE"
        if code == "invalid_client":
            return f"{self._credential.variable}: it is wrong or has expired"
        return "MEDTECH_TOKEN_URL and MEDTECH_TENANT_ID"


def _oauth_error(reply: bytes) -> tuple[str, str]:
    try:
        said: Any = json.loads(reply)
    except ValueError:
        return "", ""
    if not isinstance(said, dict):
        return "", ""
    code, words = said.get("error"), said.get("error_description")
    first_line = words.partition("\n")[0].strip()[:_LONGEST_WORDS] if isinstance(words, str) else ""
    return (code[:64] if isinstance(code, str) else ""), first_line.partition(" Trace ID:")[0]


def _what_failed(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not found; check DNS and MEDTECH_TOKEN_URL."
    if isinstance(error, aiohttp.ClientSSLError):
        return "its certificate is not trusted here; check the clock and whether a firewall inspects TLS."
    if isinstance(error, TimeoutError):
        return "it does not answer in time; check the firewall."
    if isinstance(error, aiohttp.ClientConnectorError):
        return "it refuses the connection or has no route; check the firewall and MEDTECH_TOKEN_URL."
    return "the connection broke before an answer came."
