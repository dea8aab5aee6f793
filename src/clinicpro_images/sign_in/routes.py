"""`/sign-in`, the provider's response, and signing out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from clinicpro_images.errors import AccessError
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.routes import EndSession
from clinicpro_images.sign_in.account_limit import AccountLimit
from clinicpro_images.sign_in.day_routes import EndSessions, day_routes
from clinicpro_images.sign_in.dependencies import SignInCookies, SignInDependencies, SignInParts, redirect_to
from clinicpro_images.sign_in.pages import HEADERS, ended_page
from clinicpro_images.sign_in.patient_routes import PATIENT, patient_routes
from clinicpro_images.sign_in.state_tokens import Destination, SignedIn
from clinicpro_images.web.access import PUBLIC
from clinicpro_images.web.head_requests import is_head
from clinicpro_images.web.rate_limit import RateLimit

PRACTICE = "/practice"
_PATHS: dict[Destination, str] = {"patient": PATIENT, "practice": PRACTICE}


def sign_in_routes(  # noqa: C901 - one function for each route
    *,
    parts: SignInParts | None,
    access: SessionAccess,
    end_session: EndSession,
    end_sessions: EndSessions,
    cookies: SignInCookies,
    sign_in_limit: RateLimit,
    search_limit: RateLimit,
    account_limit: AccountLimit,
) -> APIRouter:
    """Return the routes; without `parts` each responds with SignInClosed."""
    dependencies = SignInDependencies(parts, cookies)
    router = APIRouter(tags=["sign-in"])
    router.include_router(patient_routes(dependencies, access, search_limit, account_limit))
    router.include_router(day_routes(dependencies, access, search_limit, account_limit, end_sessions))
    Parts = Annotated[SignInParts, Depends(dependencies.parts)]  # noqa: N806 - types, made here because of `dependencies`
    OptionalSignIn = Annotated[SignedIn | None, Depends(dependencies.optional)]  # noqa: N806
    limited = [PUBLIC, Depends(sign_in_limit)]

    # GET, because our content security policy doesn't let forms redirect to other sites, such as the provider's.
    @router.get(
        "/sign-in",
        status_code=303,
        response_class=RedirectResponse,
        summary="Redirect to the identity provider",
        dependencies=limited,
    )
    async def begin(request: Request, parts: Parts, signed_in: OptionalSignIn) -> Response:
        if signed_in is not None and signed_in.clinician:
            return redirect_to(PATIENT)
        return await leave(request, parts, "patient")

    @router.get(
        "/sign-in/practice",
        status_code=303,
        response_class=RedirectResponse,
        summary="Redirect to the identity provider, and then to the practice's page",
        dependencies=limited,
    )
    async def begin_practice(request: Request, parts: Parts, signed_in: OptionalSignIn) -> Response:
        if signed_in is not None and signed_in.practice:
            return redirect_to(PRACTICE)
        return await leave(request, parts, "practice")

    async def leave(request: Request, parts: SignInParts, to: Destination) -> Response:
        # `?afresh` is in the links that offer another account: asked nothing, the provider would name the same one again.
        afresh = cookies.signed_out.read(request) is not None or "afresh" in request.query_params
        address, attempt = await parts.sign_in_flow.begin(to, afresh=afresh)
        response = redirect_to(address)
        response.headers.append("set-cookie", cookies.attempt.set(attempt))
        return response

    @router.get(
        "/sign-in/return",
        status_code=303,
        response_class=RedirectResponse,
        summary="Handle the identity provider's response",
        dependencies=limited,
    )
    async def finish(request: Request, parts: Parts) -> Response:
        if is_head(request):  # a code is for one use, and this isn't it
            return Response()
        attempt = cookies.attempt.read(request)
        token, to = await parts.sign_in_flow.finish(dict(request.query_params), attempt)
        response = redirect_to(_PATHS[to])
        response.headers.append("set-cookie", cookies.attempt.clear())
        response.headers.append("set-cookie", cookies.signed_in.set(token))
        if cookies.signed_out.read(request) is not None:
            response.headers.append("set-cookie", cookies.signed_out.clear())
        return response

    @router.post("/sign-in/end", response_class=HTMLResponse, summary="Sign out", dependencies=[PUBLIC])
    async def end(request: Request, parts: Parts, signed_in: OptionalSignIn) -> Response:
        if signed_in is not None:
            await parts.sign_in_flow.end(signed_in)
        response = HTMLResponse(ended_page(await parts.sign_in_flow.end_session_url()), headers=HEADERS)
        response.headers.append("set-cookie", cookies.signed_in.clear())
        response.headers.append("set-cookie", cookies.signed_out.set("1"))
        try:
            session = await access.passive(request)
        except AccessError:
            return response
        # Also end the session, so that no patient stays open on a shared desktop.
        await end_session(session, access.clock())
        response.headers.append("set-cookie", access.cookie.clear())
        return response

    return router
