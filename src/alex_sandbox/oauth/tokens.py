"""Access tokens: RS256 JWTs with Azure AD's claims, signed with a key generated at startup."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from alex_sandbox.errors import unauthorized
from alex_sandbox.settings import SandboxSettings


class AccessTokens:
    """Signs and verifies access tokens; the key lasts as long as the process."""

    def __init__(
        self, settings: SandboxSettings, *, now: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        """Generate the signing key (about 40 ms)."""
        self._settings = settings
        self._now = now
        self._new_id = new_id
        self._key = RSAKey.generate_key(2048, auto_kid=True)

    def sign(self, roles: tuple[str, ...], lifetime_seconds: int) -> str:
        """Return a token for the registered client."""
        issued = int(self._now().timestamp())
        claims: dict[str, Any] = {
            "aud": self._settings.audience,
            "iss": f"https://sts.windows.net/{self._settings.tenant}/",
            "iat": issued,
            "nbf": issued,
            "exp": issued + lifetime_seconds,
            "appid": self._settings.client_id,
            "appidacr": "1",
            "idtyp": "app",
            "roles": list(roles),
            "tid": self._settings.tenant,
            "uti": self._new_id(),
            "ver": "1.0",
        }
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": self._key.kid}, claims, self._key)

    def verified_roles(self, authorization: str) -> frozenset[str]:
        """Return a bearer token's roles, in lower case because Medtech uses either. Raises ManagementRefusal (401)."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise unauthorized("There is no bearer token.")
        try:
            claims = jwt.decode(token.strip(), self._key, algorithms=["RS256"]).claims
            jwt.JWTClaimsRegistry(
                now=int(self._now().timestamp()),
                aud={"essential": True, "value": self._settings.audience},
                exp={"essential": True},
                tid={"essential": True, "value": self._settings.tenant},
            ).validate(claims)
        except (JoseError, ValueError) as error:
            raise unauthorized(f"The token is not accepted: {error}") from error
        return frozenset(str(role).lower() for role in claims.get("roles", ()))
