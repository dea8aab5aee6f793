"""`/sandbox/...`: what a test or a developer asks of the sandbox itself. Not part of ALEX; needs no token."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from alex_sandbox.calls import CallLog
from alex_sandbox.fault_plan import FaultPlan, parse_plan
from alex_sandbox.launch import LaunchContexts
from alex_sandbox.records import Records
from alex_sandbox.seed import Seed
from alex_sandbox.settings import Settings
from alex_sandbox.switchboard import Switchboard


@dataclass
class Control:
    """The endpoints, with what they steer."""

    settings: Settings
    switchboard: Switchboard
    seed: Seed
    records: Records
    plan: FaultPlan
    log: CallLog
    launches: LaunchContexts
    now: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """Under `/sandbox`."""
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
                return _complaint(error)
        return JSONResponse(self.plan.as_json())

    async def behaviour(self, request: Request) -> JSONResponse:
        """GET the settings, or PUT some of them."""
        if request.method == "PUT":
            try:
                self.switchboard.behaviour = self.switchboard.behaviour.changed(await _object(request))
            except ValueError as error:
                return _complaint(error)
        return JSONResponse(self.switchboard.behaviour.as_json())

    async def resources(self, request: Request) -> Response:
        """GET what was written, newest last; DELETE empties."""
        if request.method == "DELETE":
            await self.records.empty()
            return Response(status_code=204)
        return JSONResponse({"resources": [record.as_json() for record in self.records.all()]})

    async def content(self, request: Request) -> Response:
        """The bytes of one attachment."""
        record = self.records.find(request.path_params["id"])
        if record is None or record.type != request.path_params["type"] or not record.content_type:
            return JSONResponse({"error": "There is no such attachment."}, 404)
        return Response(await self.records.content(record), media_type=record.content_type)

    async def calls(self, request: Request) -> Response:
        """GET the latest calls, newest last; DELETE forgets them."""
        if request.method == "DELETE":
            self.log.empty()
            return Response(status_code=204)
        return JSONResponse({"calls": [call.as_json() for call in self.log.all()]})

    async def launch(self, request: Request) -> JSONResponse:
        """POST `{facility?, patient?, provider?, ageSeconds?}`: a launch as Evolution would make it.

        `patient` is an id of the facility, or null for "no patient open".
        """
        try:
            return JSONResponse(self._minted(await _object(request)), 201)
        except ValueError as error:
            return _complaint(error)

    def _minted(self, asked: dict[str, Any]) -> dict[str, str]:
        facility = self.seed.facilities.get(asked.get("facility") or next(iter(self.seed.facilities)))
        if facility is None:
            raise ValueError("There is no such facility.")
        age = asked.get("ageSeconds", 0)
        if not isinstance(age, (int, float)):
            raise ValueError("ageSeconds is a number.")  # noqa: TRY004 - it is the caller's JSON that is wrong, and ValueError says so
        minted = self.launches.mint(
            patient_id=asked.get("patient"),
            facility=facility.id,
            provider_id=asked.get("provider") or facility.practitioners[0].id,
            created=self.now() - timedelta(seconds=age),
            style=self.switchboard.behaviour.launch_time_style,
        )
        return {
            "context": minted.context,
            "signature": minted.signature,
            "url": minted.url(self.settings.launch_url),
        }


async def _json(request: Request) -> Any:
    """The body; ValueError if it is not JSON."""
    return await request.json()


async def _object(request: Request) -> dict[str, Any]:
    written = await _json(request)
    if not isinstance(written, dict):
        raise ValueError("The body is a JSON object.")  # noqa: TRY004 - one kind of complaint for the caller
    return written


def _complaint(error: ValueError) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 422)
