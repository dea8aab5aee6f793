"""A sandbox on a loopback port, and a client for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from alex_sandbox.app import create_app
from alex_sandbox.behaviour import Behaviour
from alex_sandbox.seed import load_seed
from alex_sandbox.server import bound, server
from alex_sandbox.settings import DEFAULT_CLIENT_ID, DEFAULT_SCOPE, DEFAULT_TENANT, SandboxSettings

FACILITY = "F2N060-E"
OTHER_FACILITY = "F99669-C"
NHI_SYSTEM = "https://standards.digital.health.nz/ns/nhi-id"
PATIENT = "14e52e16edb7a435bfa05e307afd008b"
DOCTOR = "9bf0832786e2293848942167532e0a91"
NURSE = "7def01802be7cbe97d4301a421f111f5"
TOKEN_PATH = f"/{DEFAULT_TENANT}/oauth2/v2.0/token"


class Clock:
    """A clock that only moves when a test advances it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Sandbox:
    """A client for a running sandbox."""

    def __init__(self, url: str, clock: Clock, client: httpx2.AsyncClient) -> None:
        self.url = url
        self.clock = clock
        self.http = client
        self._token = ""

    async def token(self) -> str:
        if not self._token:
            response = await self.request_token()
            self._token = response.json()["access_token"]
        return self._token

    async def request_token(self, **changed: str | None) -> httpx2.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": DEFAULT_CLIENT_ID,
            "client_secret": "sandbox-secret",
            "scope": DEFAULT_SCOPE,
            **changed,
        }
        return await self.http.post(TOKEN_PATH, data={k: v for k, v in form.items() if v is not None})

    async def get(self, path: str, facility: str | None = FACILITY, **headers: str) -> httpx2.Response:
        return await self.http.get(path, headers=await self.headers(facility, **headers))

    async def post(
        self, resource: dict[str, Any], facility: str = FACILITY, **headers: str
    ) -> httpx2.Response:
        sent = {"Content-Type": "application/fhir+json", **(await self.headers(facility, **headers))}
        return await self.http.post(f"/FHIR/{resource['resourceType']}", json=resource, headers=sent)

    async def headers(self, facility: str | None = FACILITY, **more: str) -> dict[str, str]:
        sent = {"Authorization": f"Bearer {await self.token()}", **more}
        return sent if facility is None else {**sent, "mt-facilityid": facility}

    async def configure(self, **behaviour: Any) -> None:
        response = await self.http.put("/sandbox/settings", json=behaviour)
        assert response.status_code == 200, response.text

    async def set_faults(self, *faults: dict[str, Any], seed: int = 1) -> None:
        response = await self.http.put("/sandbox/faults", json={"seed": seed, "faults": faults})
        assert response.status_code == 200, response.text

    async def stored(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = (await self.http.get("/sandbox/resources")).json()["resources"]
        return listed

    async def calls(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = (await self.http.get("/sandbox/calls")).json()["calls"]
        return listed


@contextmanager
def running(clock: Clock, behaviour: Behaviour, **settings: Any) -> Iterator[str]:
    """Run a sandbox in a thread; yields its URL."""
    options = SandboxSettings(**settings)
    listening = threading.Event()
    with bound("127.0.0.1", 0) as socket:
        serving = server(create_app(options, load_seed(options.seed), behaviour, now=clock), listening.set)
        thread = threading.Thread(target=serving.run, args=([socket],))
        thread.start()
        assert listening.wait(10)
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}"
        finally:
            serving.should_exit = True
            thread.join()


def outcome(response: httpx2.Response) -> tuple[int, str, str]:
    """Return status, code and diagnostics of an error from the FHIR layer."""
    body = response.json()
    assert body["resourceType"] == "OperationOutcome"
    assert response.headers["content-type"].startswith("application/fhir+json")
    return response.status_code, body["issue"][0]["code"], body["issue"][0]["diagnostics"]


INVALID = (400, "invalid", "Request is invalid.")
NOT_SUPPORTED = (400, "not-supported", "Request is not supported.")
AUTHORIZATION_FAILED = (403, "forbidden", "Authorization failed.")
