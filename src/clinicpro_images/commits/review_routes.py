"""Before images are committed: unfiled images of earlier sessions, the fitted file, and the JPEG for a referral."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from clinicpro_images.commits.schemas import FitSchema, ResumedSchema
from clinicpro_images.images.renditions import Renditions
from clinicpro_images.images.schemas import image_schema
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.unfiled import UnfiledImages

_JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}


def review_routes(*, access: SessionAccess, leftovers: UnfiledImages, preview: Renditions) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["review"])
    Desktop = Annotated[Session, Depends(access.desktop)]  # noqa: N806 - a type, made here because of `access`

    @router.post(
        "/api/session/leftovers/resume", summary="Move this patient's unfiled images into this session"
    )
    async def resume(session: Desktop) -> ResumedSchema:
        return ResumedSchema(images=[image_schema(image) for image in await leftovers.resume(session)])

    @router.get("/api/images/{image_id}/fit", summary="The file that would be sent for an image")
    async def fit(image_id: str, session: Desktop) -> FitSchema:
        return await preview.fit(session, image_id)

    @router.get(
        "/api/images/{image_id}/referral",
        response_class=Response,
        responses=_JPEG,
        summary="The image as a JPEG for a referral, before it is filed",
    )
    async def referral(
        image_id: str, session: Desktop, kilobytes: Annotated[int, Query(ge=100, le=5000)] = 500
    ) -> Response:
        content = await preview.referral(session, image_id, kilobytes=kilobytes)
        headers = {"cache-control": "private, no-store", "content-disposition": "inline"}
        return Response(content, media_type="image/jpeg", headers=headers)

    return router
