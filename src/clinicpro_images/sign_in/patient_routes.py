"""From the NHI to the patient's session. The NHI travels in the body of a form, never in an address."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.errors import PatientAmbiguous
from clinicpro_images.sign_in.dependencies import FormBody, SignInDependencies, SignInParts, lead_to
from clinicpro_images.sign_in.errors import PatientSearchError
from clinicpro_images.sign_in.pages import HEADERS, confirm_page, search_page
from clinicpro_images.sign_in.state_tokens import SignedIn

PATIENT = "/sign-in/patient"
_AUCKLAND = ZoneInfo("Pacific/Auckland")


def patient_routes(door: SignInDependencies, access: SessionAccess) -> APIRouter:
    """Return the routes for somebody who is signed in."""
    router = APIRouter()
    Parts = Annotated[SignInParts, Depends(door.parts)]  # noqa: N806 - types, made here because of `door`
    Anybody = Annotated[SignedIn | None, Depends(door.anybody)]  # noqa: N806
    Somebody = Annotated[SignedIn, Depends(door.somebody)]  # noqa: N806

    @router.get(PATIENT, response_class=HTMLResponse, summary="Ask for the NHI")
    async def ask(request: Request, parts: Parts, signed_in: Anybody) -> Response:
        if signed_in is None:
            return lead_to("/sign-in")
        desk = await parts.search.desk(signed_in, correlation_id=request.state.correlation_id)
        return HTMLResponse(search_page(desk, signed_in), headers=HEADERS)

    @router.post(PATIENT, response_class=HTMLResponse, summary="Find the patient and show who it is")
    async def find(request: Request, parts: Parts, signed_in: Somebody) -> Response:
        form, correlation_id = FormBody(await request.body()), request.state.correlation_id
        desk = await parts.search.desk(signed_in, correlation_id=correlation_id)
        nhi, provider_id = form("nhi"), form("provider")
        try:
            patient, found, chosen = await parts.search.find(
                signed_in, desk, nhi=nhi, provider_id=provider_id, correlation_id=correlation_id
            )
        except (PatientSearchError, PatientAmbiguous, RecordSystemError) as error:
            request.state.problem = error.slug  # what it is counted under
            again = search_page(desk, signed_in, nhi=nhi, provider_id=provider_id, error=error)
            return HTMLResponse(again, status_code=error.status, headers=HEADERS)
        page = confirm_page(
            desk,
            patient,
            provider=found.provider_name or found.provider_id,
            found=parts.notes.encrypt(found),
            signed_in=chosen,
            today=datetime.fromtimestamp(access.clock(), _AUCKLAND).date(),
        )
        response = HTMLResponse(page, headers=HEADERS)
        seconds = chosen.until - parts.notes.clock()
        door.cookies.put(response, door.cookies.signed_in, parts.notes.encrypt(chosen), seconds)
        return response

    @router.post(
        "/sign-in/confirm",
        status_code=303,
        response_class=RedirectResponse,
        summary="This is the patient",
    )
    async def confirm(request: Request, parts: Parts, signed_in: Somebody) -> Response:
        kept = FormBody(await request.body())("found")
        started = await parts.search.confirm(signed_in, kept, correlation_id=request.state.correlation_id)
        response = lead_to("/")
        response.headers.append("set-cookie", access.cookie.set(started.token))
        return response

    return router
