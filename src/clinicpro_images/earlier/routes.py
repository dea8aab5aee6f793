"""`/api/earlier-images`: photos of this patient that the record already holds."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from clinicpro_images.earlier.schemas import (
    AlignmentSchema,
    ChosenSchema,
    EarlierImagesSchema,
    earlier_images_schema,
)
from clinicpro_images.earlier.service import EarlierImageService, Size
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import Session
from clinicpro_images.web.file_headers import FILE_HEADERS
from clinicpro_images.web.rate_limit import RateLimit

_BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


def earlier_routes(
    *,
    caller: Callable[[Request], Awaitable[Caller]],
    still: Callable[[Request], Awaitable[Caller]],
    desktop: Callable[[Request], Awaitable[Session]],
    service: EarlierImageService,
    limit: RateLimit,
) -> APIRouter:
    """Return the routes. `still` finds the caller again after reading, so that an ended session is shown nothing."""
    router = APIRouter(tags=["earlier photos"], dependencies=[Depends(limit)])
    Either = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made here because of `caller`
    Reader = Annotated[Caller, Depends(still)]  # noqa: N806 - as above
    Desktop = Annotated[Session, Depends(desktop)]  # noqa: N806 - as above

    @router.get("/api/earlier-images", summary="List photos of this patient that are in the record")
    async def earlier(request: Request, caller: Either) -> EarlierImagesSchema:
        listed, listing = await service.list(caller, correlation_id=request.state.correlation_id)
        await still(request)
        return earlier_images_schema(listed, listing, await service.chosen(caller.session))

    @router.get("/api/earlier-images/chosen", summary="Which earlier photo is compared with the new ones")
    async def chosen(caller: Reader) -> ChosenSchema:
        return ChosenSchema(chosen=await service.chosen(caller.session))

    @router.put(
        "/api/earlier-images/chosen",
        status_code=204,
        summary="Choose the earlier photo to compare with, which a phone shows faintly over its viewfinder",
    )
    async def choose(request: Request, choice: ChosenSchema, session: Desktop) -> Response:
        await service.choose(session, choice.chosen, correlation_id=request.state.correlation_id)
        return Response(status_code=204)

    @router.get(
        "/api/earlier-images/{earlier_id}/content",
        response_class=Response,
        responses=_BYTES,
        summary="Get a photo that is in the record",
    )
    async def content(
        request: Request, earlier_id: str, caller: Either, size: Annotated[Size, Query()] = "view"
    ) -> Response:
        content, content_type = await service.content(
            caller, earlier_id, size=size, correlation_id=request.state.correlation_id
        )
        await still(request)
        return Response(content, media_type=content_type, headers=FILE_HEADERS)

    @router.get(
        "/api/earlier-images/{earlier_id}/alignment/{image_id}",
        summary="Where an earlier photo lies over a new one of the same place",
    )
    async def alignment(
        request: Request, earlier_id: str, image_id: str, session: Desktop
    ) -> AlignmentSchema:
        matrix, reason = await service.alignment(
            Caller(session), earlier_id, image_id, correlation_id=request.state.correlation_id
        )
        await still(request)
        return AlignmentSchema(matrix=matrix, reason=reason)

    return router
