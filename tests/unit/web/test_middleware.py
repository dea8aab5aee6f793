"""The middleware around every route: correlation ids, headers, and faults that reveal nothing."""

import json
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import StringIO
from typing import Annotated

import httpx2
import pytest
import structlog
from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import StreamingResponse
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.logs import configure_logs
from clinicpro_images.records.errors import RecordSystemThrottled
from clinicpro_images.telemetry.telemetry import Telemetry
from clinicpro_images.web.app import build_app
from clinicpro_images.web.correlation import HEADER, guid

pytestmark = pytest.mark.anyio

TELLING = "ZZZ0016 Aroha Tamati 14e52e16edb7a435bfa05e307afd008b"
GUID = "0d1c7f0e-5f2e-4b1c-9d55-1f2f3a4b5c6d"
ORIGIN = "http://gateway.test"


def router() -> APIRouter:
    router = APIRouter()

    @router.get("/fault")
    @router.get("/api/fault")
    async def fault() -> None:
        raise RuntimeError(TELLING)

    @router.get("/api/half")
    async def half() -> StreamingResponse:
        async def body() -> AsyncIterator[str]:
            yield "half an answer"
            raise RuntimeError(TELLING)

        return StreamingResponse(body())

    @router.get("/api/id")
    async def own_id(request: Request) -> str:
        structlog.get_logger().info("seen")
        return str(request.state.correlation_id)

    @router.get("/api/throttled")
    async def throttled() -> None:
        raise RecordSystemThrottled(
            retry_after=0.2, upstream_status=429, upstream_code="throttled", diagnostics="Later."
        )

    @router.get("/api/number")
    async def number(wanted: Annotated[int, Query()]) -> int:
        return wanted

    @router.post("/api/thing")
    async def thing() -> str:
        return "done"

    return router


@asynccontextmanager
async def nothing_around() -> AsyncIterator[None]:
    yield


def shell(*, public_url: str = ORIGIN, frame_ancestors: str = "'none'") -> FastAPI:
    return build_app(
        [router()],
        version="1",
        public_url=public_url,
        frame_ancestors=frame_ancestors,
        telemetry=Telemetry(),
        lifespan=nothing_around,
    )


def browser(app: FastAPI) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ORIGIN)


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with browser(shell()) as client:
        yield client


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """The log as an operator gets it."""
    written = StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", written)
        patch.setattr("logging.basicConfig", lambda **_: None)  # pytest's own handlers stay
        configure_logs(readable=False)
        yield written
    structlog.reset_defaults()


# --- correlation ids ----------------------------------------------------------------------------


async def test_the_callers_guid_is_used_throughout(client: httpx2.AsyncClient, logged: StringIO) -> None:
    reply = await client.get("/api/id", headers={HEADER: GUID.upper()})
    assert reply.json() == reply.headers[HEADER] == GUID
    assert json.loads(logged.getvalue())["correlation_id"] == GUID


@pytest.mark.parametrize(
    "offered",
    [
        "ZZZ0016",
        "14e52e16edb7a435bfa05e307afd008b",
        f"{{{GUID}}}",
        f"urn:uuid:{GUID}",
        f"{GUID} ZZZ0016",
        GUID.replace("-", ""),
        "",
    ],
)
async def test_anything_but_a_guid_is_replaced_by_one(client: httpx2.AsyncClient, offered: str) -> None:
    reply = await client.get("/api/id", headers={HEADER: offered})
    assert str(uuid.UUID(reply.headers[HEADER])) == reply.headers[HEADER] == reply.json()
    assert reply.headers[HEADER].replace("-", "") not in offered.replace("-", "")


