"""`POST /{tenant}/oauth2/v2.0/token`: client credentials by secret or certificate, as in Azure AD."""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse

from alex_sandbox.behaviour import Behaviour
from alex_sandbox.forms import read_form
from alex_sandbox.oauth import token_errors
from alex_sandbox.oauth.assertion import ASSERTION_TYPE, RegisteredCertificate
from alex_sandbox.oauth.tokens import AccessTokens
from alex_sandbox.settings import SandboxSettings


class TokenEndpoint:
    """Checks the form's fields in the same order as Azure AD, then signs a token."""

    def __init__(
        self,
        settings: SandboxSettings,
        tokens: AccessTokens,
        certificate: RegisteredCertificate | None,
        *,
        behaviour: Callable[[], Behaviour],
        now: Callable[[], datetime],
    ) -> None:
        """Keep the parts; `behaviour` is called for every request, because it can change."""
        self._settings = settings
        self._tokens = tokens
        self._certificate = certificate
        self._behaviour = behaviour
        self._now = now

    async def issue(self, request: Request) -> JSONResponse:
        """Issue a token. Raises TokenRefusal."""
        self._check_tenant(request.path_params["tenant"])
        self._check(await read_form(request), str(request.url.replace(query="")))
        behaviour = self._behaviour()
        return JSONResponse(
            {
                "token_type": "Bearer",
                "expires_in": behaviour.token_lifetime_seconds,
                "ext_expires_in": behaviour.token_lifetime_seconds,
                "access_token": self._tokens.sign(behaviour.roles, behaviour.token_lifetime_seconds),
            },
            headers={"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"},
        )

    def _check_tenant(self, tenant: str) -> None:
        if tenant.lower() != self._settings.tenant.lower():
            raise token_errors.unknown_tenant(tenant, self._now())

    def _check(self, form: Mapping[str, str], endpoint: str) -> None:
        now = self._now()
        for name in ("grant_type", "client_id"):
            if not form.get(name):
                raise token_errors.parameter_missing(name, now)
        if form["grant_type"] != "client_credentials":
            raise token_errors.unsupported_grant(form["grant_type"], now)
        if form["client_id"].lower() != self._settings.client_id.lower():
            raise token_errors.unknown_client(form["client_id"], now)
        if form.get("scope") != self._settings.scope:
            raise token_errors.wrong_scope(form.get("scope", ""), now)
        self._check_credential(form, endpoint)

    def _check_credential(self, form: Mapping[str, str], endpoint: str) -> None:
        if assertion := form.get("client_assertion"):
            if form.get("client_assertion_type") != ASSERTION_TYPE:
                raise token_errors.parameter_missing("client_assertion_type", self._now())
            if self._certificate is None:
                raise token_errors.wrong_assertion(
                    self._now(), "The sandbox was started without --client-certificate."
                )
            self._certificate.check(assertion, endpoint)
            return
        if not (secret := form.get("client_secret")):
            raise token_errors.no_credential(self._now())
        if not hmac.compare_digest(secret.encode(), self._settings.client_secret.encode()):
            raise token_errors.wrong_secret(self._settings.client_id, self._now())
