"""`/sign-in`, the provider's response, and signing out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from clinicpro_images.errors import AccessError
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.routes import EndSession
from clinicpro_images.sign_in.dependencies import SignInCookies, SignInDependencies, SignInParts, lead_to
from clinicpro_images.sign_in.pages import HEADERS, ended_page
from clinicpro_images.sign_in.patient_routes import PATIENT, patient_routes
from clinicpro_images.sign_in.state_tokens import SignedIn
from clinicpro_images.web.access import PUBLIC
from clinicpro_images.web.rate_limit import RateLimit


def sign_in_routes(
    *,
    parts: SignInParts | None,
    access: SessionAccess,
    end_session: EndSession,
    cookies: SignInCookies,
    sign_in_limit: RateLimit,
    search_limit: RateLimit,
) -> APIRouter:
    """Return the routes; without `parts` each responds with SignInClosed."""
    door = SignInDependencies(parts, cookies)
    router = APIRouter(tags=["sign-in"])
    router.include_router(patient_routes(door, access, search_limit))
    Parts = Annotated[SignInParts, Depends(door.parts)]  # noqa: N806 - types, made here because of `door`
    Anybody = Annotated[SignedIn | None, Depends(door.anybody)]  # noqa: N806
    limited = [PUBLIC, Depends(sign_in_limit)]

    # GET, because our content security policy lets no form lead to another site, such as the provider's.
    @router.get(
        "/sign-in",
        status_code=303,
        response_class=RedirectResponse,
        summary="Go to the provider",
        dependencies=limited,
    )
    async def begin(parts: Parts, signed_in: Anybody) -> Response:
        if signed_in is not None:
            return lead_to(PATIENT)
        address, attempt = await parts.sign_in_flow.begin()
        response = lead_to(address)
        response.headers.append("set-cookie", cookies.attempt.set(attempt))
        return response

    @router.get(
        "/sign-in/return",
        status_code=303,
        response_class=RedirectResponse,
        summary="Come back from the provider",
        dependencies=limited,
    )
    async def finish(request: Request, parts: Parts) -> Response:
        kept = cookies.attempt.read(request)
        note = await parts.sign_in_flow.finish(dict(request.query_params), kept)
        response = lead_to(PATIENT)
        response.headers.append("set-cookie", cookies.attempt.clear())
        response.headers.append("set-cookie", cookies.signed_in.set(note))
        return response

    @router.post("/sign-in/end", response_class=HTMLResponse, summary="Sign out", dependencies=[PUBLIC])
    async def end(request: Request, parts: Parts, signed_in: Anybody) -> Response:
        if signed_in is not None:
            await parts.sign_in_flow.end(signed_in)
        response = HTMLResponse(ended_page(), headers=HEADERS)
        response.headers.append("set-cookie", cookies.signed_in.clear())
        try:
            session = await access.listener(request)
        except AccessError:
            return response
        # No patient stays open on a shared desktop after signing out.
        await end_session(session, access.clock())
        response.headers.append("set-cookie", access.cookie.clear())
        return response

    return router