async def test_two_requests_without_an_id_get_two(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/id")).json() != (await client.get("/api/id")).json()


@given(st.uuids())
def test_every_guid_is_kept(offered: uuid.UUID) -> None:
    assert guid(str(offered)) == str(offered)


@given(st.text())
def test_the_id_is_a_guid_whatever_the_caller_sends(offered: str) -> None:
    assert len(guid(offered)) == 36
    assert str(uuid.UUID(guid(offered)))


# --- faults -------------------------------------------------------------------------------------


async def test_a_fault_is_a_problem_with_reference_and_headers_but_without_its_text(
    client: httpx2.AsyncClient,
) -> None:
    reply = await client.get("/api/fault", headers={HEADER: GUID})
    assert reply.status_code == 500
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers[HEADER] == reply.json()["correlationId"] == GUID
    assert "script-src 'self'" in reply.headers["content-security-policy"]
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.json()["type"].endswith("/unexpected")
    for word in [*TELLING.split(), "RuntimeError", "Traceback"]:
        assert word not in reply.text


async def test_a_fault_is_logged_by_kind_and_place_but_without_its_text(
    client: httpx2.AsyncClient, logged: StringIO
) -> None:
    await client.get("/api/fault", headers={HEADER: GUID})
    [line] = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert (line["event"], line["level"], line["correlation_id"]) == ("http.fault", "error", GUID)
    assert line["fault"] == "RuntimeError"
    assert line["where"].partition(":")[0] == __name__
    assert not any(word in logged.getvalue() for word in TELLING.split())


async def test_a_fault_in_the_middle_of_a_response_closes_the_connection_without_its_text(
    client: httpx2.AsyncClient, logged: StringIO
) -> None:
    with pytest.raises(ConnectionAbortedError) as caught:
        await client.get("/api/half")
    assert not any(word in f"{caught.value}{logged.getvalue()}" for word in TELLING.split())
    assert caught.value.__suppress_context__


async def test_a_person_who_meets_a_fault_sees_a_page_with_the_reference() -> None:
    async with browser(shell()) as client:
        reply = await client.get("/fault", headers={"Accept": "text/html", HEADER: GUID})
    assert reply.status_code == 500
    assert reply.headers["content-type"].startswith("text/html")
    assert GUID in reply.text
    assert not any(word in reply.text for word in TELLING.split())


# --- known problems -----------------------------------------------------------------------------


async def test_the_message_of_alex_is_in_the_problem_and_retry_after_is_whole_seconds(
    client: httpx2.AsyncClient,
) -> None:
    reply = await client.get("/api/throttled")
    assert reply.headers["retry-after"] == "1"
    assert reply.json()["alex"] == {"status": 429, "code": "throttled", "diagnostics": "Later."}


async def test_a_value_that_is_refused_is_not_repeated(client: httpx2.AsyncClient) -> None:
    reply = await client.get("/api/number", params={"wanted": "ZZZ0016"})
    assert reply.status_code == 422
    assert [error["field"] for error in reply.json()["errors"]] == ["wanted"]
    assert "ZZZ0016" not in reply.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/ZZZ0016", 404), ("PUT", "/api/thing", 405)])
async def test_an_unknown_address_or_method_is_a_problem_that_does_not_repeat_it(
    client: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    reply = await client.request(method, path, headers={"Origin": ORIGIN})
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert "ZZZ0016" not in reply.text


def test_the_description_names_the_schema_of_problems_once() -> None:
    described = shell().openapi()
    assert described["components"]["schemas"]["Problem"]["required"] == [
        "type", "title", "status", "detail", "correlationId",
    ]  # fmt: skip
    for path in described["paths"].values():
        for operation in path.values():
            for status in ("4XX", "5XX"):
                content = operation["responses"][status]["content"]["application/problem+json"]
                assert content == {"schema": {"$ref": "#/components/schemas/Problem"}}


# --- headers and origin -------------------------------------------------------------------------


async def test_the_policy_names_who_may_frame_the_widget() -> None:
    async with browser(shell()) as client:
        closed = (await client.get("/api/id")).headers
    async with browser(shell(frame_ancestors="https://evolution.example.nz")) as client:
        framed = (await client.get("/api/id")).headers
    assert "frame-ancestors 'none'" in closed["content-security-policy"]
    assert closed["x-frame-options"] == "DENY"
    assert "frame-ancestors https://evolution.example.nz" in framed["content-security-policy"]
    assert "x-frame-options" not in framed


async def test_https_is_enforced_only_where_it_is_used() -> None:
    async with browser(shell()) as client:
        assert "strict-transport-security" not in (await client.get("/api/id")).headers
    async with browser(shell(public_url="https://photos.example.nz")) as client:
        assert "strict-transport-security" in (await client.get("/api/id")).headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": ORIGIN}, 200),
        ({"Origin": ORIGIN.upper()}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": f"{ORIGIN}.evil.example"}, 403),
        ({"Origin": "https://gateway.test"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
    ],
)
async def test_an_unsafe_request_needs_this_origin(
    client: httpx2.AsyncClient, headers: dict[str, str], status: int
) -> None:
    reply = await client.post("/api/thing", headers=headers)
    assert reply.status_code == status
    assert len(reply.headers[HEADER]) == 36
