"""`/sign-in`, the provider's answer, and the end."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from clinicpro_images.errors import AccessError
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.routes import EndSession
from clinicpro_images.sign_in.dependencies import SignInCookies, SignInDependencies, SignInParts, lead_to
from clinicpro_images.sign_in.pages import HEADERS, ended_page
from clinicpro_images.sign_in.patient_routes import PATIENT, patient_routes
from clinicpro_images.sign_in.state_tokens import ATTEMPT_SECONDS, SIGNED_IN_SECONDS, SignedIn


def sign_in_routes(
    *, parts: SignInParts | None, access: SessionAccess, end_session: EndSession, cookies: SignInCookies
) -> APIRouter:
    """Return the routes; without `parts` each says that there is no sign-in here."""
    door = SignInDependencies(parts, cookies)
    router = APIRouter(tags=["sign-in"])
    router.include_router(patient_routes(door, access))
    Parts = Annotated[SignInParts, Depends(door.parts)]  # noqa: N806 - types, made here because of `door`
    Anybody = Annotated[SignedIn | None, Depends(door.anybody)]  # noqa: N806

    # A GET: the policy of our pages lets no form lead to another site, and this leads to the provider's.
    @router.get("/sign-in", status_code=303, response_class=RedirectResponse, summary="To the provider")
    async def begin(parts: Parts, signed_in: Anybody) -> Response:
        if signed_in is not None:
            return lead_to(PATIENT)
        address, attempt = await parts.sign_in_flow.begin()
        response = lead_to(address)
        cookies.put(response, cookies.attempt, attempt, ATTEMPT_SECONDS)
        return response

    @router.get("/sign-in/return", status_code=303, response_class=RedirectResponse, summary="Its answer")
    async def finish(request: Request, parts: Parts) -> Response:
        kept = request.cookies.get(cookies.attempt)
        note = await parts.sign_in_flow.finish(dict(request.query_params), kept)
        response = lead_to(PATIENT)
        cookies.put(response, cookies.attempt, "", 0)
        cookies.put(response, cookies.signed_in, note, SIGNED_IN_SECONDS)
        return response

    @router.post("/sign-in/end", response_class=HTMLResponse, summary="Sign out")
    async def end(request: Request, parts: Parts, signed_in: Anybody) -> Response:
        if signed_in is not None:
            await parts.sign_in_flow.end(signed_in)
        response = HTMLResponse(ended_page(), headers=HEADERS)
        cookies.put(response, cookies.signed_in, "", 0)
        try:
            session = await access.listener(request)
        except AccessError:
            return response
        # Whoever leaves a shared desktop leaves no patient open on it.
        await end_session(session, access.clock())
        response.headers.append("set-cookie", access.cookie.clear())
        return response

    return router
