"""For operators: `/healthz`, `/readyz` and `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from fastapi import APIRouter, Request, Response, params
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from clinicpro_images.errors import ClinicProError
from clinicpro_images.operator.metrics import ScrapeMetrics
from clinicpro_images.schemas import Schema
from clinicpro_images.web.access import PUBLIC

CHECK_SECONDS = 5.0

log = structlog.get_logger()


class Check(Schema):
    """Whether one part works, and if not, a sentence."""

    ok: bool
    detail: str = ""


class Readiness(Schema):
    """Whether this process is ready to serve, and the check of each part."""

    ready: bool
    checks: dict[str, Check]


async def unrecorded(request: Request) -> None:
    """Leave a permitted call out of the audit trail: monitoring calls every few seconds, and reads nothing of a patient."""
    request.state.admin = ""


def alive_routes() -> APIRouter:
    """Return the route that is open to anyone and says nothing."""
    router = APIRouter(tags=["operator"], dependencies=[PUBLIC])

    @router.get("/healthz", summary="Check that this process is running")
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    return router


def health_routes(
    *,
    access: Sequence[params.Depends],
    checks: Mapping[str, Callable[[], Awaitable[object]]],
    metrics: ScrapeMetrics,
    clock: Callable[[], float],
) -> APIRouter:
    """Return the routes for operators, guarded by `access`; each of `checks` raises if its part doesn't work."""
    router = APIRouter(tags=["operator"], dependencies=access)
    running = {name: _Running(check) for name, check in checks.items()}

    @router.get("/readyz", summary="Check database, storage and token", responses={503: {"model": Readiness}})
    async def ready() -> JSONResponse:
        results = await asyncio.gather(*(each.result() for each in running.values()))
        found = dict(zip(running, results, strict=True))
        readiness = Readiness(ready=all(check.ok for check in found.values()), checks=found)
        return JSONResponse(
            readiness.model_dump(mode="json", by_alias=True), status_code=200 if readiness.ready else 503
        )

    @router.get("/metrics", response_class=Response, summary="Get the Prometheus metrics")
    async def show_metrics() -> Response:
        await metrics.count(clock())
        return Response(generate_latest(metrics.registry), headers={"content-type": CONTENT_TYPE_LATEST})

    @router.get("/openapi.json", include_in_schema=False)
    async def description(request: Request) -> JSONResponse:
        return JSONResponse(request.app.state.described())

    return router


class _Running:
    """One check, which runs once at a time: what hangs is waited for again, not started again."""

    def __init__(self, check: Callable[[], Awaitable[object]]) -> None:
        self._check = check
        self._task: asyncio.Task[Check] | None = None

    async def result(self) -> Check:
        task = self._task
        if task is None or task.done():
            self._task = task = asyncio.create_task(_run(self._check), name="readiness")
        await asyncio.wait([task], timeout=CHECK_SECONDS)
        return (
            task.result()
            if task.done()
            else Check(ok=False, detail=f"No response within {CHECK_SECONDS:.0f} seconds.")
        )


async def _run(check: Callable[[], Awaitable[object]]) -> Check:
    try:
        await check()
    except ClinicProError as error:
        return Check(ok=False, detail=f"{error.title}. {error.integrator}".strip())
    except Exception as error:  # noqa: BLE001 - a database or a disk can raise anything
        log.warning("readyz.failed", message="A readiness check failed.", fault=type(error).__name__)
        return Check(ok=False, detail=f"Not reachable ({type(error).__name__}).")
    return Check(ok=True)
