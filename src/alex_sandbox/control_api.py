"""`/sandbox/...`: the API through which tests and developers control the sandbox. Not part of ALEX; needs no token."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from alex_sandbox.behaviour import LiveBehaviour
from alex_sandbox.call_log import CallLog
from alex_sandbox.faults.fault_plan import FaultPlan, parse_plan
from alex_sandbox.launch.contexts import LaunchContexts
from alex_sandbox.seed import Seed
from alex_sandbox.settings import SandboxSettings
from alex_sandbox.storage.stored_resources import StoredResources


@dataclass
class ControlApi:
    """The endpoints under `/sandbox`."""

    settings: SandboxSettings
    live: LiveBehaviour
    seed: Seed
    stored: StoredResources
    plan: FaultPlan
    log: CallLog
    launches: LaunchContexts
    now: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """Return the routes under `/sandbox`."""
        return [
            Route("/sandbox/faults", self.faults, methods=["GET", "PUT", "DELETE"]),
            Route("/sandbox/settings", self.behaviour, methods=["GET", "PUT"]),
            Route("/sandbox/resources", self.resources, methods=["GET", "DELETE"]),
            Route("/sandbox/resources/{type}/{id}/content", self.content),
            Route("/sandbox/calls", self.calls, methods=["GET", "DELETE"]),
            Route("/sandbox/launches", self.launch, methods=["POST"]),
        ]

    async def faults(self, request: Request) -> JSONResponse:
        """GET, PUT or DELETE the fault plan."""
        if request.method == "DELETE":
            self.plan.replace(0, [])
        if request.method == "PUT":
            try:
                self.plan.replace(*parse_plan(await _json(request)))
            except ValueError as error:
                return _unprocessable(error)
        return JSONResponse(self.plan.as_json())

    async def behaviour(self, request: Request) -> JSONResponse:
        """GET the settings, or PUT some of them."""
        if request.method == "PUT":
            try:
                self.live.behaviour = self.live.behaviour.changed(await _json_object(request))
            except ValueError as error:
                return _unprocessable(error)
        return JSONResponse(self.live.behaviour.as_json())

    async def resources(self, request: Request) -> Response:
        """GET the written resources, newest last; DELETE removes them all."""
        if request.method == "DELETE":
            await self.stored.clear()
            return Response(status_code=204)
        return JSONResponse({"resources": [each.as_json() for each in self.stored.written()]})

    async def content(self, request: Request) -> Response:
        """GET the bytes of one attachment."""
        stored = self.stored.find(request.path_params["id"])
        if stored is None or stored.type != request.path_params["type"] or not stored.content_type:
            return JSONResponse({"error": "Attachment not found."}, 404)
        return Response(await self.stored.content(stored), media_type=stored.content_type)

    async def calls(self, request: Request) -> Response:
        """GET the most recent calls, newest last; DELETE removes them all."""
        if request.method == "DELETE":
            self.log.clear()
            return Response(status_code=204)
        return JSONResponse({"calls": [call.as_json() for call in self.log.all()]})

    async def launch(self, request: Request) -> JSONResponse:
        """POST `{facility?, patient?, provider?, ageSeconds?}` to create a launch as Evolution would.

        `patient` is a patient id of the facility, or null if no patient is open; `provider` likewise.
        """
        try:
            return JSONResponse(self._create_launch(await _json_object(request)), 201)
        except ValueError as error:
            return _unprocessable(error)

    def _create_launch(self, options: dict[str, Any]) -> dict[str, str]:
        facility = self.seed.facilities.get(options.get("facility") or next(iter(self.seed.facilities)))
        if facility is None:
            raise ValueError("Unknown facility.")
        age = options.get("ageSeconds", 0)
        if not isinstance(age, (int, float)):
            raise ValueError("ageSeconds must be a number.")  # noqa: TRY004 - invalid JSON from a caller is a ValueError
        created = self.launches.create(
            patient_id=options.get("patient"),
            facility=facility.id,
            provider_id=options.get("provider", facility.practitioners[0].id),
            created=self.now() - timedelta(seconds=age),
            time_style=self.live.behaviour.launch_time_style,
        )
        return {
            "context": created.context,
            "signature": created.signature,
            "url": created.url(self.settings.launch_url),
        }


async def _json(request: Request) -> Any:
    """Return the parsed body; ValueError if it is not JSON."""
    return await request.json()


async def _json_object(request: Request) -> dict[str, Any]:
    body = await _json(request)
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")  # noqa: TRY004 - invalid JSON from a caller is a ValueError
    return body


def _unprocessable(error: ValueError) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 422)
