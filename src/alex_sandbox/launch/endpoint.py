"""`GET …/vendorforms/api/getlaunchcontextstring/{context}/{signature}`, under the host root and under `/FHIR`."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from alex_sandbox import errors
from alex_sandbox.behaviour import Behaviour
from alex_sandbox.launch.contexts import ForgedLaunch, LaunchContexts, context_and_signature
from alex_sandbox.oauth.access import AccessControl

_PATH = "/vendorforms/api/getlaunchcontextstring/{rest:path}"


@dataclass(frozen=True)
class LaunchEndpoint:
    """Decodes launch contexts for vendors."""

    access: AccessControl
    launches: LaunchContexts
    behaviour: Callable[[], Behaviour]

    def routes(self) -> list[Route]:
        """Return both routes; the setting `launchBase` can disable one of them."""
        return [Route(f"/FHIR{_PATH}", self.decode), Route(_PATH, self.decode)]

    async def decode(self, request: Request) -> JSONResponse:
        """Return `{patientId, facilityCode, providerId, createdTime}`; `patientId` is null if no patient is open."""
        base = "fhir" if request.url.path.startswith("/FHIR/") else "host"
        if self.behaviour().launch_base not in {"both", base}:
            raise errors.not_exposed("Launch decoding is under the other base URL (setting: launchBase).")
        self.access.check_launch(request)
        sent = context_and_signature(request.scope["raw_path"])
        if sent is None:
            raise errors.invalid("The path must end in {context}/{signature}, both percent-encoded.")
        try:
            return JSONResponse(self.launches.decode(*sent))
        except ForgedLaunch as forged:
            if self.behaviour().forged_launch_status == 403:  # noqa: PLR2004 - either status may be the real one
                raise errors.authorization_failed(str(forged)) from forged
            raise errors.invalid(str(forged)) from forged
