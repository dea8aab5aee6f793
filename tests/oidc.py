"""A small OpenID Connect provider on loopback: real keys, real signatures, and everything that can be wrong with a token."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

Key = RSAKey | ECKey | OKPKey | OctKey


def rsa(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True, auto_kid=False)


def elliptic(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"}, private=True, auto_kid=False)


@dataclass
class FakeProvider:
    """What it publishes, how often it was asked, and tokens in its name."""

    issuer: str = ""
    names_itself: str | None = None
    keys: list[Key] = field(default_factory=lambda: [rsa("one")])
    asked: int = 0
    away: bool = False

    async def discovery(self, _request: web.Request) -> web.Response:
        self.asked += 1
        if self.away:
            return web.Response(status=503)
        return web.json_response(
            {"issuer": self.names_itself or self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        )

    async def published(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [key.as_dict(private=False) for key in self.keys]})

    def token(
        self, key: Key | None = None, *, alg: str = "RS256", kid: str | None = None, **claims: Any
    ) -> str:
        key = key or self.keys[0]
        now = int(time.time())
        said = {
            "iss": self.issuer, "aud": "clinicpro-images", "sub": "operator-1", "iat": now, "exp": now + 300,
        } | claims  # fmt: skip
        header = {"alg": alg, "kid": kid or str(key.kid)}
        return jwt.encode(
            header, {name: value for name, value in said.items() if value is not None}, key, algorithms=[alg]
        )


@asynccontextmanager
async def running_provider() -> AsyncIterator[FakeProvider]:
    """Serve it on a free port."""
    provider = FakeProvider()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.discovery)
    app.router.add_get("/keys", provider.published)
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
