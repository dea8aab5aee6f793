"""`/api/commits/{id}/referral`."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse

from clinicpro_images.commits.referral.profiles import DEFAULT_PROFILE, profile
from clinicpro_images.commits.referral.schemas import ReferralSchema
from clinicpro_images.commits.referral.service import Referrals
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.sessions.session import Session
from clinicpro_images.web.file_headers import FILE_HEADERS
from clinicpro_images.web.rate_limit import RateLimit

_HEADERS = {name: value for name, value in FILE_HEADERS.items() if name != "content-disposition"}
_ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": {}}}}
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}, "application/pdf": {}}}}
Limit = Annotated[str, Query(max_length=40, description="500kB, 1MB, 4MBx3, 5MB, or a size such as 750 kB")]


def referral_routes(
    *, access: SessionAccess, referrals: Referrals, pack_limit: RateLimit, view_limit: RateLimit
) -> APIRouter:
    """Return the routes that make referral packs; `view_limit` is for single files of one."""
    router = APIRouter(prefix="/api/commits/{commit_id}/referral", tags=["referral"])
    Desktop = Annotated[Session, Depends(access.desktop)]  # noqa: N806 - a type, made here because of `access`

    @router.get(
        "",
        response_class=StreamingResponse,
        responses=_ZIP,
        summary="Get a commit's referral pack as a ZIP",
        dependencies=[Depends(pack_limit)],
    )
    async def pack(
        commit_id: str, session: Desktop, limit: Limit = DEFAULT_PROFILE.code, identified: bool = False
    ) -> StreamingResponse:
        pieces = await referrals.pack(session, commit_id, profile(limit), identified=identified)
        # The archive's own name lands in the browser's list of downloads, so it never says whose photos these are.
        headers = _HEADERS | {"content-disposition": 'attachment; filename="Photos for referral.zip"'}
        return StreamingResponse(pieces, media_type="application/zip", headers=headers)

    @router.get(
        "/files",
        summary="List what a commit's referral pack contains, and the paragraph for the form",
        dependencies=[Depends(pack_limit)],
    )
    async def files(
        commit_id: str, session: Desktop, limit: Limit = DEFAULT_PROFILE.code, identified: bool = False
    ) -> ReferralSchema:
        return await referrals.describe(session, commit_id, profile(limit), identified=identified)

    @router.get(
        "/files/{image_id}",
        response_class=Response,
        responses=_FILE,
        summary="Get one file of a commit's referral pack",
        dependencies=[Depends(view_limit)],
    )
    async def one(
        commit_id: str,
        image_id: str,
        session: Desktop,
        limit: Limit = DEFAULT_PROFILE.code,
    ) -> Response:
        file = await referrals.one(session, commit_id, image_id, profile(limit))
        named = f"attachment; filename*=UTF-8''{quote(file.name)}"
        headers = _HEADERS | {"content-disposition": named}
        return Response(file.content, media_type=file.content_type, headers=headers)

    return router
