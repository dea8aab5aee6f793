"""A clinician's day on a phone of their own: today's appointments, keeping the sign-in, and ending it everywhere."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sign_in.account_limit import AccountLimit
from clinicpro_images.sign_in.dependencies import (
    SignInDependencies,
    SignInParts,
    is_phone,
    redirect_to,
    remember,
)
from clinicpro_images.sign_in.errors import PatientSearchError, SignInNotKept
from clinicpro_images.sign_in.pages import HEADERS, ended_page, search_page, today_page
from clinicpro_images.sign_in.state_tokens import SignedIn
from clinicpro_images.web.forms import read_form
from clinicpro_images.web.problems import note_problem
from clinicpro_images.web.rate_limit import RateLimit

EndSessions = Callable[[Sequence[tuple[str, str]], float], Awaitable[int]]
"""Ends the open sessions of providers, given as facility and provider ids, and returns how many."""


def day_routes(
    dependencies: SignInDependencies,
    access: SessionAccess,
    search_limit: RateLimit,
    account_limit: AccountLimit,
    end_sessions: EndSessions,
) -> APIRouter:
    """Return the routes for a clinician who is signed in."""
    router = APIRouter()
    cookies = dependencies.cookies
    Parts = Annotated[SignInParts, Depends(dependencies.parts)]  # noqa: N806 - types, made here because of `dependencies`
    RequiredSignIn = Annotated[SignedIn, Depends(dependencies.required)]  # noqa: N806

    @router.post(
        "/sign-in/today",
        response_class=HTMLResponse,
        summary="List the provider's appointments of today, by initials",
        dependencies=[Depends(search_limit)],
    )
    async def today(request: Request, parts: Parts, signed_in: RequiredSignIn) -> Response:
        account_limit.count(signed_in.account)
        form, correlation_id = await read_form(request), request.state.correlation_id
        context = await parts.search.context(signed_in, correlation_id=correlation_id)
        try:
            listed, are_all, signed_in = await parts.search.today(
                signed_in, context, provider_id=form.get("provider", ""), correlation_id=correlation_id
            )
        except (PatientSearchError, RecordSystemError) as error:
            note_problem(request, error)
            again = search_page(context, signed_in, error=error, on_phone=is_phone(request))
            return HTMLResponse(again, status_code=error.status, headers=HEADERS)
        provider = context.provider(signed_in.provider_id)
        name = provider.name or provider.id
        page = today_page(context, listed, are_all=are_all, provider=name, signed_in=signed_in)
        return remember(HTMLResponse(page, headers=HEADERS), parts, cookies, signed_in)

    @router.post(
        "/sign-in/keep",
        status_code=303,
        response_class=RedirectResponse,
        summary="Keep the sign-in until midnight, on a phone of the clinician's own",
    )
    async def keep(request: Request, parts: Parts, signed_in: RequiredSignIn) -> Response:
        if not parts.may_keep or not is_phone(request):
            raise SignInNotKept
        kept = await parts.sign_in_flow.keep(signed_in)
        return remember(redirect_to("/sign-in/patient"), parts, cookies, kept)

    @router.post(
        "/sign-in/end-everywhere",
        response_class=HTMLResponse,
        summary="Sign out in every browser, and end all of the clinician's sessions and phones",
    )
    async def end_everywhere(request: Request, parts: Parts, signed_in: RequiredSignIn) -> Response:
        await parts.sign_in_flow.end_everywhere(signed_in)
        correlation_id = request.state.correlation_id
        providers = await parts.search.providers_of(signed_in, correlation_id=correlation_id)
        ended = await end_sessions(providers, access.clock())
        response = HTMLResponse(
            ended_page(await parts.sign_in_flow.end_session_url(), everywhere=ended), headers=HEADERS
        )
        response.headers.append("set-cookie", cookies.signed_in.clear())
        response.headers.append("set-cookie", cookies.signed_out.set("1"))
        response.headers.append("set-cookie", access.cookie.clear())
        return response

    return router
