"""Puts the sandbox together: one place that knows all its parts, each replaceable by keyword."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alex_sandbox.access import Gate
from alex_sandbox.assertion import RegisteredCertificate
from alex_sandbox.calls import CallLog, Recording
from alex_sandbox.clock import new_id as random_id
from alex_sandbox.clock import utc_now
from alex_sandbox.control import Control
from alex_sandbox.errors import Refusal, not_exposed
from alex_sandbox.evolution.pages import Pages
from alex_sandbox.evolution.pictures import Pictures
from alex_sandbox.fault_plan import FaultPlan
from alex_sandbox.faulting import Faulting
from alex_sandbox.filing import Filing
from alex_sandbox.folder import Folder
from alex_sandbox.launch import LaunchContexts
from alex_sandbox.launch_endpoint import LaunchEndpoint
from alex_sandbox.reading import Reading
from alex_sandbox.records import Memory, Records
from alex_sandbox.responses import refusal_response
from alex_sandbox.seed import Seed
from alex_sandbox.settings import Behaviour, Settings
from alex_sandbox.switchboard import Switchboard
from alex_sandbox.token_endpoint import TokenEndpoint
from alex_sandbox.tokens import Tokens


def create_app(
    settings: Settings,
    seed: Seed,
    behaviour: Behaviour | None = None,
    *,
    now: Callable[[], datetime] = utc_now,
    new_id: Callable[[], str] = random_id,
) -> Starlette:
    """The sandbox as an ASGI application. Raises ValueError for a certificate it can't use."""
    switchboard = Switchboard(behaviour or Behaviour())
    records = Records(Folder(settings.folder) if settings.folder else Memory())
    tokens = Tokens(settings, now=now, new_id=new_id)
    gate = Gate(seed, tokens, switchboard.current)
    launches = LaunchContexts()
    plan, log = FaultPlan(), CallLog()
    certificate = (
        RegisteredCertificate(settings.certificate.read_bytes(), client_id=settings.client_id, now=now)
        if settings.certificate
        else None
    )
    token_endpoint = TokenEndpoint(settings, tokens, certificate, behaviour=switchboard.current, now=now)
    control = Control(settings, switchboard, seed, records, plan, log, launches, now)

    pages = Pages(settings, seed, records, Pictures(records), launches, switchboard.current, now)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await records.open()
        yield

    app = Starlette(
        routes=[
            *Reading(gate, now).routes(),
            *Filing(gate, records, switchboard.current, now, new_id).routes(),
            *LaunchEndpoint(gate, launches, switchboard.current).routes(),
            Route("/", _to_evolution),
            Route("/{tenant}/oauth2/v2.0/token", token_endpoint.answer, methods=["POST"]),
            *control.routes(),
            *pages.routes(),
        ],
        middleware=[
            Middleware(Recording, log=log, now=now),
            Middleware(Faulting, plan=plan, now=now),
        ],
        exception_handlers={Refusal: _refused, HTTPException: _unknown},
        lifespan=lifespan,
    )
    # A path is right or wrong here; ALEX sends nobody to one with or without a slash.
    app.router.redirect_slashes = False
    return app


async def _to_evolution(_request: Request) -> Response:
    return RedirectResponse("/evolution", 307)


async def _refused(_request: Request, refusal: Exception) -> Response:
    if not isinstance(
        refusal, Refusal
    ):  # Starlette's type for handlers is wider than what it calls them with
        raise refusal
    return refusal_response(refusal)


async def _unknown(request: Request, _error: Exception) -> Response:
    """API management's 404, also for a method that has no operation."""
    return refusal_response(not_exposed(f"There is no {request.method} {request.url.path}."))
