"""Sign-in by OpenID Connect's authorization code flow with PKCE: from the authorization URL to the verified claims."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import aiohttp
import structlog

from clinicpro_images.errors import ClinicProError
from clinicpro_images.identity.assurance import Assurance
from clinicpro_images.identity.claims import TokenInvalid, has_claim, is_token
from clinicpro_images.identity.http import Rejected, require_https

if TYPE_CHECKING:
    from clinicpro_images.identity.provider import IdentityProvider

_EMAIL = frozenset({"email", "email_verified"})

log = structlog.get_logger()


@dataclass(frozen=True)
class FlowSecrets:
    """The secrets of one sign-in attempt, kept in the browser that started it: each 256 random bits."""

    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        """The PKCE code challenge for the verifier (S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class CodeFlow:
    """The authorization code flow with one provider, whose audience is our client id."""

    def __init__(
        self,
        provider: "IdentityProvider",
        *,
        client_secret: str | None,
        redirect_uri: str,
        scope: str,
        assurance: Assurance | None = None,
        needed_claims: Sequence[str] = (),
    ) -> None:
        """Without a secret this is a public client, for which PKCE is sufficient.

        `needed_claims` decide who may sign in: what the ID token lacks of them is asked of the UserInfo endpoint.
        """
        self._needed_claims = tuple(needed_claims)
        self._assurance = assurance or Assurance()
        self.provider = provider
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._scope = scope

    async def authorization_url(self, secrets: FlowSecrets, *, afresh: bool = False) -> str:
        """Return the URL where the browser signs in; raises the provider's `unavailable`.

        `afresh`: somebody has signed out in this browser, so the provider must ask who it is now.
        """
        endpoint = await self._endpoint("authorization_endpoint")
        query = {
            "response_type": "code",
            "client_id": self.provider.audience,
            "redirect_uri": self._redirect_uri,
            "scope": self._scope,
            "state": secrets.state,
            "nonce": secrets.nonce,
            "code_challenge": secrets.challenge,
            "code_challenge_method": "S256",
            **self._assurance.asked(),
            **({"prompt": "login"} if afresh else {}),
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query, quote_via=quote)}"

    async def redeem(self, code: str, secrets: FlowSecrets) -> Mapping[str, Any]:
        """Exchange the code for the verified claims; raises TokenInvalid, or the provider's `unavailable`."""
        endpoint = await self._endpoint("token_endpoint")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": secrets.verifier,
        }
        headers: dict[str, str] = {"Accept": "application/json"}
        await self._authenticate_client(form, headers)
        try:
            response = await self.provider.http.post(endpoint, form, headers)
        except Rejected as error:
            raise TokenInvalid("code rejected") from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning(
                "identity.unreachable",
                message="The sign-in service could not exchange the code.",
                fault=type(error).__name__,
            )
            raise self.provider.unavailable from error
        token = response.get("id_token")
        if not isinstance(token, str) or not is_token(token):
            raise TokenInvalid("no usable ID token")
        claims = await self.provider.claims(token, nonce=secrets.nonce)
        self._assurance.check(claims, self.provider.now())
        return await self._with_userinfo(claims, response.get("access_token"))

    async def _with_userinfo(self, claims: Mapping[str, Any], access_token: object) -> Mapping[str, Any]:
        """Add the claims that the ID token lacks (OpenID Connect Core, 5.3); what it has is never replaced."""
        if all(has_claim(claims, name) for name in self._needed_claims):
            return claims
        endpoint = (await self.provider.discovery()).get("userinfo_endpoint")
        if not isinstance(endpoint, str) or not isinstance(access_token, str):
            return claims
        try:
            found = await self.provider.http.get(endpoint, {"Authorization": f"Bearer {access_token}"})
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning(
                "identity.unreachable",
                message="The sign-in service gave no user information.",
                fault=type(error).__name__,
            )
            raise self.provider.unavailable from error
        if found.get("sub") != claims["sub"]:
            raise TokenInvalid("user information of another person")
        merged = {**found, **claims}
        if not claims.keys() >= _EMAIL:
            # An address and whether it was verified must come from one place.
            both = found if "email" in found else claims
            merged |= {name: both.get(name) for name in _EMAIL}
        return merged

    async def end_session_url(self) -> str | None:
        """Return where the person signs out of the provider too (RP-initiated logout); None if it offers no such place."""
        try:
            endpoint = (await self.provider.discovery()).get("end_session_endpoint")
            require_https(str(endpoint))
        except (ClinicProError, ValueError):
            return None
        endpoint = str(endpoint)
        query = urlencode({"client_id": self.provider.audience}, quote_via=quote)
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    async def check_issuer(self, response: Mapping[str, str]) -> None:
        """Check the response's issuer (RFC 9207): it must be ours, and present if the provider announces it."""
        announced = (await self.provider.discovery()).get("authorization_response_iss_parameter_supported")
        if response.get("iss", None if announced else self.provider.issuer) != self.provider.issuer:
            raise TokenInvalid("response of another issuer, or of none")

    async def _authenticate_client(self, form: dict[str, str], headers: dict[str, str]) -> None:
        discovery = await self.provider.discovery()
        # OpenID Connect Discovery 1.0, 3: if omitted, the default is client_secret_basic.
        methods = discovery.get("token_endpoint_auth_methods_supported")
        if not methods or not isinstance(methods, list):
            methods = ["client_secret_basic"]
        if self._client_secret is None:
            form["client_id"] = self.provider.audience
        elif "client_secret_basic" in methods:
            # RFC 6749, 2.3.1: both are form-encoded before they are joined.
            pair = f"{quote(self.provider.audience, safe='')}:{quote(self._client_secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self.provider.audience, "client_secret": self._client_secret}

    async def _endpoint(self, name: str) -> str:
        found = str((await self.provider.discovery()).get(name))
        try:
            require_https(found)
        except ValueError as error:
            log.warning(
                "identity.incomplete",
                message="The sign-in service publishes no usable endpoint.",
                which=name,
            )
            raise self.provider.unavailable from error
        return found
