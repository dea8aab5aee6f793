"""The token endpoint behaves as Azure AD does."""

import base64
import json
from typing import Any

import pytest

from alex_sandbox.settings import DEFAULT_CLIENT_ID, DEFAULT_SCOPE, DEFAULT_TENANT
from unit.alex_sandbox.running import FACILITY, TOKEN_PATH, Sandbox

pytestmark = pytest.mark.anyio


async def test_the_correct_secret_gets_an_rs256_token_with_azures_claims(sandbox: Sandbox) -> None:
    response = await sandbox.request_token()
    assert response.status_code == 200
    body = response.json()
    assert (body["token_type"], body["expires_in"], body["ext_expires_in"]) == ("Bearer", 3599, 3599)
    assert "refresh_token" not in body
    header, claims = (_part(body["access_token"], n) for n in (0, 1))
    now = int(sandbox.clock().timestamp())
    assert header["alg"] == "RS256"
    assert claims["aud"] == DEFAULT_SCOPE.removesuffix("/.default")
    assert (claims["appid"], claims["tid"]) == (DEFAULT_CLIENT_ID, DEFAULT_TENANT)
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (now, now, now + 3599)
    assert "patient.documentreference.scaninbox.write" in claims["roles"]
    assert "patient.task.write" in claims["roles"]
    assert DEFAULT_TENANT in claims["iss"]


def _part(token: str, n: int) -> dict[str, Any]:
    part = token.split(".")[n]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return read


@pytest.mark.parametrize(
    ("changed", "status", "error", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": None}, 401, "invalid_client", 7000218),
        ({"scope": "https://graph.microsoft.com/.default"}, 400, "invalid_scope", 70011),
        ({"scope": None}, 400, "invalid_scope", 70011),
        ({"client_id": "00000000-0000-0000-0000-000000000000"}, 400, "unauthorized_client", 700016),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"grant_type": None}, 400, "invalid_request", 900144),
    ],
)
async def test_each_mistake_gets_azures_own_error(
    sandbox: Sandbox, changed: dict[str, str | None], status: int, error: str, code: int
) -> None:
    response = await sandbox.request_token(**changed)
    body = response.json()
    assert (response.status_code, body["error"], body["error_codes"]) == (status, error, [code])
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert {"timestamp", "trace_id", "correlation_id"} <= body.keys()


async def test_an_unknown_tenant_is_named(sandbox: Sandbox) -> None:
    response = await sandbox.http.post("/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token", data={})
    assert (response.status_code, response.json()["error_codes"]) == (400, [90002])


async def test_json_is_not_accepted_as_a_form(sandbox: Sandbox) -> None:
    response = await sandbox.http.post(TOKEN_PATH, json={"grant_type": "client_credentials"})
    assert (response.status_code, response.json()["error_codes"]) == (400, [900144])


async def test_roles_and_lifetime_are_settings(sandbox: Sandbox) -> None:
    await sandbox.configure(roles=["Practice.Location.Read"], tokenLifetimeSeconds=60)
    assert (await sandbox.request_token()).json()["expires_in"] == 60
    assert (await sandbox.get("/FHIR/Location")).status_code == 200
    assert (await sandbox.get("/FHIR/Practitioner")).status_code == 403


async def test_a_token_expires(sandbox: Sandbox) -> None:
    assert (await sandbox.get("/FHIR/Location", FACILITY)).status_code == 200
    sandbox.clock.advance(3600)
    assert (await sandbox.get("/FHIR/Location", FACILITY)).status_code == 401
