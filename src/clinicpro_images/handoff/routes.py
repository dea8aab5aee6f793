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
    handoff_schema,
    handoff_state_schema,
    phone_schema,
)
from clinicpro_images.handoff.service import HandoffService
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.web.access import PUBLIC
from clinicpro_images.web.rate_limit import RateLimit


def handoff_routes(
    *,
    database: Database,
    access: SessionAccess,
    callers: Callers,
    handoffs: HandoffService,
    store: HandoffStore,
    sessions: SessionStore,
    attempt_limit: AttemptLimit,
    claim_limit: RateLimit,
    public_url: str,
) -> APIRouter:
    """Return the routes that connect and disconnect a phone; `claim_limit` counts all claims, right or wrong."""
    router = APIRouter(prefix="/api", tags=["handoff"])
    Desktop = Annotated[Session, Depends(access.desktop)]  # noqa: N806 - types, made here because of `access`
    Phone = Annotated[Caller, Depends(callers.phone)]  # noqa: N806

    @router.post("/handoff", summary="Create a new QR code; this disconnects the previous phone")
    async def start(session: Desktop) -> HandoffSchema:
        return handoff_schema(await handoffs.start(session), public_url)

    @router.get("/handoff", summary="Whether a phone is connected")
    async def show(session: Desktop) -> HandoffStateSchema:
        return handoff_state_schema(await handoffs.live(session), access.clock())

    @router.delete("/handoff", status_code=204, summary="Disconnect the phone")
    async def end(session: Desktop) -> Response:
        await handoffs.end(session)
        return Response(status_code=204)

    @router.post(
        "/handoff/claim",
        summary="Exchange the single-use ticket for a phone's cookie",
        dependencies=[PUBLIC, Depends(claim_limit)],
    )
    async def claim(claim: Claim, request: Request, response: Response) -> PhoneSchema:
        address = getattr(request.state, "client_address", "")
        try:
            claimed = await handoffs.claim(claim.token)
        except TicketUnknown:
            attempt_limit.count_failure(address)
            raise
        response.headers.append("set-cookie", callers.cookie.set(claimed.phone_token))
        return phone_schema(
            claimed.session,
            claimed.handoff.id,
            patient_tag=store.patient_tag(claimed.session.patient_key),
            unfiled=claimed.unfiled,
        )

    @router.get("/phone", summary="Get the session and its patient, as a connected phone")
    async def phone(caller: Phone) -> PhoneSchema:
        if caller.handoff_id is None:  # never: `Phone` is a phone
            raise ClinicProError
        return phone_schema(
            caller.session,
            caller.handoff_id,
            patient_tag=store.patient_tag(caller.session.patient_key),
            unfiled=await database.read(sessions.has_unfiled, caller.session.id),
        )

    return router
