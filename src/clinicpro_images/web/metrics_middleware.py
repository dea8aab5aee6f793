"""Measures and traces every request under its route's template."""

import time
from http import HTTPStatus

from fastapi import Request
from prometheus_client import Counter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.telemetry.telemetry import Telemetry
from clinicpro_images.web.route_template import route_template

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NO_ROUTE = "other"


class CountOutcomes:
    """A FastAPI dependency: count a route's requests by outcome: `new` (201), `known`, or the slug of the problem."""

    def __init__(self, counter: Counter) -> None:
        """`counter` has one label, the outcome."""
        self._counter = counter

    async def __call__(self, request: Request) -> None:
        """Have this request counted when its response starts."""
        request.state.outcomes = self._counter


class MetricsMiddleware:
    """Counts responses, and times them until they start: an event stream lasts for hours."""

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
                    route = route_template(scope) or _NO_ROUTE
                    span.rename(f"{method} {route}")
                    span.set("http.route", route)
                    span.set("http.response.status_code", message["status"])
                    self._count(scope, method, route, message["status"], time.perf_counter() - started)
                    if _is_stream(message):
                        streaming = True
                        self._telemetry.metrics.streams.inc()
                await send(message)

            try:
                await self._app(scope, receive, send_measured)
            finally:
                if streaming:
                    self._telemetry.metrics.streams.dec()

    def _count(self, scope: Scope, method: str, route: str, status: int, seconds: float) -> None:
        meters, state = self._telemetry.metrics, scope.get("state", {})
        problem: str | None = state.get("problem")
        outcomes: Counter | None = state.get("outcomes")
        meters.http_requests.labels(method, route, str(status)).inc()
        meters.http_seconds.labels(method, route).observe(seconds)
        if problem is not None:
            meters.problems.labels(route, problem).inc()
        if outcomes is not None:
            outcomes.labels(problem or ("new" if status == HTTPStatus.CREATED else "known")).inc()


def _is_stream(message: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in message.get("headers", ())
    )
