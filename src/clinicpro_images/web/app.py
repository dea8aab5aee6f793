"""The FastAPI app: which routes there are, and what is wrapped around all of them."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from clinicpro_images.settings.parsers import Network
from clinicpro_images.telemetry.telemetry import Telemetry
from clinicpro_images.web.audit_middleware import AuditMiddleware, RecordAudit
from clinicpro_images.web.body_limit import BodyLimits
from clinicpro_images.web.client_address import ClientAddress
from clinicpro_images.web.correlation import CorrelationId
from clinicpro_images.web.metrics_middleware import MetricsMiddleware
from clinicpro_images.web.pages import PAGE_STYLES, STATIC, Assets
from clinicpro_images.web.problems import PROBLEMS, Faults, install_problems
from clinicpro_images.web.rate_limit import RateLimits, Rule
from clinicpro_images.web.security_headers import SameOriginOnly, SecurityHeaders

Lifespan = Callable[[], AbstractAsyncContextManager[None]]


def build_app(
    routers: Sequence[APIRouter],
    *,
    version: str,
    public_url: str,
    frame_ancestors: str,
    telemetry: Telemetry,
    lifespan: Lifespan,
    trusted_proxies: Sequence[Network] = (),
    limits: Sequence[Rule] = (),
    record_audit: RecordAudit | None = None,
) -> FastAPI:
    """Put the routes into their shell; `lifespan` runs around the serving."""

    @asynccontextmanager
    async def around(_app: FastAPI) -> AsyncIterator[None]:
        async with lifespan():
            yield

    app = FastAPI(
        title="ClinicPro Images",
        version=version,
        summary="Clinical photos into the open patient's Medtech record, through ALEX.",
        docs_url=None,
        redoc_url=None,
        lifespan=around,
        responses=PROBLEMS,
        middleware=[
            Middleware(CorrelationId),
            Middleware(MetricsMiddleware, telemetry=telemetry),
            Middleware(ClientAddress, trusted=trusted_proxies),
            Middleware(
                SecurityHeaders, frame_ancestors=frame_ancestors, https=public_url.startswith("https://")
            ),
            *(
                [Middleware(AuditMiddleware, record_audit=record_audit, clock=time.monotonic)]
                if record_audit
                else []
            ),
            Middleware(RateLimits, rules=limits, clock=time.monotonic),
            Middleware(SameOriginOnly, public_url=public_url),
            Middleware(BodyLimits),
            Middleware(Faults),
        ],
    )
    install_problems(app)
    for router in routers:
        app.include_router(router)
    app.mount("/pages", StaticFiles(directory=PAGE_STYLES), name="pages")
    # The folder is missing until the widget is built; the API works without it.
    app.mount("/assets", Assets(directory=STATIC / "assets", check_dir=False), name="assets")
    return app
