"""`/api/phone`: what a phone's page reads and reports, connected by a hand-off or signed in on its own."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from clinicpro_images.db.database import Database
from clinicpro_images.errors import ClinicProError
from clinicpro_images.handoff.access import Callers
from clinicpro_images.handoff.schemas import PhoneSchema, Waiting, phone_schema
from clinicpro_images.handoff.service import HandoffService
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.web.rate_limit import RateLimit


def phone_routes(
    *,
    database: Database,
    access: SessionAccess,
    callers: Callers,
    handoffs: HandoffService,
    store: HandoffStore,
    sessions: SessionStore,
    change_limit: RateLimit,
) -> APIRouter:
    """Return the routes of a phone's page; `change_limit` is for what it reports."""
    router = APIRouter()
    Desktop = Annotated[Session, Depends(access.desktop)]  # noqa: N806 - types, made here because of `access`
    Phone = Annotated[Caller, Depends(callers.phone)]  # noqa: N806

    async def shown(session: Session, phone_id: str) -> PhoneSchema:
        return phone_schema(
            session,
            phone_id,
            patient_tag=store.patient_tag(session.patient_key),
            unfiled=await database.read(sessions.has_unfiled, session.id),
        )

    @router.get("/phone", summary="Get the session and its patient, as a connected phone")
    async def phone(caller: Phone) -> PhoneSchema:
        if caller.handoff_id is None:  # never: `Phone` is a phone
            raise ClinicProError
        return await shown(caller.session, caller.handoff_id)

    @router.get("/phone/own", summary="Get this browser's own session, as the phone's page shows it")
    async def own(session: Desktop) -> PhoneSchema:
        return await shown(session, session.id)

    @router.put(
        "/phone/waiting",
        status_code=204,
        summary="Report how many photos the phone still holds",
        dependencies=[Depends(change_limit)],
    )
    async def waiting(waiting: Waiting, caller: Phone) -> Response:
        if caller.handoff_id is not None:
            await handoffs.set_waiting(caller.handoff_id, waiting.waiting)
        return Response(status_code=204)

    return router
