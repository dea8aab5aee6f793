"""`/api/images`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from clinicpro_images.images.details import DetailsPatch
from clinicpro_images.images.renditions import Renditions
from clinicpro_images.images.schemas import FitSchema, ImageSchema, ImagesSchema, OrderRequest, image_schema
from clinicpro_images.images.service import ImageService, Size
from clinicpro_images.images.store import UNFILED_STATES
from clinicpro_images.images.upload import ImageUploads
from clinicpro_images.images.upload_budget import UploadBudget
from clinicpro_images.imaging.inspect import ACCEPTED_TYPES
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.unfiled import UnfiledImages

_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in ACCEPTED_TYPES},
    }
}

_JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}

_KNOWN: dict[int | str, dict[str, Any]] = {
    200: {"model": ImageSchema, "description": "The session has these bytes already"}
}


def image_routes(
    *,
    caller: Callable[[Request], Awaitable[Caller]],
    desktop: Callable[[Request], Awaitable[Session]],
    uploads: ImageUploads,
    service: ImageService,
) -> APIRouter:
    """Return the routes that take, show, describe and remove images; `caller` is who calls, desktop or phone."""
    router = APIRouter(tags=["images"])
    room = UploadBudget()
    Either = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made here because of `caller`
    Desktop = Annotated[Session, Depends(desktop)]  # noqa: N806

    @router.post(
        "/api/images",
        status_code=201,
        responses=_KNOWN,
        summary="Add a picture: the body is the file",
        openapi_extra=_UPLOAD,
    )
    async def add(request: Request, response: Response, caller: Either) -> ImageSchema:
        async with room.body(request.stream(), request.headers.get("content-length")) as content:
            result = await uploads.add(caller, content)
        response.status_code = 201 if result.new else 200
        return image_schema(result.image)

    @router.post(
        "/api/images/{image_id}/edits",
        status_code=201,
        responses=_KNOWN,
        summary="Add an edited copy of a picture",
        openapi_extra=_UPLOAD,
    )
    async def edit(image_id: str, request: Request, response: Response, session: Desktop) -> ImageSchema:
        async with room.body(request.stream(), request.headers.get("content-length")) as content:
            result = await uploads.add_edit(Caller(session), image_id, content)
        response.status_code = 201 if result.new else 200
        return image_schema(result.image)

    @router.get("/api/images", summary="All pictures of the session")
    async def all_of_them(caller: Either) -> ImagesSchema:
        return ImagesSchema(images=[image_schema(image) for image in await service.images_of(caller)])

    @router.put("/api/images/order", summary="Put the pictures in another order")
    async def arrange(order: OrderRequest, session: Desktop) -> ImagesSchema:
        arranged = await service.arrange(session, order.image_ids)
        return ImagesSchema(images=[image_schema(image) for image in arranged])

    @router.get("/api/images/{image_id}", summary="One picture")
    async def one(image_id: str, caller: Either) -> ImageSchema:
        return image_schema(await service.get(caller, image_id))

    @router.patch("/api/images/{image_id}", summary="Describe a picture")
    async def describe(image_id: str, patch: DetailsPatch, caller: Either) -> ImageSchema:
        return image_schema(await service.describe(caller, image_id, patch))

    @router.delete("/api/images/{image_id}", status_code=204, summary="Remove a picture that is not filed")
    async def remove(image_id: str, caller: Either) -> Response:
        await service.remove(caller, image_id)
        return Response(status_code=204)

    @router.get("/api/images/{image_id}/content", response_class=Response, summary="The picture itself")
    async def content(image_id: str, caller: Either, size: Annotated[Size, Query()] = "full") -> Response:
        content, content_type = await service.content(caller, image_id, size)
        # no-store: a shared desktop's browser cache is no place for a patient's picture.
        headers = {"cache-control": "private, no-store", "content-disposition": "inline"}
        return Response(content, media_type=content_type, headers=headers)

    return router


def review_routes(
    *,
    desktop: Callable[[Request], Awaitable[Session]],
    service: ImageService,
    renditions: Renditions,
    unfiled: UnfiledImages,
) -> APIRouter:
    """Return what the review needs: what filing makes of an image, its referral copy, and unfiled images to move here."""
    router = APIRouter(tags=["review"])
    Desktop = Annotated[Session, Depends(desktop)]  # noqa: N806 - a type, made here because of `desktop`

    @router.get("/api/images/{image_id}/fit", summary="What filing will make of an image")
    async def fit(image_id: str, session: Desktop) -> FitSchema:
        return await renditions.fit(session, image_id)

    @router.get(
        "/api/images/{image_id}/referral",
        response_class=Response,
        responses=_JPEG,
        summary="The image as a JPEG for a referral, before it is filed",
    )
    async def referral(
        image_id: str, session: Desktop, kilobytes: Annotated[int, Query(ge=100, le=5000)] = 500
    ) -> Response:
        content = await renditions.referral(session, image_id, kilobytes=kilobytes)
        headers = {"cache-control": "private, no-store", "content-disposition": "inline"}
        return Response(content, media_type="image/jpeg", headers=headers)

    @router.post(
        "/api/session/leftovers/resume", summary="Move this patient's unfiled images into this session"
    )
    async def resume(session: Desktop) -> ImagesSchema:
        moved = await unfiled.resume(session)
        here = await service.images_of(Caller(session))
        return ImagesSchema(
            images=[image_schema(each) for each in here if each.id in moved and each.state in UNFILED_STATES]
        )

    return router
