"""`GET …/vendorforms/api/getlaunchcontextstring/{context}/{signature}`, under both bases it may hang under."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from alex_sandbox import errors
from alex_sandbox.access import Gate
from alex_sandbox.launch import ForgedLaunch, LaunchContexts, context_and_signature
from alex_sandbox.settings import Behaviour

_PATH = "/vendorforms/api/getlaunchcontextstring/{rest:path}"


@dataclass(frozen=True)
class LaunchEndpoint:
    """Decodes what `/evolution` has minted."""

    gate: Gate
    launches: LaunchContexts
    behaviour: Callable[[], Behaviour]

    def routes(self) -> list[Route]:
        """Both bases; a setting closes one of them."""
        return [Route(f"/FHIR{_PATH}", self.decode), Route(_PATH, self.decode)]

    async def decode(self, request: Request) -> JSONResponse:
        """`{patientId, facilityCode, providerId, createdTime}`; `patientId` is null when no patient is open."""
        base = "fhir" if request.url.path.startswith("/FHIR/") else "host"
        if self.behaviour().launch_base not in {"both", base}:
            raise errors.not_exposed("Launch decoding hangs under the other base (setting: launchBase).")
        self.gate.admit_launch(request)
        sent = context_and_signature(request.scope["raw_path"])
        if sent is None:
            raise errors.invalid("The path ends in {context}/{signature}, both percent-encoded.")
        try:
            return JSONResponse(self.launches.decode(*sent))
        except ForgedLaunch as forged:
            if self.behaviour().forged_launch_status == 403:  # noqa: PLR2004 - the other published possibility
                raise errors.authorization_failed(str(forged)) from forged
            raise errors.invalid(str(forged)) from forged
