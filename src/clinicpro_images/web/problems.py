"""Errors as problem details (RFC 9457), or as a page where a person opened a link."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.commits.errors import BodySiteMissing
from clinicpro_images.errors import ClinicProError, DatabaseUnavailable
from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.sessions.errors import NoSession
from clinicpro_images.web.errors import AdminRefused
from clinicpro_images.web.pages import error_page

TYPE_BASE = "https://clinicpro.co.nz/problems/"
_DATABASE_PAUSE = 2.0
_MAY_WORK_LATER = frozenset({408, 429, 500, 502, 503, 504})
MEDIA_TYPE = "application/problem+json"
_BODY_PLACES = ("body", "query", "header", "path")

_TEXT = {"type": "string"}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "correlationId"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "correlationId": _TEXT,
        "integrator": _TEXT,
        "alex": {
            "type": "object",
            "properties": {"status": {"type": "integer"}, "code": _TEXT, "diagnostics": _TEXT},
        },
        "images": {"type": "array", "items": _TEXT},
        "signIn": _TEXT,
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": _TEXT, "message": _TEXT}},
        },
    },
}
# What any call may answer with instead, for the OpenAPI description.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    family: {"description": meaning, "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
    for family, meaning in (
        ("4XX", "A problem with what was asked"),
        ("5XX", "A problem of this server, or of ALEX"),
    )
}

log = structlog.get_logger()


def install_problems(app: FastAPI) -> None:
    """Make every error of the app a problem."""
    app.add_exception_handler(ClinicProError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def problem_response(request: Request, error: ClinicProError) -> Response:
    """Answer with a known error."""
    headers = {}
    if error.retry_after is not None:
        headers["retry-after"] = str(max(1, round(error.retry_after)))
    if isinstance(error, AdminRefused):
        headers["www-authenticate"] = "Bearer"
    body = _members(request, error.slug, error.title, error.status, error.detail)
    if error.integrator:
        body["integrator"] = error.integrator
    if isinstance(error, RecordSystemError) and error.upstream_status is not None:
        body["alex"] = {
            "status": error.upstream_status,
            "code": error.upstream_code,
            "diagnostics": error.diagnostics,
        }
    if isinstance(error, BodySiteMissing):
        body["images"] = error.image_ids
    if isinstance(error, NoSession) and error.sign_in:
        body["signIn"] = "/sign-in"
    return _answer(request, body, headers, error.way_on)


def _answer(
    request: Request, body: dict[str, Any], headers: dict[str, str], way_on: tuple[str, str] | None = None
) -> Response:
    # Evolution opens /launch for a person; a page helps more than JSON does.
    wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
    if wants_page:
        again = request.method == "GET" and body["status"] in _MAY_WORK_LATER
        page = error_page(body["title"], body["detail"], body["correlationId"], again=again, way_on=way_on)
        return Response(page, status_code=body["status"], headers=headers, media_type="text/html")
    return JSONResponse(body, status_code=body["status"], headers=headers, media_type=MEDIA_TYPE)


def _members(request: Request, slug: str, title: str, status: int, detail: str) -> dict[str, Any]:
    request.scope.setdefault("state", {})["problem"] = slug  # what it is counted under
    return {
        "type": f"{TYPE_BASE}{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "correlationId": request.scope.get("state", {}).get("correlation_id", ""),
    }


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, ClinicProError)  # noqa: S101 - registered for nothing else
    log.info("http.problem", message="Request refused.", problem=error.slug, status=error.status)
    return problem_response(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    # Only where and why: the value itself may be about a patient.
    errors = [
        {
            "field": ".".join(str(part) for part in _known_place(each) if part not in _BODY_PLACES),
            "message": each["msg"],
        }
        for each in error.errors()
    ]
    named = ", ".join(sorted({each["field"] for each in errors if each["field"]}))
    detail = (
        f"Some of what was sent can't be stored: {named}. Change it and try again."
        if named
        else "What was sent can't be read. Reload the page and try again."
    )
    body = _members(request, "invalid-request", "Not accepted", HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return _answer(request, body | {"errors": errors}, {})


def _known_place(each: dict[str, Any]) -> tuple[Any, ...]:
    # The name of a member that does not exist was chosen by the caller, so it is as telling as a value.
    place: tuple[Any, ...] = tuple(each["loc"])
    return (*place[:-1], "…") if each["type"] == "extra_forbidden" else place


_WORDS = {
    HTTPStatus.NOT_FOUND: (
        "Nothing at this address",
        "This page does not exist. Start ClinicPro Images from Evolution.",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "Not possible at this address",
        "This address can't be used in this way. Start ClinicPro Images from Evolution.",
    ),
}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    status = HTTPStatus(error.status_code)
    title, detail = _WORDS.get(
        status,
        (
            "Not possible",
            f"The server answered: {status.phrase}. Try again; if it happens again, tell support the reference.",
        ),
    )
    slug = status.phrase.lower().replace(" ", "-")
    body = _members(request, slug, title, status.value, detail)
    return _answer(request, body, dict(error.headers or {}))


class Faults:
    """Answer a fault of this program as a problem, inside the shell that adds headers and correlation id."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        begun = False

        async def send_noticing(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noticing)
        except Exception as error:
            if scope["type"] != "http":
                raise
            response = _unexpected(Request(scope), error)
            if begun:
                # Half an answer is out: a broken connection is the only honest end of it.
                raise ConnectionAbortedError("The answer could not be finished.") from None
            await response(scope, receive, send)


def _unexpected(request: Request, error: Exception) -> Response:
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        # Restarted, most often; the pool looks at each connection before it is used, so the next try may do.
        log.warning("database.unavailable", message="The database failed.", fault=type(error).__name__)
        return problem_response(request, DatabaseUnavailable(retry_after=_DATABASE_PAUSE))
    # The message of a foreign exception may carry identifiers: only its type and place are logged.
    log.error(
        "http.fault", message="A fault of this program.", fault=type(error).__name__, where=_where(error)
    )
    return problem_response(request, ClinicProError())


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
