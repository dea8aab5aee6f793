"""The log of calls to ALEX and to the token endpoint; the middleware that writes it also handles correlation ids."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alex_sandbox.clock import instant

_TOKEN_PATH = re.compile(r"/[^/]+/oauth2/v2\.0/token")
_MAX_CALLS = 5_000


def resource_of(scope: Scope) -> str | None:
    """Return the call's FHIR type, `launch` or `token`; None for the sandbox's own pages."""
    if scope["type"] != "http":
        return None
    path = scope["path"]
    if path.startswith(("/FHIR/vendorforms/", "/vendorforms/")):
        return "launch"
    if path.startswith("/FHIR/"):
        return str(path.split("/")[2])
    return "token" if _TOKEN_PATH.fullmatch(path) else None


@dataclass
class LoggedCall:
    """One call as received; `status` is None if the connection was closed without a response."""

    at: str
    method: str
    path: str
    resource: str
    query: list[str]
    headers: list[str]
    facility: str
    correlation_id: str
    status: int | None = None
    reason: str = ""
    faults: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the entry for `/sandbox/calls`."""
        return {
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "resource": self.resource,
            "query": self.query,
            "headers": self.headers,
            "facility": self.facility,
            "correlationId": self.correlation_id,
            "status": self.status,
            "reason": self.reason,
            "faults": self.faults,
        }


class CallLog:
    """The most recent calls, oldest first."""

    def __init__(self) -> None:
        """Start empty."""
        self._calls: deque[LoggedCall] = deque(maxlen=_MAX_CALLS)

    def add(self, call: LoggedCall) -> None:
        """Append a call, dropping the oldest if the log is full."""
        self._calls.append(call)

    def all(self) -> list[LoggedCall]:
        """Return the calls, oldest first."""
        return list(self._calls)

    def clear(self) -> None:
        """Remove all calls."""
        self._calls.clear()


class CallLogMiddleware:
    """Logs each call with its status, and echoes or generates `mt-correlationid`, as API management does."""

    def __init__(self, app: ASGIApp, *, log: CallLog, now: Callable[[], datetime]) -> None:
        """Wrap `app`."""
        self._app = app
        self._log = log
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one call."""
        resource = resource_of(scope)
        if resource is None:
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        correlation_id = _correlation_id(headers.get("mt-correlationid", ""))
        scope["alex_sandbox.correlation_id"] = correlation_id
        query = parse_qsl(scope["query_string"].decode("latin-1"))
        call = LoggedCall(
            at=instant(self._now()),
            method=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            resource=resource,
            query=[_redacted(name, value) for name, value in query],
            headers=sorted(headers),
            facility=headers.get("mt-facilityid", ""),
            correlation_id=correlation_id,
        )
        self._log.add(call)

        async def record_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                response_headers = MutableHeaders(scope=message)
                call.reason = response_headers.get("sandbox-reason", "")
                if resource != "token":
                    response_headers["mt-correlationid"] = correlation_id
            await send(message)

        try:
            await self._app(scope, receive, record_status)
        except ClientDisconnect:
            call.reason = "The client disconnected before its request was complete."
        finally:
            call.faults = list(scope.get("alex_sandbox.faults", ()))


def _correlation_id(sent: str) -> str:
    """Return the client's GUID, or a new one if it sent none or something else."""
    try:
        return str(UUID(sent)) if sent else str(uuid4())
    except ValueError:
        return str(uuid4())


def _redacted(name: str, value: str) -> str:
    """Return a query parameter without its identifying value: `identifier=system|…`."""
    system, bar, _ = value.partition("|")
    return f"{name}={system}|…" if bar else f"{name}=…"
