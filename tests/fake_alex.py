"""A minimal ALEX and token endpoint on loopback, for tests that need one specific behaviour."""

import base64
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from clinicpro_images.settings.settings import Settings

Answer = Callable[["FakeAlex", web.Request], Awaitable[web.StreamResponse]]

ROLES = (
    "patient.nhisearch.read",
    "Patient.DocumentReference.ScanInbox.Write",
    "patient.launchformincontext.read",
    "practitioner.read",
    "practice.location.read",
    "patient.documentreference.scaninbox.read",
    "patient.binary.attachment.read",
)


def jwt_with(roles: tuple[str, ...], number: int) -> str:
    """Return an unsigned token with Azure AD's roles claim."""

    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part({'roles': list(roles), 'jti': number})}.c2ln"


def outcome(code: str, diagnostics: str) -> dict[str, Any]:
    """Return an OperationOutcome as sent by the FHIR layer."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "diagnostics": diagnostics}],
    }


def bundle(*resources: dict[str, Any], following: str | None = None) -> dict[str, Any]:
    """Return a searchset Bundle, with a link to its next page if there is one."""
    links = [{"relation": "next", "url": following}] if following else []
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": links,
        "entry": [{"resource": resource} for resource in resources],
    }


async def created(_: "FakeAlex", request: web.Request) -> web.Response:
    """The normal response to a write."""
    await request.read()
    resource_type = request.path.rsplit("/", 1)[-1]
    location = f"{request.url.origin()}/FHIR/{resource_type}/abc123/_history/1"
    body = {"resourceType": resource_type, "id": "abc123"}
    return web.json_response(body, status=201, headers={"Location": location})


@dataclass
class ReceivedRequest:
    """One request as received."""

    method: str
    raw_path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FakeAlex:
    """Records every request. Each one consumes one of `answers`; the last is used for all further requests."""

    answers: list[Answer] = field(default_factory=lambda: [created])
    token_answers: list[Answer] = field(default_factory=list)
    requests: list[ReceivedRequest] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    roles: tuple[str, ...] = ROLES
    expires_in: int = 3599
    secret: str = "secret-of-a-test"
    port: int = 0
    _server: web.Server | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._server.connections) if self._server else 0

    def settings(self, **more: str) -> Settings:
        """Return settings for this server; `more` are further environment variables."""
        return Settings.read(
            {
                "MEDTECH_API_BASE_URL": f"{self.origin}/FHIR",
                "MEDTECH_TOKEN_URL": f"{self.origin}/tenant/oauth2/v2.0/token",
                "MEDTECH_CLIENT_SECRET": self.secret,
                "MEDTECH_FACILITY_ID": "F2N060-E",
                "CLINICPRO_SECRET_KEY": "fictional key for tests only",
                "CLINICPRO_ALEX_CONNECT_TIMEOUT": "0.5",
                "CLINICPRO_ALEX_READ_TIMEOUT": "0.5",
                **more,
            }
        )

    async def _fhir(self, request: web.Request) -> web.StreamResponse:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if request.method == "GET":
            self._remember(request, b"")
        response = await answer(self, request)
        if request.method != "GET":
            self._remember(request, await request.read())
        return response

    def _remember(self, request: web.Request, body: bytes) -> None:
        self.requests.append(ReceivedRequest(request.method, request.raw_path, dict(request.headers), body))

    async def _token(self, request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            return web.json_response({"error": "invalid_request"}, status=400)
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.forms.append(form)
        if self.token_answers:
            return await self.token_answers.pop(0)(self, request)
        if form.get("client_secret", self.secret) != self.secret:
            description = "AADSTS7000215: Invalid client secret provided. Trace ID: 1\r\nCorrelation ID: 2"
            refusal = {"error": "invalid_client", "error_description": description}
            return web.json_response(refusal, status=401)
        return web.json_response(
            {
                "token_type": "Bearer",
                "expires_in": self.expires_in,
                "ext_expires_in": self.expires_in,
                "access_token": jwt_with(self.roles, len(self.forms)),
            }
        )

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["FakeAlex"]:
        """Serve on a free loopback port."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/tenant/oauth2/v2.0/token", self._token)
        app.router.add_route("*", "/FHIR{rest:.*}", self._fhir)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port, self._server = runner.addresses[0][1], runner.server
        try:
            yield self
        finally:
            await runner.cleanup()


def answering(
    status: int, body: Any = None, *, headers: dict[str, str] | None = None, text: str | None = None
) -> Answer:
    """Return an answer with this status and a JSON body, or plain text."""

    async def answer(_: FakeAlex, request: web.Request) -> web.Response:
        await request.read()
        if text is not None:
            return web.Response(status=status, text=text, headers=headers)
        return web.json_response(body, status=status, headers=headers, content_type="application/fhir+json")

    return answer


async def hanging_up(_: FakeAlex, request: web.Request) -> web.Response:
    """Read the request and close the connection without responding."""
    await request.read()
    assert request.transport is not None
    request.transport.close()
    return web.Response()


def session() -> aiohttp.ClientSession:
    """Return a plain client session."""
    return aiohttp.ClientSession()


@contextmanager
def full_backlog() -> Iterator[int]:
    """Yield a port with a full accept queue, so that the kernel drops each SYN and connecting times out."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        try:
            for each in waiting:
                each.setblocking(False)
                each.connect_ex(("127.0.0.1", port))
            yield port
        finally:
            for each in waiting:
                each.close()
