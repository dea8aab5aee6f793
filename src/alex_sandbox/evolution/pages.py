"""The pages at `/evolution`. Selections travel in forms, so that no URL contains an NHI or a patient id."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from alex_sandbox.behaviour import Behaviour
from alex_sandbox.clock import AUCKLAND
from alex_sandbox.daybook import daybook, visit_of
from alex_sandbox.evolution.chart import FOLDERS, WindowState, folder_items, patient_summary
from alex_sandbox.evolution.previews import LARGE_EDGE, THUMBNAIL_EDGE, PreviewRenderer
from alex_sandbox.forms import read_form
from alex_sandbox.launch.contexts import LaunchContexts
from alex_sandbox.seed import Seed
from alex_sandbox.settings import SandboxSettings
from alex_sandbox.storage.stored_resources import StoredResources

_STATIC = Path(__file__).with_name("static")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-src http: https:; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("alex_sandbox.evolution"),
        autoescape=True,
        enable_async=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True)
class EvolutionPages:
    """The desktop window, previews of filed photos and PDFs, and the launch behind the icon."""

    settings: SandboxSettings
    seed: Seed
    stored: StoredResources
    previews: PreviewRenderer
    launches: LaunchContexts
    behaviour: Callable[[], Behaviour]
    now: Callable[[], datetime]
    templates: Environment = field(default_factory=_environment)

    def routes(self) -> list[Route | Mount]:
        """Return the routes under `/evolution`."""
        return [
            Route("/evolution", self.desktop, methods=["GET", "POST"]),
            Route("/evolution/launch", self.launch, methods=["POST"]),
            Route("/evolution/pulse", self.pulse),
            Route("/evolution/pictures/{id}", self.attachment),
            Mount("/evolution/static", StaticFiles(directory=_STATIC)),
        ]

    async def desktop(self, request: Request) -> HTMLResponse:
        """Return the whole window with what its form has selected."""
        form = await read_form(request) if request.method == "POST" else {}
        state = WindowState.from_form(self.seed, form)
        today = self.now().astimezone(AUCKLAND).date()
        page = await self.templates.get_template("desktop.html").render_async(
            state=state,
            facilities=self.seed.facilities.values(),
            patients=[patient_summary(each, today) for each in state.facility.patients],
            open=patient_summary(state.patient, today) if state.patient else None,
            folders={name: folder_items(self.stored.all(), state, name) for name in FOLDERS},
            visit=visit_of(state.facility, state.patient) if state.patient else None,
            appointments=daybook(state.facility),
            today=f"{today.day} {today:%B %Y}",
            version=self.stored.version,
        )
        return HTMLResponse(page, headers=_HEADERS)

    async def launch(self, request: Request) -> RedirectResponse:
        """Open ClinicPro Images: create a launch for what the window shows and redirect to it."""
        state = WindowState.from_form(self.seed, await read_form(request))
        created = self.launches.create(
            patient_id=state.patient.id if state.patient else None,
            facility=state.facility.id,
            provider_id=state.provider.id,
            created=self.now(),
            time_style=self.behaviour().launch_time_style,
        )
        return RedirectResponse(created.url(self.settings.launch_url), 303, _HEADERS)

    async def pulse(self, _request: Request) -> JSONResponse:
        """Return the version of the stored resources, which windows poll for changes."""
        return JSONResponse({"version": self.stored.version}, headers=_HEADERS)

    async def attachment(self, request: Request) -> Response:
        """Return one filed photo or PDF; its id is ALEX's own and identifies no one."""
        stored = self.stored.find(request.path_params["id"])
        if stored is None or not stored.content_type:
            return Response("Photo or PDF not found.", 404, media_type="text/plain")
        headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
        thumbnail = request.query_params.get("size") == "thumb"
        if stored.content_type == "application/pdf":
            if thumbnail:
                return FileResponse(_STATIC / "document.svg", headers=headers)
            return Response(await self.stored.content(stored), 200, headers, "application/pdf")
        try:
            preview = await self.previews.preview(stored, THUMBNAIL_EDGE if thumbnail else LARGE_EDGE)
        except ValueError:
            return FileResponse(_STATIC / "no-preview.svg", headers=headers)
        return Response(preview, 200, headers, "image/jpeg")
