"""The composition root: builds the sandbox from its parts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alex_sandbox.behaviour import Behaviour, LiveBehaviour
from alex_sandbox.call_log import CallLog, CallLogMiddleware
from alex_sandbox.clock import new_id, utc_now
from alex_sandbox.control_api import ControlApi
from alex_sandbox.errors import Refusal, not_exposed
from alex_sandbox.evolution.pages import EvolutionPages
from alex_sandbox.evolution.previews import PreviewRenderer
from alex_sandbox.faults.fault_middleware import FaultMiddleware
from alex_sandbox.faults.fault_plan import FaultPlan
from alex_sandbox.fhir.appointments import AppointmentEndpoints
from alex_sandbox.fhir.directory_endpoints import DirectoryEndpoints
from alex_sandbox.fhir.record_endpoints import RecordEndpoints
from alex_sandbox.fhir.responses import refusal_response
from alex_sandbox.history import photos
from alex_sandbox.launch.contexts import LaunchContexts
from alex_sandbox.launch.endpoint import LaunchEndpoint
from alex_sandbox.oauth.access import AccessControl
from alex_sandbox.oauth.assertion import RegisteredCertificate
from alex_sandbox.oauth.token_endpoint import TokenEndpoint
from alex_sandbox.oauth.tokens import AccessTokens
from alex_sandbox.seed import Seed
from alex_sandbox.settings import SandboxSettings
from alex_sandbox.storage.disk_store import DiskStore
from alex_sandbox.storage.memory_store import MemoryStore
from alex_sandbox.storage.stored_resources import StoredResources


def create_app(
    settings: SandboxSettings,
    seed: Seed,
    behaviour: Behaviour | None = None,
    *,
    earlier_photos: bool = False,
    now: Callable[[], datetime] = utc_now,
) -> Starlette:
    """Build the sandbox as an ASGI application; `earlier_photos`: some patients have photos of earlier visits.

    Raises ValueError if the certificate is unusable.
    """
    live = LiveBehaviour(behaviour or Behaviour())
    stored = StoredResources(
        DiskStore(settings.data_folder) if settings.data_folder else MemoryStore(),
        photos.earlier_photos(seed, now()) if earlier_photos else (),
    )
    tokens = AccessTokens(settings, now=now, new_id=new_id)
    access = AccessControl(seed, tokens, live.current)
    launches = LaunchContexts()
    plan, log = FaultPlan(), CallLog()
    certificate = (
        RegisteredCertificate(settings.certificate.read_bytes(), client_id=settings.client_id, now=now)
        if settings.certificate
        else None
    )
    token_endpoint = TokenEndpoint(settings, tokens, certificate, behaviour=live.current, now=now)
    control = ControlApi(settings, live, seed, stored, plan, log, launches, now)
    pages = EvolutionPages(settings, seed, stored, PreviewRenderer(stored), launches, live.current, now)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await stored.open()
        yield

    app = Starlette(
        routes=[
            *DirectoryEndpoints(access, now).routes(),
            *AppointmentEndpoints(access).routes(),
            *RecordEndpoints(access, stored, live.current, now, new_id).routes(),
            *LaunchEndpoint(access, launches, live.current).routes(),
            Route("/", _to_evolution),
            Route("/{tenant}/oauth2/v2.0/token", token_endpoint.issue, methods=["POST"]),
            *control.routes(),
            *pages.routes(),
        ],
        middleware=[
            Middleware(CallLogMiddleware, log=log, now=now),
            Middleware(FaultMiddleware, plan=plan, now=now),
        ],
        exception_handlers={Refusal: _refused, HTTPException: _unknown},
        lifespan=lifespan,
    )
    # ALEX never redirects to add or remove a trailing slash.
    app.router.redirect_slashes = False
    return app


async def _to_evolution(_request: Request) -> Response:
    return RedirectResponse("/evolution", 307)


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):  # only narrows the type: Starlette calls this for Refusal alone
        raise error
    return refusal_response(error)


async def _unknown(request: Request, _error: Exception) -> Response:
    """API management's 404, which it also sends for a method without an operation."""
    return refusal_response(not_exposed(f"There is no {request.method} {request.url.path}."))
