"""The FastAPI app: its routes, and the middleware around all of them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from clinicpro_images.settings.parsers import Network
from clinicpro_images.telemetry.telemetry import Telemetry
from clinicpro_images.web.body_limit import SMALL_BODY, BodyLimits
from clinicpro_images.web.client_address import ClientAddress
from clinicpro_images.web.correlation import CorrelationId
from clinicpro_images.web.head_requests import HeadRequests
from clinicpro_images.web.metrics_middleware import MetricsMiddleware
from clinicpro_images.web.pages import PAGE_STYLES, STATIC, Assets
from clinicpro_images.web.problems import PROBLEM_RESPONSES, PROBLEM_SCHEMA, Faults, install_problems
from clinicpro_images.web.security_headers import SameOriginOnly, SecurityHeaders

Lifespan = Callable[[], AbstractAsyncContextManager[None]]


class _App(FastAPI):
    """Adds the schema of problems to the OpenAPI description; no route declares it as its model."""

    def openapi(self) -> dict[str, Any]:
        """Return the description; FastAPI makes it once."""
        described = super().openapi()
        described.setdefault("components", {}).setdefault("schemas", {}).update(Problem=PROBLEM_SCHEMA)
        return described


def build_app(
    routers: Sequence[APIRouter],
    *,
    version: str,
    public_url: str,
    frame_ancestors: str,
    telemetry: Telemetry,
    lifespan: Lifespan,
    trusted_proxies: Sequence[Network] = (),
    middleware: Sequence[Middleware] = (),
) -> FastAPI:
    """Put the routes into their app; `lifespan` runs while it serves.

    `middleware` knows the client's address, and sees every refusal.
    """

    @asynccontextmanager
    async def around(_app: FastAPI) -> AsyncIterator[None]:
        async with lifespan():
            yield

    app = _App(
        title="ClinicPro Images",
        version=version,
        summary="Clinical photos into the open patient's Medtech record, through ALEX.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # a route of the operators'
        redirect_slashes=False,  # it would build a URL from the Host header, with the query in it
        lifespan=around,
        responses=PROBLEM_RESPONSES,
        middleware=[
            Middleware(CorrelationId),
            Middleware(MetricsMiddleware, telemetry=telemetry),
            Middleware(HeadRequests),
            Middleware(ClientAddress, trusted=trusted_proxies),
            Middleware(
                SecurityHeaders, frame_ancestors=frame_ancestors, https=public_url.startswith("https://")
            ),
            *middleware,
            Middleware(SameOriginOnly, public_url=public_url),
            Middleware(BodyLimits),
            Middleware(Faults),
        ],
    )
    app.state.public_url = public_url
    app.state.described = app.openapi
    install_problems(app)
    for router in routers:
        app.include_router(router, max_body_size=SMALL_BODY)
    app.mount("/pages", StaticFiles(directory=PAGE_STYLES), name="pages")
    # The folder is missing until the widget is built; the API works without it.
    app.mount("/assets", Assets(directory=STATIC / "assets", check_dir=False), name="assets")
    return app
