"""`/api/handoff` and `/api/phone`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from clinicpro_images.db.database import Database
from clinicpro_images.errors import ClinicProError
from clinicpro_images.handoff.access import Callers
from clinicpro_images.handoff.attempt_limit import AttemptLimit
from clinicpro_images.handoff.errors import TicketUnknown
from clinicpro_images.handoff.schemas import (
    Claim,
    HandoffSchema,
    HandoffStateSchema,
    PhoneSchema,
    handoff_state_schema,
    handoff_view,
    phone_view,
)
from clinicpro_images.handoff.service import HandoffService
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore


def handoff_routes(
    *,
    database: Database,
    access: SessionAccess,
    callers: Callers,
    handoffs: HandoffService,
    store: HandoffStore,
    sessions: SessionStore,
    guesses: AttemptLimit,
    public_url: str,
) -> APIRouter:
    """Return the routes that hand a session to a phone and take it back."""
    router = APIRouter(prefix="/api", tags=["handoff"])
    Desktop = Annotated[Session, Depends(access.desktop)]  # noqa: N806 - types, made here because of `access`
    Phone = Annotated[Caller, Depends(callers.phone)]  # noqa: N806

    @router.post("/handoff", summary="A new QR code; the former phone is cut off")
    async def start(session: Desktop) -> HandoffSchema:
        return handoff_view(await handoffs.start(session), public_url)

    @router.get("/handoff", summary="Whether a phone is connected")
    async def show(session: Desktop) -> HandoffStateSchema:
        return handoff_state_schema(await handoffs.live(session), access.clock())

    @router.delete("/handoff", status_code=204, summary="Cut the phone off")
    async def end(session: Desktop) -> Response:
        await handoffs.end(session)
        return Response(status_code=204)

    @router.post("/handoff/claim", summary="Exchange the one-time ticket for a phone's cookie")
    async def claim(claim: Claim, request: Request, response: Response) -> PhoneSchema:
        address = getattr(request.state, "client_address", "")
        guesses.check(address)
        try:
            claimed = await handoffs.claim(claim.token)
        except TicketUnknown:
            guesses.missed(address)
            raise
        response.headers.append("set-cookie", callers.cookie.set(claimed.phone_token))
        return phone_view(
            claimed.session,
            claimed.handoff.id,
            patient_tag=store.patient_tag(claimed.session.patient_key),
            unfiled=claimed.unfiled,
        )

    @router.get("/phone", summary="Whose pictures these are, for a phone that was let in before")
    async def phone(caller: Phone) -> PhoneSchema:
        if caller.handoff_id is None:  # never so: `Phone` is a phone
            raise ClinicProError
        return phone_view(
            caller.session,
            caller.handoff_id,
            patient_tag=store.patient_tag(caller.session.patient_key),
            unfiled=await database.read(sessions.has_unfiled, caller.session.id),
        )

    return router
