"""`/launch` and `/api/session`."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.launch import Launches
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.sessions.views import SessionView, session_view


def session_routes(
    *,
    access: SessionAccess,
    launches: Launches,
    store: SessionStore,
    end_session: Callable[[Session, float], Awaitable[None]],
    environment: str,
) -> APIRouter:
    """Return the routes that start, show and end a session; `end_session` ends what hangs on it too."""
    router = APIRouter(tags=["session"])
    Desktop = Annotated[Session, Depends(access.desktop)]  # noqa: N806 - a type, made here because of `access`

    @router.get("/launch", status_code=303, response_class=RedirectResponse, summary="Start from Evolution")
    async def launch(request: Request, context: str = "", signature: str = "") -> Response:
        # Base64 whose "+" came unencoded arrives with spaces, which base64 never has.
        started = await launches.start(
            context.replace(" ", "+"),
            signature.replace(" ", "+"),
            correlation_id=request.state.correlation_id,
        )
        response = RedirectResponse("/", status_code=303)
        response.headers.append("set-cookie", access.cookie.set(started.token))
        return response

    @router.get("/api/session", summary="Whose pictures these are")
    async def show(session: Desktop) -> SessionView:
        unfiled, now = await store.holds_unfiled(session), access.clock()
        leftovers = await store.leftovers(session, now)
        return session_view(session, leftovers, unfiled=unfiled, environment=environment, now=now)

    @router.delete("/api/session", status_code=204, summary="End the session")
    async def end(session: Desktop) -> Response:
        await end_session(session, access.clock())
        response = Response(status_code=204)
        response.headers.append("set-cookie", access.cookie.clear())
        return response

    return router
