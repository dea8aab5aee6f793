"""The pages at `/evolution`. Everything chosen travels in forms, so that no URL holds an NHI or a patient id."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from alex_sandbox.clock import AUCKLAND
from alex_sandbox.evolution.chart import FOLDERS, Place, folder_items, patient_line
from alex_sandbox.evolution.pictures import LARGE_EDGE, THUMBNAIL_EDGE, Pictures
from alex_sandbox.forms import form_of
from alex_sandbox.launch import LaunchContexts
from alex_sandbox.records import Records
from alex_sandbox.seed import Seed
from alex_sandbox.settings import Behaviour, Settings

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
class Pages:
    """The desktop, its pictures, and the launch behind the icon."""

    settings: Settings
    seed: Seed
    records: Records
    pictures: Pictures
    launches: LaunchContexts
    behaviour: Callable[[], Behaviour]
    now: Callable[[], datetime]
    templates: Environment = field(default_factory=_environment)

    def routes(self) -> list[Route | Mount]:
        """Under `/evolution`."""
        return [
            Route("/evolution", self.desktop, methods=["GET", "POST"]),
            Route("/evolution/launch", self.launch, methods=["POST"]),
            Route("/evolution/pulse", self.pulse),
            Route("/evolution/pictures/{id}", self.picture),
            Mount("/evolution/static", StaticFiles(directory=_STATIC)),
        ]

    async def desktop(self, request: Request) -> HTMLResponse:
        """Show the whole window, at the place its form says."""
        place = Place.chosen(self.seed, await form_of(request) if request.method == "POST" else {})
        today = self.now().astimezone(AUCKLAND).date()
        page = await self.templates.get_template("desktop.html").render_async(
            place=place,
            facilities=self.seed.facilities.values(),
            patients=[patient_line(each, today) for each in place.facility.patients],
            open=patient_line(place.patient, today) if place.patient else None,
            folders={name: folder_items(self.records.all(), place, name) for name in FOLDERS},
            version=self.records.version,
        )
        return HTMLResponse(page, headers=_HEADERS)

    async def launch(self, request: Request) -> RedirectResponse:
        """Press the icon: a launch is minted now, for what the window shows."""
        place = Place.chosen(self.seed, await form_of(request))
        minted = self.launches.mint(
            patient_id=place.patient.id if place.patient else None,
            facility=place.facility.id,
            provider_id=place.provider.id,
            created=self.now(),
            style=self.behaviour().launch_time_style,
        )
        return RedirectResponse(minted.url(self.settings.launch_url), 303, _HEADERS)

    async def pulse(self, _request: Request) -> JSONResponse:
        """Tell a window whether it is up to date."""
        return JSONResponse({"version": self.records.version}, headers=_HEADERS)

    async def picture(self, request: Request) -> Response:
        """Show one filed picture or document; the id is Medtech's own and says nothing about anyone."""
        record = self.records.find(request.path_params["id"])
        if record is None or not record.content_type:
            return Response("There is no such picture.", 404, media_type="text/plain")
        headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
        thumbnail = request.query_params.get("size") == "thumb"
        if record.content_type == "application/pdf":
            if thumbnail:
                return FileResponse(_STATIC / "document.svg", headers=headers)
            return Response(await self.records.content(record), 200, headers, "application/pdf")
        try:
            rendered = await self.pictures.rendering(record, THUMBNAIL_EDGE if thumbnail else LARGE_EDGE)
        except ValueError:
            return FileResponse(_STATIC / "no-preview.svg", headers=headers)
        return Response(rendered, 200, headers, "image/jpeg")
