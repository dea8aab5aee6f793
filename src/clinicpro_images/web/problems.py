"""Errors as problem descriptions (RFC 9457), or as a page if someone opened a link."""

import sqlite3
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.errors import (
    DISK_FULL,
    DISK_READ_ONLY,
    ClinicProError,
    DatabaseUnavailable,
    StorageUnavailable,
)
from clinicpro_images.web.errors import RequestTooLarge, RequestTooSlow
from clinicpro_images.web.framework_problems import (
    BAD_REQUEST,
    INVALID_REQUEST,
    METHOD_NOT_ALLOWED,
    NO_SUCH_ADDRESS,
    FrameworkProblem,
)
from clinicpro_images.web.pages import error_page
from clinicpro_images.web.problem_log import ProblemLog

PROBLEMS_PATH = "/problems/"
MEDIA_TYPE = "application/problem+json"
_DATABASE_RETRY_SECONDS = 2.0
_MAY_WORK_LATER = frozenset({408, 429, 500, 502, 503, 504})
_BODY_PLACES = ("body", "query", "header", "path")

_STRING = {"type": "string"}
_STRING_OR_NULL = {"type": ["string", "null"]}
PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "A problem description (RFC 9457)",
    "type": "object",
    "required": ["type", "title", "status", "detail", "correlationId"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": _STRING,
        "status": {"type": "integer"},
        "detail": _STRING | {"description": "A sentence for a clinician"},
        "correlationId": _STRING | {"description": "The reference for support"},
        "integrator": _STRING | {"description": "A sentence for the person who runs the connection"},
        "alex": {
            "type": "object",
            "description": "ALEX's response, if it caused the problem",
            "required": ["status", "code", "diagnostics"],
            "properties": {
                "status": {"type": "integer"},
                "code": _STRING_OR_NULL,
                "diagnostics": _STRING_OR_NULL,
            },
        },
        "images": {"type": "array", "items": _STRING, "description": "Ids of the images without a body site"},
        "signIn": _STRING | {"description": "The path to sign in"},
        "errors": {
            "type": "array",
            "description": "The fields that were not accepted",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": _STRING, "message": _STRING},
            },
        },
    },
}
_CONTENT = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
# What any call may return instead, for the OpenAPI description.
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "A problem with the request", "content": _CONTENT},
    "5XX": {"description": "A problem of this server, or of ALEX", "content": _CONTENT},
}

# Statuses for which FastAPI raises an HTTPException of its own.
_OF_STATUS: dict[int, type[ClinicProError]] = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: RequestTooLarge,
    HTTPStatus.REQUEST_TIMEOUT: RequestTooSlow,
}
_OF_FRAMEWORK = {each.status: each for each in (BAD_REQUEST, NO_SUCH_ADDRESS, METHOD_NOT_ALLOWED)}

log = structlog.get_logger()


