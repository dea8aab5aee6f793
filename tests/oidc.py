"""A small OpenID Connect provider on loopback, with real keys and signatures, for valid and invalid tokens."""

import base64
import hashlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

Key = RSAKey | ECKey | OKPKey | OctKey


def rsa(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True, auto_kid=False)


def elliptic(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"}, private=True, auto_kid=False)


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class FakeProvider:
    """Discovery document, keys, authorization and token endpoints, configurable by attributes.

    `person` holds the claims of the user at the browser; `refuses` is an error to return instead of a code.
    """

    issuer: str = ""
    names_itself: str | None = None
    keys: list[Key] = field(default_factory=lambda: [rsa("one")])
    asked: int = 0
    away: bool = False
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "user_gp1", "name": "Alex Api"})
    refuses: str | None = None
    secret: str | None = None
    methods: list[str] | None = None
    says: dict[str, Any] = field(default_factory=dict)  # added to the claims of ID tokens; None removes one
    requests: list[dict[str, str]] = field(default_factory=list)  # received by the authorization endpoint
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    exchanged: int = 0
    publishes: dict[str, Any] = field(default_factory=dict)  # added to the discovery document
    sends: bytes | None = None  # instead of the discovery document
    knows: dict[str, Any] = field(default_factory=dict)  # what the UserInfo endpoint says
    userinfo_asked: int = 0

    async def discovery(self, _request: web.Request) -> web.Response:
        self.asked += 1
        if self.away:
            return web.Response(status=503)
        if self.sends is not None:
            return web.Response(body=self.sends)
        published: dict[str, Any] = {
            "issuer": self.names_itself or self.issuer,
            "jwks_uri": f"{self.issuer}/keys",
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            **self.publishes,
        }
        if self.methods is not None:
            published["token_endpoint_auth_methods_supported"] = self.methods
        return web.json_response(published)

    async def authorize(self, request: web.Request) -> web.Response:
        """Redirect with a code straight away: the user is signed in already, as with any single sign-on."""
        asked = dict(request.query)
        self.requests.append(asked)
        answer = {"state": asked["state"], "iss": self.issuer}
        if self.refuses is not None:
            answer["error"] = self.refuses
        else:
            answer["code"] = f"code-{len(self.requests)}"
            self.codes[answer["code"]] = asked
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(answer)}")

    async def exchange(self, request: web.Request) -> web.Response:
        """Exchange a code for an ID token: once, with the verifier, and with the secret if there is one."""
        self.exchanged += 1
        form = {name: str(value) for name, value in (await request.post()).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        refused = (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge_of(form.get("code_verifier", "")) != asked["code_challenge"]
            or self._client(request, form) != (asked["client_id"], self.secret)
        )
        if refused or asked is None:
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims = {"aud": asked["client_id"], "nonce": asked["nonce"], **self.person, **self.says}
        return web.json_response(
            {"access_token": "opaque", "token_type": "Bearer", "id_token": self.token(**claims)}
        )

    def _client(self, request: web.Request, form: Mapping[str, str]) -> tuple[str, str | None]:
        scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            name, _, secret = base64.b64decode(pair).decode().partition(":")
            return unquote(name), unquote(secret)
        return form.get("client_id", ""), form.get("client_secret")

    async def userinfo(self, request: web.Request) -> web.Response:
        """What is known of the bearer of the access token that came with the ID token."""
        self.userinfo_asked += 1
        if request.headers.get("Authorization") != "Bearer opaque":
            return web.Response(status=401)
        return web.json_response(self.knows)

    async def published(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [key.as_dict(private=False) for key in self.keys]})

    def token(
        self, key: Key | None = None, *, alg: str = "RS256", kid: str | None = None, **claims: Any
    ) -> str:
        key = key or self.keys[0]
        now = int(time.time())
        content = {
            "iss": self.issuer, "aud": "clinicpro-images", "sub": "operator-1", "iat": now, "exp": now + 300,
        } | claims  # fmt: skip
        header = {"alg": alg, "kid": kid or str(key.kid)}
        return jwt.encode(
            header,
            {name: value for name, value in content.items() if value is not None},
            key,
            algorithms=[alg],
        )


@asynccontextmanager
async def running_provider() -> AsyncIterator[FakeProvider]:
    """Serve a provider on a free loopback port."""
    provider = FakeProvider()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.discovery)
    app.router.add_get("/keys", provider.published)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.exchange)
    app.router.add_get("/userinfo", provider.userinfo)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    provider.issuer = f"http://{host}:{port}"
    try:
        yield provider
    finally:
        await runner.cleanup()
