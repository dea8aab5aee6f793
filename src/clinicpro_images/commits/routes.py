"""`/api/commits` and `/api/tray`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from clinicpro_images.commits.schemas import (
    CommitRequest,
    CommitSchema,
    ResolveImageRequest,
    ResolveRequest,
    StepName,
)
from clinicpro_images.commits.service import CommitService
from clinicpro_images.commits.tray import TraySchema
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.session import Session
from clinicpro_images.web.rate_limit import RateLimit


def commit_routes(*, access: SessionAccess, service: CommitService, limit: RateLimit) -> APIRouter:
    """Return the routes that commit images and report progress; `limit` is for those that file something."""
    router = APIRouter(tags=["commits"])
    limited = [Depends(limit)]
    Desktop = Annotated[Session, Depends(access.desktop)]  # noqa: N806 - a type, made here because of `access`

    @router.post("/api/commits", status_code=202, summary="File images in the record", dependencies=limited)
    async def file(
        request: Request,
        body: CommitRequest,
        session: Desktop,
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> CommitSchema:
        return await service.commit(
            session, idempotency_key, body, correlation_id=request.state.correlation_id
        )

    @router.get("/api/commits/{commit_id}", summary="Get a commit's progress")
    async def show(commit_id: str, session: Desktop) -> CommitSchema:
        return await service.show(session.id, commit_id)

    @router.post(
        "/api/commits/{commit_id}/retry",
        status_code=202,
        summary="Retry what failed in a commit, and try what waits now",
        dependencies=limited,
    )
    async def retry(request: Request, commit_id: str, session: Desktop) -> CommitSchema:
        return await service.retry(session, commit_id, correlation_id=request.state.correlation_id)

    @router.post(
        "/api/commits/{commit_id}/images/{image_id}/resolve",
        summary="Record whether an unverified image is in the inbox, or is to be sent again",
        dependencies=limited,
    )
    async def resolve(
        request: Request, commit_id: str, image_id: str, body: ResolveImageRequest, session: Desktop
    ) -> CommitSchema:
        return await service.resolve(
            session,
            commit_id,
            image_id,
            in_inbox=body.answer == "in-inbox",
            target=body.target,
            correlation_id=request.state.correlation_id,
        )

    @router.post(
        "/api/commits/{commit_id}/steps/{step}/resolve",
        summary="Record whether an unverified message or task is in the inbox, or is to be sent again",
        dependencies=limited,
    )
    async def resolve_step(
        request: Request, commit_id: str, step: StepName, body: ResolveRequest, session: Desktop
    ) -> CommitSchema:
        return await service.resolve_step(
            session,
            commit_id,
            step,
            in_inbox=body.answer == "in-inbox",
            correlation_id=request.state.correlation_id,
        )

    @router.get("/api/tray", summary="List what this provider's other sessions are filing or left unfiled")
    async def tray(session: Desktop) -> TraySchema:
        return await service.tray(session)

    return router
