"""`/practice`, its figures as JSON and CSV, and ending sessions and phones."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from clinicpro_images.practice.access import PracticeAccess, Viewer
from clinicpro_images.practice.page import HEADERS, practice_page
from clinicpro_images.practice.schemas import (
    PracticeSummary,
    days_csv,
    filed_csv,
    summary_of,
    unfiled_csv,
)
from clinicpro_images.practice.service import PracticeService
from clinicpro_images.sign_in.dependencies import redirect_to

Export = Literal["days", "filed", "unfiled"]


class CsvResponse(Response):
    """Figures as CSV (RFC 4180), in UTF-8."""

    media_type = "text/csv"


_FORMATS = {"days": days_csv, "filed": filed_csv, "unfiled": unfiled_csv}


def practice_routes(*, access: PracticeAccess, service: PracticeService) -> APIRouter:
    """Return the routes; `access` says who may use them, and for which practice."""
    router = APIRouter(tags=["practice"])
    router.include_router(_page_routes(access, service))
    router.include_router(_figure_routes(access, service))
    return router


def _page_routes(access: PracticeAccess, service: PracticeService) -> APIRouter:
    router = APIRouter()
    Caller = Annotated[Viewer, Depends(access)]  # noqa: N806 - a type, made here because of `access`

    @router.get("/practice", response_class=HTMLResponse, summary="Show the practice's page")
    async def page(viewer: Annotated[Viewer | None, Depends(access.page)]) -> Response:
        if viewer is None:
            return redirect_to("/sign-in/practice")
        figures = await service.figures(viewer.facility_id)
        return HTMLResponse(practice_page(figures, viewer), headers=HEADERS)

    # The page's buttons, which work without script.
    @router.post("/practice/sessions/{session_id}/end", status_code=303, include_in_schema=False)
    async def end_session(request: Request, viewer: Caller, session_id: str) -> Response:
        await service.end_session(session_id, viewer.facility_id, account=viewer.account)
        return redirect_to(_back(request))

    @router.post("/practice/sessions/{session_id}/end-phone", status_code=303, include_in_schema=False)
    async def end_phone(request: Request, viewer: Caller, session_id: str) -> Response:
        await service.end_phone(session_id, viewer.facility_id, account=viewer.account)
        return redirect_to(_back(request))

    return router


def _figure_routes(access: PracticeAccess, service: PracticeService) -> APIRouter:
    router = APIRouter(prefix="/api/practice")
    Caller = Annotated[Viewer, Depends(access)]  # noqa: N806 - as above

    @router.get("/summary", summary="Get the practice's figures")
    async def summary(viewer: Caller) -> PracticeSummary:
        return summary_of(await service.figures(viewer.facility_id))

    @router.get("/{name}.csv", response_class=CsvResponse, summary="Export figures as CSV")
    async def export(viewer: Caller, name: Export) -> Response:
        figures = await service.figures(viewer.facility_id)
        await service.record(
            "practice.exported", viewer.facility_id, account=viewer.account, about={"what": name}
        )
        headers = {"content-disposition": f'attachment; filename="clinicpro-{name}.csv"'}
        # Without the mark, a spreadsheet takes it for another encoding, and garbles macrons.
        return CsvResponse("\ufeff" + _FORMATS[name](figures), headers=headers)

    @router.delete("/sessions/{session_id}", status_code=204, summary="End a session and its phone")
    async def end_session(viewer: Caller, session_id: str) -> None:
        await service.end_session(session_id, viewer.facility_id, account=viewer.account)

    @router.delete("/sessions/{session_id}/phone", status_code=204, summary="Disconnect a session's phone")
    async def end_phone(viewer: Caller, session_id: str) -> None:
        await service.end_phone(session_id, viewer.facility_id, account=viewer.account)

    return router


def _back(request: Request) -> str:
    """Return the page's path, for the practice that it showed."""
    facility = request.query_params.get("facility", "")
    return f"/practice?{urlencode({'facility': facility})}" if facility else "/practice"
