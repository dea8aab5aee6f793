"""`/api/handoff`."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from clinicpro_images.db.database import Database
from clinicpro_images.handoff.access import Callers
from clinicpro_images.handoff.claim_limit import ClaimLimit
from clinicpro_images.handoff.errors import TicketUnknown
from clinicpro_images.handoff.phone_routes import phone_routes
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
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.web.access import PUBLIC
from clinicpro_images.web.client_address import network_of
from clinicpro_images.web.rate_limit import RateLimit
from clinicpro_images.web.turns import Turns

CLAIMS_AT_ONCE: Final = 2
"""How many claims of one network are checked at once."""


def handoff_routes(
    *,
    database: Database,
    access: SessionAccess,
    callers: Callers,
    handoffs: HandoffService,
    store: HandoffStore,
    sessions: SessionStore,
    claim_limit: ClaimLimit,
    start_limit: RateLimit,
    change_limit: RateLimit,
    public_url: str,
) -> APIRouter:
    """Return the routes that connect and disconnect a phone.

    `start_limit` is for new codes, `change_limit` for what a phone reports, and for cutting it off.
    """
    router = APIRouter(prefix="/api", tags=["handoff"])
    # Many claims at once from one network wait for each other, and nobody else waits for them.
    turns = Turns(CLAIMS_AT_ONCE)
    Desktop = Annotated[Session, Depends(access.desktop)]  # noqa: N806 - a type, made here because of `access`

    @router.post(
        "/handoff",
        summary="Create a new QR code; this disconnects the previous phone",
        dependencies=[Depends(start_limit)],
    )
    async def start(session: Desktop) -> HandoffSchema:
        return handoff_schema(await handoffs.start(session), public_url)

    @router.get("/handoff", summary="Whether a phone is connected")
    async def show(session: Desktop) -> HandoffStateSchema:
        return handoff_state_schema(await handoffs.live(session), access.clock())

    @router.delete(
        "/handoff", status_code=204, summary="Disconnect the phone", dependencies=[Depends(change_limit)]
    )
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
        async with turns.take(network_of(address)):
            claim_limit.check(claim.token, address)
            try:
                claimed = await handoffs.claim(claim.token, claim.nonce, claim.unsent_for)
            except TicketUnknown:
                claim_limit.count_failure(claim.token, address)
                raise
        response.headers.append("set-cookie", callers.cookie.set(claimed.phone_token))
        return phone_schema(
            claimed.session,
            claimed.handoff.id,
            patient_tag=store.patient_tag(claimed.session.patient_key),
            unfiled=claimed.unfiled,
        )

    router.include_router(
        phone_routes(
            database=database,
            access=access,
            callers=callers,
            handoffs=handoffs,
            store=store,
            sessions=sessions,
            change_limit=change_limit,
        )
    )
    return router
