"""For operators: `/api/medtech/test` and `/api/medtech/token-info`."""

import hmac
import time
from typing import TYPE_CHECKING, Annotated

import structlog
from fastapi import APIRouter, Depends, Query, Request
from fastapi.security import HTTPBearer
from nhi import is_nhi
from pydantic import Field

from clinicpro_images.identity.claims import TokenInvalid, is_token
from clinicpro_images.operator.errors import AdminClosed, AdminRefused, FacilityNotConfigured
from clinicpro_images.records.alex.tokens import TokenInfo, TokenService
from clinicpro_images.records.errors import PatientUnknown
from clinicpro_images.records.protocol import RecordReader
from clinicpro_images.schemas import Schema
from clinicpro_images.sign_in.errors import NhiInvalid
from clinicpro_images.web.rate_limit import RateLimit

if TYPE_CHECKING:
    from clinicpro_images.identity.provider import IdentityProvider

log = structlog.get_logger()


class AdminAccess:
    """A FastAPI dependency that requires the admin token, or a token that the operators' identity provider issued."""

    def __init__(self, token: str | None, provider: "IdentityProvider | None") -> None:
        """Without either, the endpoints are closed."""
        self._token = token
        self._provider = provider

    async def __call__(self, request: Request) -> None:
        """Check the bearer token, and set `request.state.admin` for the audit trail.

        Raises AdminClosed, AdminRefused or IdentityUnavailable.
        """
        if self._token is None and self._provider is None:
            raise AdminClosed
        scheme, _, offered = request.headers.get("authorization", "").partition(" ")
        offered = offered.strip()
        if scheme.lower() != "bearer" or not offered:
            raise AdminRefused
        if self._token is not None and hmac.compare_digest(offered.encode(), self._token.encode()):
            request.state.admin = "admin token"
            return
        if self._provider is None or not is_token(offered):
            raise AdminRefused
        try:
            request.state.admin = await self._provider.subject(offered)
        except TokenInvalid as error:
            log.info("admin.refused", message="An operator's token was refused.", why=str(error))
            raise AdminRefused from error


class RoundTrip(Schema):
    """One step of the test, with its time in milliseconds."""

    step: str
    ok: bool
    milliseconds: float


class TestRequest(Schema):
    """The patient to look for: in the body, because a URL is logged by whatever it passes."""

    nhi: Annotated[str, Field(min_length=7, max_length=7, pattern="^[A-Za-z0-9]+$")]


class TestSchema(Schema):
    """The response of `/api/medtech/test`; patients are only counted."""

    ok: bool
    environment: str
    facility_id: str
    correlation_id: str
    patients: int
    steps: list[RoundTrip]


def admin_routes(
    *,
    tokens: TokenService,
    records: RecordReader,
    admin: AdminAccess,
    admin_limit: RateLimit,
    environment: str,
    facility_id: str | None,
) -> APIRouter:
    """Return the routes for operators."""
    router = APIRouter(
        prefix="/api/medtech",
        tags=["medtech"],
        dependencies=[Depends(admin_limit), Depends(admin), Depends(HTTPBearer(auto_error=False))],
    )

    @router.get("/token-info", summary="Get the token's state, never the token")
    async def token_info() -> TokenInfo:
        return tokens.snapshot()

    @router.get("/test", summary="Fetch a token and a test patient, with timings")
    async def test(
        request: Request,
        nhi: Annotated[
            str,
            Query(
                min_length=7,
                max_length=7,
                pattern="^[Zz][A-Za-z0-9]+$",
                description="A test number. A real one never belongs in a URL: send it by POST",
            ),
        ] = "ZZZ0016",
    ) -> TestSchema:
        return await round_trip(request, nhi)

    @router.post("/test", summary="Fetch a token and any patient, with timings")
    async def test_any(request: Request, body: TestRequest) -> TestSchema:
        return await round_trip(request, body.nhi)

    async def round_trip(request: Request, nhi: str) -> TestSchema:
        if facility_id is None:
            raise FacilityNotConfigured
        if not is_nhi(nhi.upper(), allow_test_values=environment != "production"):
            raise NhiInvalid(
                "This isn't a valid NHI, or it is a test NHI in production. Check it; in production, send a patient's NHI by POST."
            )
        correlation_id = request.state.correlation_id
        began = time.perf_counter()
        await tokens.token()
        with_token = time.perf_counter()
        found = await records.patients_by_nhi(
            nhi.upper(), facility_id=facility_id, correlation_id=correlation_id
        )
        done = time.perf_counter()
        if not found:
            raise PatientUnknown("Medtech has no patient with this NHI in this practice. Check the NHI.")
        return TestSchema(
            ok=True,
            environment=environment,
            facility_id=facility_id,
            correlation_id=correlation_id,
            patients=len(found),
            steps=[
                RoundTrip(step="token", ok=True, milliseconds=round((with_token - began) * 1000, 1)),
                RoundTrip(step="patient", ok=True, milliseconds=round((done - with_token) * 1000, 1)),
            ],
        )

    return router
