"""`/launch` and `/api/session`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from clinicpro_images.db.database import Database
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.launch import Launches
from clinicpro_images.sessions.schemas import (
    LaunchedSchema,
    LaunchRequest,
    SessionSchema,
    TabTicketSchema,
    session_schema,
)
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore, UnfiledSession
from clinicpro_images.sessions.tab_transfer import FRAME_TICKET_SECONDS, TabTransfers
from clinicpro_images.web.access import PUBLIC
from clinicpro_images.web.forms import read_form
from clinicpro_images.web.head_requests import is_head
from clinicpro_images.web.pages import widget_page
from clinicpro_images.web.rate_limit import RateLimit

AHEAD_PER_MINUTE: Final = 30.0
"""How many launches of one network Medtech is asked about before their page says so: each is a call, which anyone can cause."""

EndSession = Callable[[Session, float], Awaitable[None]]


def session_routes(
    *,
    access: SessionAccess,
    launches: Launches,
    tabs: TabTransfers,
    database: Database,
    store: SessionStore,
    end_session: EndSession,
    environment: str,
    restored_from: Callable[[], float | None],
    launch_limit: RateLimit,
    program_limit: RateLimit,
    ahead_limit: RateLimit,
    tab_limits: tuple[RateLimit, RateLimit],
) -> APIRouter:
    """Return the routes that start, show and end a session; `end_session` also disconnects its phone.

    `restored_from` returns the time of the backup that was restored on the last day. `launch_limit` is for launches
    from the page, `program_limit` for those without one, and `ahead_limit` for those that are decoded before it.
    `tab_limits` are for a session's tickets, and for what is sent as one.
    """
    router = APIRouter(tags=["session"])
    Desktop = Annotated[Session, Depends(access.desktop)]  # noqa: N806 - a type, made here because of `access`

    @router.get(
        "/launch",
        status_code=303,
        response_class=RedirectResponse,
        summary="Start from Evolution",
        dependencies=[PUBLIC, Depends(program_limit)],
    )
    async def launch(request: Request, context: str = "", signature: str = "") -> Response:
        if is_head(request):  # a context is for one use, and this isn't it
            return Response(media_type="text/html", headers={"cache-control": "no-store"})
        # A browser shows the page at once, which then starts the session by POST; anything else waits for it here.
        if is_navigation(request) and (page := widget_page()) is not None:
            _expect(launches, request, context, signature, limit=ahead_limit)
            page.headers["cache-control"] = "no-store"
            return page
        started = await launches.start(
            _unspaced(context), _unspaced(signature), correlation_id=request.state.correlation_id
        )
        response = RedirectResponse("/", status_code=303)
        response.headers.append("set-cookie", access.cookie.set(started.token))
        return response

    @router.post(
        "/launch",
        summary="Start from the page that Evolution opened",
        dependencies=[PUBLIC, Depends(launch_limit)],
    )
    async def launch_page(request: Request, response: Response, body: LaunchRequest) -> LaunchedSchema:
        browser = f"{getattr(request.state, 'client_address', '')}\n{request.headers.get('user-agent', '')}"
        started = await launches.start(
            _unspaced(body.context),
            _unspaced(body.signature),
            correlation_id=request.state.correlation_id,
            browser=browser,
        )
        response.headers.append("set-cookie", access.cookie.set(started.token))
        response.headers["cache-control"] = "no-store"
        ticket = tabs.issue(started.token, access.clock(), seconds=FRAME_TICKET_SECONDS)
        return LaunchedSchema(ticket=ticket if body.framed else None)

    @router.get("/api/session", summary="Get the session and its patient")
    async def show(session: Desktop) -> SessionSchema:
        now = access.clock()

        def read(connection: Connection) -> tuple[bool, list[UnfiledSession]]:
            return store.has_unfiled(connection, session.id), store.with_unfiled(connection, session, now)

        unfiled, others = await database.read(read)
        return session_schema(
            session,
            others,
            unfiled=unfiled,
            environment=environment,
            restored_from=restored_from(),
            now=now,
        )

    @router.post(
        "/api/session/tab",
        summary="Issue a ticket that opens this session in a tab",
        dependencies=[Depends(tab_limits[0])],
    )
    async def tab_ticket(request: Request, _session: Desktop) -> TabTicketSchema:
        token = access.cookie.read(request) or ""
        return TabTicketSchema(ticket=tabs.issue(token, access.clock()))

    @router.post(
        "/tab",
        status_code=303,
        response_class=RedirectResponse,
        summary="Open the session in a tab with a ticket",
        dependencies=[PUBLIC, Depends(tab_limits[1])],
    )
    async def open_tab(request: Request) -> Response:
        form = await read_form(request)
        token = await tabs.redeem(form.get("ticket", ""), access.clock())
        response = RedirectResponse("/", status_code=303)
        response.headers.append("set-cookie", access.cookie.set(token))
        return response

    @router.delete("/api/session", status_code=204, summary="End the session")
    async def end(session: Desktop) -> Response:
        await end_session(session, access.clock())
        response = Response(status_code=204)
        response.headers.append("set-cookie", access.cookie.clear())
        return response

    return router


def _expect(launches: Launches, request: Request, context: str, signature: str, *, limit: RateLimit) -> None:
    """Ask Medtech already what the launch says, while the page that will start it loads."""
    if limit.has_room(request):
        launches.expect(_unspaced(context), _unspaced(signature), correlation_id=request.state.correlation_id)


def is_navigation(request: Request) -> bool:
    """Whether a browser opens this address for a person."""
    return request.headers.get("sec-fetch-mode") == "navigate"


def _unspaced(parameter: str) -> str:
    """A base64 "+" that was not percent-encoded arrives as a space."""
    return parameter.replace(" ", "+")
