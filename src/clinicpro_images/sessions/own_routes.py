"""`/sessions` and `/api/sessions`: a provider sees their own open sessions, and ends them."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from clinicpro_images.practice_time import local
from clinicpro_images.schemas import Schema, iso
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.own import OwnSession, OwnSessions
from clinicpro_images.sessions.routes import EndSession
from clinicpro_images.sessions.session import Session, initials
from clinicpro_images.web.plain_page import PLAIN_HEADERS, plain_page


class OwnSessionSchema(Schema):
    """One of the provider's open sessions; of its patient no more than anyone in the room may read."""

    id: str
    colour_name: str
    word: str
    initials: str
    nhi: str
    started_at: str
    active_at: str
    expires_at: str
    unfiled: bool
    phone: bool
    current: bool


class OwnSessionsSchema(Schema):
    """The response of `GET /api/sessions`, the newest first."""

    sessions: list[OwnSessionSchema]


def own_session_routes(*, access: SessionAccess, sessions: OwnSessions, end_session: EndSession) -> APIRouter:
    """Return the routes; `end_session` also disconnects a session's phone."""
    router = APIRouter(tags=["session"])
    Desktop = Annotated[Session, Depends(access.desktop)]  # noqa: N806 - a type, made here because of `access`

    async def end_one(session: Session, session_id: str) -> bool:
        ending = await sessions.find(session, session_id)
        await end_session(ending, access.clock())
        return ending.id == session.id

    @router.get("/api/sessions", summary="List this provider's open sessions")
    async def show(session: Desktop) -> OwnSessionsSchema:
        return OwnSessionsSchema(sessions=[_schema(each) for each in await sessions.open_ones(session)])

    @router.delete(
        "/api/sessions/{session_id}", status_code=204, summary="End one of this provider's sessions"
    )
    async def end(session: Desktop, session_id: str) -> Response:
        response = Response(status_code=204)
        if await end_one(session, session_id):
            response.headers.append("set-cookie", access.cookie.clear())
        return response

    @router.get("/sessions", response_class=HTMLResponse, summary="Show this provider's open sessions")
    async def page(session: Desktop) -> Response:
        return HTMLResponse(_page(await sessions.open_ones(session)), headers=PLAIN_HEADERS)

    # The page's buttons, which work without script.
    @router.post("/sessions/{session_id}/end", status_code=303, include_in_schema=False)
    async def end_from_page(session: Desktop, session_id: str) -> Response:
        was_this_one = await end_one(session, session_id)
        response = RedirectResponse("/" if was_this_one else "/sessions", status_code=303)
        if was_this_one:
            response.headers.append("set-cookie", access.cookie.clear())
        return response

    return router


def _schema(each: OwnSession) -> OwnSessionSchema:
    return OwnSessionSchema(
        id=each.session.id,
        colour_name=each.session.visual_id.colour_name,
        word=each.session.visual_id.word,
        initials=initials(each.session.patient.name),
        nhi=each.session.patient.nhi,
        started_at=iso(each.session.started_at),
        active_at=iso(each.session.active_at),
        expires_at=iso(each.expires_at),
        unfiled=each.unfiled,
        phone=each.phone,
        current=each.current,
    )


def _page(sessions: list[OwnSession]) -> str:
    rows = "".join(f"<li>{_row(each)}</li>" for each in sessions)
    return plain_page(
        "Your open sessions",
        f"""<p>Each is one launch from Evolution, with the phone that scanned its code. Ending one closes its page and
disconnects its phone; photos that aren't filed stay with their patient for 24 hours.</p>
<ul class="list">{rows}</ul>
<p><a class="go" href="/">Back to the photos</a></p>""",
    )


def _row(each: OwnSession) -> str:
    session = each.session
    started = local(session.started_at)
    facts = [
        f"{initials(session.patient.name)} · {session.patient.nhi}",
        f"since {started:%H:%M}",
        *(["photos not filed"] if each.unfiled else []),
        *(["a phone is connected"] if each.phone else []),
        *(["this page"] if each.current else []),
    ]
    return f"""<form method="post" action="/sessions/{escape(session.id)}/end">
<p><b>{escape(session.visual_id.colour_name)} {escape(session.visual_id.word)}</b><br>
<bdi>{escape(", ".join(facts))}</bdi></p>
<button class="again">End this session</button></form>"""
