"""One id for everything a request causes: in its response, in the log, and at ALEX as mt-correlationid."""

import re
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-correlation-id"
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class CorrelationId:
    """Use the caller's X-Correlation-Id if it is a GUID, else create one; add it to every response."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = guid(Headers(scope=scope).get(HEADER))
        scope.setdefault("state", {})["correlation_id"] = correlation_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = correlation_id
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            await self._app(scope, receive, send_with_id)


def guid(offered: str | None) -> str:
    """Return the offered id if it is a GUID, and a new one otherwise."""
    # Anything else could be an identifier, and would end up in logs. ALEX's patient ids are 32 hex digits, which
    # uuid.UUID accepts, so the hyphens are required.
    if offered is not None and _GUID.fullmatch(offered):
        return offered.lower()
    return str(uuid.uuid4())
