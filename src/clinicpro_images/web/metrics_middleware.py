"""Measures and traces every request, by its route's template."""

import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.telemetry.telemetry import Telemetry

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NO_ROUTE = "other"


class MetricsMiddleware:
    """Count answers, and time them until they begin: an event stream goes on for hours."""

    def __init__(self, app: ASGIApp, *, telemetry: Telemetry) -> None:
        """Wrap `app`."""
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        started = time.perf_counter()
        streaming = False
        about = {
            "http.request.method": method,
            "correlation_id": scope.get("state", {}).get("correlation_id", ""),
        }

        with self._telemetry.tracer.span(method, "server", about) as span:

            async def send_measured(message: Message) -> None:
                nonlocal streaming
                if message["type"] == "http.response.start":
                    span.rename(f"{method} {_route(scope)}")
                    span.set("http.route", _route(scope))
                    span.set("http.response.status_code", message["status"])
                    self._count(scope, method, message["status"], time.perf_counter() - started)
                    if _is_stream(message):
                        streaming = True
                        self._telemetry.metrics.streams.inc()
                await send(message)

            try:
                await self._app(scope, receive, send_measured)
            finally:
                if streaming:
                    self._telemetry.metrics.streams.dec()

    def _count(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        metrics, route = self._telemetry.metrics, _route(scope)
        problem = scope.get("state", {}).get("problem")
        metrics.http_requests.labels(method, route, str(status)).inc()
        metrics.http_seconds.labels(method, route).observe(seconds)
        if problem is not None:
            metrics.problems.labels(route, problem).inc()
        if (method, route) == ("POST", "/api/images"):
            metrics.uploads.labels(problem or ("new" if status == 201 else "known")).inc()  # noqa: PLR2004 - its own name


def _route(scope: Scope) -> str:
    """Return the template, `/api/images/{image_id}`: the path itself holds ids, and whatever a caller makes up."""
    route: Any = scope.get("route")
    path = getattr(route, "path", None)
    return path if isinstance(path, str) and path else _NO_ROUTE


def _is_stream(message: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in message.get("headers", ())
    )
