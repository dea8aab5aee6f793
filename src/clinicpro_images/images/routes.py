"""`/api/images`."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from clinicpro_images.images.details import DetailsPatch
from clinicpro_images.images.held import HeldImages
from clinicpro_images.images.originals import Originals
from clinicpro_images.images.renditions import Renditions
from clinicpro_images.images.schemas import FitSchema, ImageSchema, ImagesSchema, OrderRequest, image_schema
from clinicpro_images.images.service import ImageService, Size
from clinicpro_images.images.upload import ImageUploads
from clinicpro_images.images.upload_budget import UploadBudget
from clinicpro_images.imaging.inspect import ACCEPTED_TYPES
from clinicpro_images.imaging.limits import MAX_PDF_PAGES
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.image_states import NEEDS_CLINICIAN
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.unfiled import UnfiledImages
from clinicpro_images.web.body_limit import STREAMED
from clinicpro_images.web.file_headers import FILE_HEADERS
from clinicpro_images.web.metrics_middleware import CountOutcomes
from clinicpro_images.web.rate_limit import RateLimit

_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in ACCEPTED_TYPES},
    }
}

TakenAt = Annotated[
    str | None,
    Header(alias="X-Taken-At", description="When a phone took it: ISO 8601 with an offset from UTC"),
]

IsHeld = Annotated[bool, Query(description="A phone's: not on the desktop until the phone releases it")]

_JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}

_KNOWN: dict[int | str, dict[str, Any]] = {
    200: {"model": ImageSchema, "description": "The session already has an image with the same bytes"}
}


def image_routes(  # noqa: C901 - one function for each route
    *,
    caller: Callable[[Request], Awaitable[Caller]],
    desktop: Callable[[Request], Awaitable[Session]],
    count_uploads: CountOutcomes,
    upload_limits: Sequence[RateLimit],
    change_limit: RateLimit,
    view_limits: Sequence[RateLimit],
    lasting: Callable[[Request, str], AbstractAsyncContextManager[None]],
    uploads: ImageUploads,
    originals: Originals,
    held_images: HeldImages,
    service: ImageService,
) -> APIRouter:
    """Return the routes that add, show, describe and remove images; `caller` finds who is calling, desktop or phone.

    The upload budget limits the size of an upload while reading it, and `lasting` ends that once the caller has lost
    access to the session; `change_limit` and `view_limits` are for what the audit trail records, or is costly.
    """
    router = APIRouter(tags=["images"])
    budget = UploadBudget()
    limited = [Depends(limit) for limit in upload_limits]
    changes, views = [Depends(change_limit)], [Depends(limit) for limit in view_limits]
    Either = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made here because of `caller`
    Desktop = Annotated[Session, Depends(desktop)]  # noqa: N806

    def received(request: Request, session_id: str) -> AbstractAsyncContextManager[bytes]:
        return budget.body(
            request.stream(),
            request.headers.get("content-length"),
            session_id=session_id,
            allowed=lasting(request, session_id),
        )

    @router.post(
        "/api/images",
        status_code=201,
        responses=_KNOWN,
        summary="Add an image: the body is the file",
        openapi_extra=_UPLOAD,
        max_body_size=STREAMED,
        dependencies=[Depends(count_uploads), *limited],
    )
    async def add(
        request: Request, response: Response, caller: Either, taken_at: TakenAt = None, held: IsHeld = False
    ) -> ImageSchema:
        async with received(request, caller.session_id) as content:
            result = await uploads.add(caller, content, taken_at=taken_at, held=held)
        response.status_code = 201 if result.new else 200
        return image_schema(result.image)

    @router.post(
        "/api/images/{image_id}/edits",
        status_code=201,
        responses=_KNOWN,
        summary="Add an edited copy of an image",
        openapi_extra=_UPLOAD,
        max_body_size=STREAMED,
        dependencies=limited,
    )
    async def edit(image_id: str, request: Request, response: Response, session: Desktop) -> ImageSchema:
        async with received(request, session.id) as content:
            result = await uploads.add_edit(Caller(session), image_id, content)
        response.status_code = 201 if result.new else 200
        return image_schema(result.image)

    @router.post(
        "/api/images/{image_id}/original",
        summary="Replace a small copy by its original: the body is the file",
        openapi_extra=_UPLOAD,
        max_body_size=STREAMED,
        dependencies=limited,
    )
    async def add_original(image_id: str, request: Request, caller: Either) -> ImageSchema:
        async with received(request, caller.session_id) as content:
            return image_schema(await originals.add(caller, image_id, content))

    @router.post(
        "/api/images/{image_id}/release",
        summary="Put a photo that the phone holds on the desktop",
        dependencies=changes,
    )
    async def release(image_id: str, caller: Either) -> ImageSchema:
        return image_schema(await held_images.release(caller, image_id))

    @router.get("/api/images", summary="List the session's images")
    async def all_of_them(caller: Either) -> ImagesSchema:
        return ImagesSchema(images=[image_schema(image) for image in await service.images_of(caller)])

    @router.put("/api/images/order", summary="Change the order of the images", dependencies=changes)
    async def arrange(order: OrderRequest, session: Desktop) -> ImagesSchema:
        arranged = await service.arrange(session, order.image_ids)
        return ImagesSchema(images=[image_schema(image) for image in arranged])

    @router.get("/api/images/{image_id}", summary="Get an image")
    async def one(image_id: str, caller: Either) -> ImageSchema:
        return image_schema(await service.get(caller, image_id))

    @router.patch("/api/images/{image_id}", summary="Change an image's details", dependencies=changes)
    async def describe(image_id: str, patch: DetailsPatch, caller: Either) -> ImageSchema:
        return image_schema(await service.describe(caller, image_id, patch))

    @router.delete(
        "/api/images/{image_id}", status_code=204, summary="Remove an unfiled image", dependencies=changes
    )
    async def remove(image_id: str, caller: Either) -> Response:
        await service.remove(caller, image_id)
        return Response(status_code=204)

    @router.get(
        "/api/images/{image_id}/content",
        response_class=Response,
        summary="Get an image's content",
        dependencies=views,
    )
    async def content(
        image_id: str,
        caller: Either,
        size: Annotated[Size, Query()] = "full",
        page: Annotated[int, Query(ge=1, le=MAX_PDF_PAGES)] = 1,
    ) -> Response:
        content, content_type = await service.content(caller, image_id, size, page=page)
        return Response(content, media_type=content_type, headers=FILE_HEADERS)

    return router


def review_routes(
    *,
    desktop: Callable[[Request], Awaitable[Session]],
    service: ImageService,
    renditions: Renditions,
    unfiled: UnfiledImages,
    change_limit: RateLimit,
    view_limit: RateLimit,
) -> APIRouter:
    """Return the routes for reviewing images: the fit, the referral copy, and moving unfiled images to this session."""
    router = APIRouter(tags=["review"])
    Desktop = Annotated[Session, Depends(desktop)]  # noqa: N806 - a type, made here because of `desktop`

    @router.get("/api/images/{image_id}/fit", summary="Preview what filing will do to an image")
    async def fit(image_id: str, session: Desktop) -> FitSchema:
        return await renditions.fit(session, image_id)

    @router.get(
        "/api/images/{image_id}/referral",
        response_class=Response,
        responses=_JPEG,
        summary="Get an image as a JPEG for a referral, as it is filed, or its unmarked original",
        dependencies=[Depends(view_limit)],
    )
    async def referral(
        image_id: str,
        session: Desktop,
        kilobytes: Annotated[int, Query(ge=100, le=5000)] = 500,
        original: bool = False,
    ) -> Response:
        content = await renditions.referral(session, image_id, kilobytes=kilobytes, original=original)
        return Response(content, media_type="image/jpeg", headers=FILE_HEADERS)

    @router.post(
        "/api/session/leftovers/resume",
        summary="Move the patient's unfiled images to this session",
        dependencies=[Depends(change_limit)],
    )
    async def resume(session: Desktop) -> ImagesSchema:
        moved = await unfiled.resume(session)
        images = await service.images_of(Caller(session))
        return ImagesSchema(
            images=[
                image_schema(each) for each in images if each.id in moved and each.state in NEEDS_CLINICIAN
            ]
        )

    return router
