"""A minimal stand-in for ALEX: it accepts every write and answers 201. A separate program."""

import asyncio
import base64
import itertools
import json
import re
import sys
import time
from typing import Any

from aiohttp import web

PATIENT, PROVIDER, FACILITY = "0" * 31 + "1", "0" * 31 + "2", "F2N060-E"
_LABEL = re.compile(rb'"description":"[^"]*?(Mole \d+)[ "]')
_NHI = {"system": "https://standards.digital.health.nz/ns/nhi-id", "value": "ZZZ0016"}
_PATIENT = {
    "resourceType": "Patient", "id": PATIENT, "identifier": [_NHI], "birthDate": "1965-08-07",
    "name": [{"family": "Testing", "given": ["Bench"]}],
}  # fmt: skip


def _token() -> str:
    roles = ["patient.documentreference.scaninbox.write", "patient.launchformincontext.read"]
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, {"roles": roles})]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + ".c2ln"


class Sink:
    """Counts what it receives, and lets a bench wait for one image by its label."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._landed: dict[str, asyncio.Event] = {}

    def app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/token", self._give_token)
        app.router.add_get("/launch/{context}/{signature}", self._launch)
        app.router.add_get("/FHIR/Patient/{id}", self._patient)
        app.router.add_get("/FHIR/{type}", self._search)
        app.router.add_post("/FHIR/DocumentReference", self._take)
        app.router.add_get("/landed/{label}", self._wait)
        return app

    async def _give_token(self, _: web.Request) -> web.Response:
        return web.json_response({"token_type": "Bearer", "expires_in": 3599, "access_token": _token()})

    async def _launch(self, _: web.Request) -> web.Response:
        who = {"patientId": PATIENT, "facilityCode": FACILITY, "providerId": PROVIDER}
        return web.json_response({**who, "createdTime": int(time.time() * 1000)})

    async def _patient(self, _: web.Request) -> web.Response:
        return web.json_response(_PATIENT)

    async def _search(self, request: web.Request) -> web.Response:
        found: list[dict[str, Any]] = [_PATIENT] if request.match_info["type"] == "Patient" else []
        entry = [{"resource": resource} for resource in found]
        return web.json_response({"resourceType": "Bundle", "type": "searchset", "entry": entry})

    async def _take(self, request: web.Request) -> web.Response:
        head = b""
        async for chunk in request.content.iter_any():
            if len(head) < 4096:
                head += chunk
        number = next(self._numbers)
        said = _LABEL.search(head)
        if said:
            self._event(said[1].decode()).set()
        location = f"{request.url.origin()}/FHIR/DocumentReference/{number}/_history/1"
        body = {"resourceType": "DocumentReference", "id": str(number)}
        return web.json_response(body, status=201, headers={"Location": location})

    async def _wait(self, request: web.Request) -> web.Response:
        await self._event(request.match_info["label"]).wait()
        return web.Response()

    def _event(self, label: str) -> asyncio.Event:
        return self._landed.setdefault(label, asyncio.Event())


async def serve() -> None:
    """Listen on a free loopback port, print it, and serve until killed."""
    runner = web.AppRunner(Sink().app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
