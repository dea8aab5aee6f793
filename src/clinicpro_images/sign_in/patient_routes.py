"""Find a patient by NHI, confirm, and start a session. The NHI is sent in a form's body, never in a URL."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from clinicpro_images.practice_time import today
from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.errors import LaunchError
from clinicpro_images.sessions.routes import is_navigation
from clinicpro_images.sign_in.account_limit import AccountLimit
from clinicpro_images.sign_in.dependencies import (
    SignInDependencies,
    SignInParts,
    is_phone,
    redirect_to,
    remember,
)
from clinicpro_images.sign_in.errors import BirthDateUnreadable, PatientSearchError
from clinicpro_images.sign_in.pages import HEADERS, confirm_page, search_page
from clinicpro_images.sign_in.state_tokens import TYPED_SECONDS, SignedIn, Typed
from clinicpro_images.sign_in.wording import read_date
from clinicpro_images.web.access import PUBLIC
from clinicpro_images.web.forms import read_form
from clinicpro_images.web.problems import note_problem
from clinicpro_images.web.rate_limit import RateLimit

PATIENT = "/sign-in/patient"
FOUND = "/sign-in/found"


def patient_routes(  # noqa: C901 - one function for each route
    dependencies: SignInDependencies,
    access: SessionAccess,
    search_limit: RateLimit,
    account_limit: AccountLimit,
) -> APIRouter:
    """Return the routes for a clinician who is signed in; the limits prevent anyone from trying every NHI."""
    router = APIRouter()
    Parts = Annotated[SignInParts, Depends(dependencies.parts)]  # noqa: N806 - types, made here because of `dependencies`
    OptionalSignIn = Annotated[SignedIn | None, Depends(dependencies.optional)]  # noqa: N806
    RequiredSignIn = Annotated[SignedIn, Depends(dependencies.required)]  # noqa: N806

    @router.get(
        PATIENT, response_class=HTMLResponse, summary="Show the form for the NHI", dependencies=[PUBLIC]
    )
    async def ask(request: Request, parts: Parts, signed_in: OptionalSignIn) -> Response:
        if signed_in is None or not signed_in.clinician:
            return redirect_to("/sign-in")
        context = await parts.search.context(signed_in, correlation_id=request.state.correlation_id)
        page = search_page(context, signed_in, on_phone=is_phone(request), may_keep=parts.may_keep)
        return HTMLResponse(page, headers=HEADERS)

    @router.post(
        PATIENT,
        response_class=HTMLResponse,
        summary="Find the patient, and ask to confirm",
        dependencies=[Depends(search_limit)],
    )
    async def find(request: Request, parts: Parts, signed_in: RequiredSignIn) -> Response:
        form = await read_form(request)
        if not is_navigation(request):
            return await answer(request, parts, signed_in, form)
        # A browser keeps the body of the request for its current page on disk, to restore it; so the page that shows
        # the patient is another one's, and the NHI is only in this cookie, encrypted.
        fields = tuple(text for pair in form.items() for text in pair)
        typed = Typed(signed_in.id, fields, parts.state_tokens.clock() + TYPED_SECONDS)
        response = redirect_to(FOUND)
        response.headers.append(
            "set-cookie", dependencies.cookies.typed.set(parts.state_tokens.encrypt(typed))
        )
        return response

    @router.get(
        FOUND, response_class=HTMLResponse, summary="Show the patient whose NHI a browser has just sent"
    )
    async def found(request: Request, parts: Parts, signed_in: RequiredSignIn) -> Response:
        typed = parts.state_tokens.decrypt(Typed, dependencies.cookies.typed.read(request))
        if typed is None or typed.sign_in_id != signed_in.id:
            return redirect_to(PATIENT)
        return await answer(request, parts, signed_in, typed.form)

    async def answer(
        request: Request, parts: SignInParts, signed_in: SignedIn, form: Mapping[str, str]
    ) -> Response:
        account_limit.count(signed_in.account)
        correlation_id = request.state.correlation_id
        context = await parts.search.context(signed_in, correlation_id=correlation_id)
        nhi, provider_id = form.get("nhi", ""), form.get("provider", "")
        birth_date = form.get("birth-date", "")
        try:
            if token := form.get("appointment", ""):
                records, signed_in = await parts.search.open_listed(
                    signed_in, context, token=token, correlation_id=correlation_id
                )
            else:
                born = read_date(birth_date)
                if (is_phone(request) or birth_date) and not born:
                    raise BirthDateUnreadable
                records, signed_in = await parts.search.find(
                    signed_in,
                    context,
                    nhi=nhi,
                    birth_date=born,
                    provider_id=provider_id,
                    correlation_id=correlation_id,
                )
        except (PatientSearchError, LaunchError, RecordSystemError) as error:
            note_problem(request, error)
            again = search_page(
                context,
                signed_in,
                nhi=nhi,
                birth_date=birth_date,
                provider_id=provider_id,
                error=error,
                on_phone=is_phone(request),
            )
            return HTMLResponse(again, status_code=error.status, headers=HEADERS)
        page = confirm_page(
            context,
            [(each.patient, parts.state_tokens.encrypt(each.found)) for each in records],
            provider=records[0].found.provider_name or records[0].found.provider_id,
            signed_in=signed_in,
            today=today(access.clock()),
        )
        return remember(HTMLResponse(page, headers=HEADERS), parts, dependencies.cookies, signed_in)

    @router.post(
        "/sign-in/confirm",
        status_code=303,
        response_class=RedirectResponse,
        summary="Confirm the patient and start a session",
    )
    async def confirm(request: Request, parts: Parts, signed_in: RequiredSignIn) -> Response:
        token = (await read_form(request)).get("found", "")
        started = await parts.search.confirm(signed_in, token, correlation_id=request.state.correlation_id)
        # On a phone: the page made for it, which then shows this session and not one that was scanned before.
        response = redirect_to("/phone#signed-in" if is_phone(request) else "/")
        response.headers.append("set-cookie", dependencies.cookies.typed.clear())
        response.headers.append("set-cookie", access.cookie.set(started.token))
        return response

    return router
