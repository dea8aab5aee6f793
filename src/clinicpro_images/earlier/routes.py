"""`/api/earlier-images`: photos of this patient that the record already holds."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from clinicpro_images.earlier.schemas import EarlierImagesSchema, earlier_images_schema
from clinicpro_images.earlier.service import EarlierImageService, Size
from clinicpro_images.sessions.caller import Caller
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
    service: EarlierImageService,
    limit: RateLimit,
) -> APIRouter:
    """Return the routes. `still` finds the caller again after reading, so that an ended session is shown nothing."""
    router = APIRouter(tags=["earlier photos"], dependencies=[Depends(limit)])
    Either = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made here because of `caller`

    @router.get("/api/earlier-images", summary="List photos of this patient that are in the record")
    async def earlier(request: Request, caller: Either) -> EarlierImagesSchema:
        listed, listing = await service.list(caller, correlation_id=request.state.correlation_id)
        await still(request)
        return earlier_images_schema(listed, listing)

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

    return router