def install_problems(app: FastAPI) -> None:
    """Turn every error of the app into a problem, and log it."""
    app.state.problem_log = ProblemLog()
    app.add_exception_handler(ClinicProError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def problem_response(request: Request, error: ClinicProError) -> Response:
    """Return the response for a known error: a problem description, or a page."""
    note_problem(request, error)
    body = _members(request, error.slug, error.title, error.status, error.detail)
    if error.integrator:
        body["integrator"] = error.integrator
    return _respond(request, body | error.members(), error.headers(), error.recovery_link)


def note_problem(request: Request, error: ClinicProError) -> None:
    """Note an error that the response reports, for the metrics and the audit trail."""
    state = request.scope.setdefault("state", {})
    state["problem"], state["audit_action"] = error.slug, error.audit_action


def _respond(
    request: Request,
    body: dict[str, Any],
    headers: dict[str, str],
    recovery_link: tuple[str, str] | None = None,
) -> Response:
    # Evolution opens /launch for a person, whom a page helps more than JSON does.
    wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
    if wants_page:
        again = request.method == "GET" and body["status"] in _MAY_WORK_LATER
        page = error_page(
            body["title"], body["detail"], body["correlationId"], again=again, recovery_link=recovery_link
        )
        return Response(page, status_code=body["status"], headers=headers, media_type="text/html")
    return JSONResponse(body, status_code=body["status"], headers=headers, media_type=MEDIA_TYPE)


def _members(request: Request, slug: str, title: str, status: int, detail: str) -> dict[str, Any]:
    state = request.scope.setdefault("state", {})
    state["problem"] = slug
    return {
        "type": f"{_public_url(request)}{PROBLEMS_PATH}{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "correlationId": state.get("correlation_id", ""),
    }


def _public_url(request: Request) -> str:
    # Each type opens on the gateway itself, which works on a practice's network without any other site.
    app = request.scope.get("app")
    return getattr(app.state, "public_url", "") if app is not None else ""


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, ClinicProError)  # noqa: S101 - registered for nothing else
    problem_log: ProblemLog = request.app.state.problem_log
    problem_log.refused(error.slug, error.status)
    return problem_response(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    # Only where and why: the value itself may be about a patient.
    errors = [
        {
            "field": ".".join(str(part) for part in _known_place(each) if part not in _BODY_PLACES),
            "message": _plain_message(each),
        }
        for each in error.errors()
    ]
    # JSON that can't be parsed has a position instead of a field.
    unread = any(each["type"] == "json_invalid" for each in error.errors())
    named = "" if unread else ", ".join(sorted({each["field"] for each in errors if each["field"]}))
    detail = (
        f"Some of the details can't be stored: {named}. Change them and try again."
        if named
        else BAD_REQUEST.detail
    )
    body = _members(request, INVALID_REQUEST.slug, INVALID_REQUEST.title, INVALID_REQUEST.status, detail)
    return _respond(request, body | {"errors": errors}, {})


def _plain_message(each: dict[str, Any]) -> str:
    """Return what is wrong with a field, in a clinician's words where a clinician can cause it."""
    if each["type"] == "string_too_long":
        return f"At most {each['ctx']['max_length']} characters are possible here. Shorten the text."
    return str(each["msg"])


def _known_place(each: dict[str, Any]) -> tuple[Any, ...]:
    # The caller chose the name of an unknown member, so it may be as sensitive as a value.
    place: tuple[Any, ...] = tuple(each["loc"])
    return (*place[:-1], "…") if each["type"] == "extra_forbidden" else place


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    if error.status_code in _OF_STATUS:
        return await _known(request, _OF_STATUS[error.status_code]())
    status = HTTPStatus(error.status_code)
    problem = _OF_FRAMEWORK.get(status) or FrameworkProblem(
        status.phrase.lower().replace(" ", "-"),
        "Not possible",
        status,
        f"The server answered: {status.phrase}. Try again; if it happens again, tell support the reference.",
    )
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = ", ".join(_methods(request))
    body = _members(request, problem.slug, problem.title, status.value, problem.detail)
    return _respond(request, body, headers)


def _methods(request: Request) -> list[str]:
    """Return every method of this path: each route knows its own only."""
    methods: set[str] = set()
    for route in _routes(request.app.routes):
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


def _routes(routes: Iterable[Any]) -> Iterator[BaseRoute]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is None:
            yield route
        else:
            yield from _routes(included.routes)


class Faults:
    """Turns an unexpected exception into a problem, inside the middleware that adds headers and correlation id."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False

        async def send_noticing(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_noticing)
        except ClientDisconnect:
            return  # nobody is left to answer
        except Exception as error:
            if scope["type"] != "http":
                raise
            response = _unexpected(Request(scope), error)
            if started:
                # Part of the response is out: only a broken connection tells the client that the rest is missing.
                raise ConnectionAbortedError("The response could not be finished.") from None
            await response(scope, receive, send)


def _unexpected(request: Request, error: Exception) -> Response:
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout | sqlite3.OperationalError):
        # Usually a restart; the pool checks each connection before use, so the next try may succeed.
        name = str(getattr(getattr(error, "orig", error), "sqlite_errorname", "")) or type(error).__name__
        log.warning("database.unavailable", message="The database failed.", fault=name)
        return problem_response(request, _database_fault(name))
    # The message of a foreign exception may contain identifiers: only its type and place are logged.
    log.error(
        "http.fault",
        message="Unexpected error while serving a request.",
        fault=type(error).__name__,
        where=_where(error),
    )
    return problem_response(request, ClinicProError())


def _database_fault(name: str) -> ClinicProError:
    """Return what SQLite's error means; other databases have their own disks."""
    if name == "SQLITE_FULL":
        return StorageUnavailable(DISK_FULL, integrator=f"The disk of the database is full ({name}).")
    if name.startswith(("SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return StorageUnavailable(
            DISK_READ_ONLY, integrator=f"The disk of the database can't be written to ({name})."
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DatabaseUnavailable(
            "The database is in use by another program at the moment. Nothing was lost; try again shortly.",
            integrator=f"Another program has locked the database ({name}): a backup, or a database tool.",
        )
    return DatabaseUnavailable(retry_after=_DATABASE_RETRY_SECONDS)


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
