"""What was called: the recorder around everything that plays ALEX, and the correlation id it hands on."""

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
_KEPT = 5_000


def resource_of(scope: Scope) -> str | None:
    """The FHIR type a call is about, `launch`, `token`, or None for the sandbox's own pages."""
    if scope["type"] != "http":
        return None
    path = scope["path"]
    if path.startswith(("/FHIR/vendorforms/", "/vendorforms/")):
        return "launch"
    if path.startswith("/FHIR/"):
        return str(path.split("/")[2])
    return "token" if _TOKEN_PATH.fullmatch(path) else None


@dataclass
class Call:
    """One call as received; `status` is None when the connection was closed without an answer."""

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
        """The line in `/sandbox/calls`."""
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
    """The latest calls, oldest first."""

    def __init__(self) -> None:
        """Start empty."""
        self._calls: deque[Call] = deque(maxlen=_KEPT)

    def add(self, call: Call) -> None:
        """Append; the oldest goes when there are too many."""
        self._calls.append(call)

    def all(self) -> list[Call]:
        """Oldest first."""
        return list(self._calls)

    def empty(self) -> None:
        """Forget them."""
        self._calls.clear()


class Recording:
    """Notes each call and its status, and echoes or makes `mt-correlationid`, as API management does."""

    def __init__(self, app: ASGIApp, *, log: CallLog, now: Callable[[], datetime]) -> None:
        """Wrap `app`."""
        self._app = app
        self._log = log
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        resource = resource_of(scope)
        if resource is None:
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        correlation_id = _correlation_id(headers.get("mt-correlationid", ""))
        scope["alex_sandbox.correlation_id"] = correlation_id
        call = Call(
            at=instant(self._now()),
            method=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            resource=resource,
            query=[_shape(name, value) for name, value in parse_qsl(scope["query_string"].decode("latin-1"))],
            headers=sorted(headers),
            facility=headers.get("mt-facilityid", ""),
            correlation_id=correlation_id,
        )
        self._log.add(call)

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                answer = MutableHeaders(scope=message)
                call.reason = answer.get("sandbox-reason", "")
                if resource != "token":
                    answer["mt-correlationid"] = correlation_id
            await send(message)

        try:
            await self._app(scope, receive, note)
        except ClientDisconnect:
            call.reason = "The caller went away before its request was complete."
        finally:
            call.faults = list(scope.get("alex_sandbox.faults", ()))


def _correlation_id(sent: str) -> str:
    """The caller's GUID, or a new one when it sent none or something else."""
    try:
        return str(UUID(sent)) if sent else str(uuid4())
    except ValueError:
        return str(uuid4())


def _shape(name: str, value: str) -> str:
    """A query parameter without what identifies anyone: `identifier=system|…`."""
    system, bar, _ = value.partition("|")
    return f"{name}={system}|…" if bar else f"{name}=…"
