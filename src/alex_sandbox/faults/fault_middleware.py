"""ASGI middleware that applies the fault plan to calls."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alex_sandbox import errors
from alex_sandbox.call_log import resource_of
from alex_sandbox.faults.fault_plan import Fault, FaultPlan, FaultTarget
from alex_sandbox.fhir.responses import refusal_response
from alex_sandbox.oauth import token_errors

_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
_CHUNKS = 20
_MAX_HANG_SECONDS = 600.0


class FaultMiddleware:
    """Applies the plan to every call to ALEX or the token endpoint."""

    def __init__(self, app: ASGIApp, *, plan: FaultPlan, now: Callable[[], datetime]) -> None:
        """Wrap `app`."""
        self._app = app
        self._plan = plan
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one call."""
        resource = resource_of(scope)
        if resource is None:
            await self._app(scope, receive, send)
            return
        facility = dict(scope["headers"]).get(b"mt-facilityid", b"").decode("latin-1")
        effect = self._plan.apply(FaultTarget(scope["method"], resource, facility))
        scope["alex_sandbox.faults"] = effect.kinds
        await asyncio.sleep(effect.wait_before)
        fault = effect.ending
        if fault is None:
            delayed = _DelayedSend(send, effect.wait_after, effect.slow_body)
            await self._app(scope, receive, delayed)
            return
        if fault.after_write:
            await self._app(scope, receive, _discard)
        else:
            # Read the whole request, so that the client can't tell whether the write happened.
            await _drain(receive)
        await asyncio.sleep(effect.wait_after)
        await self._end(fault, resource, scope, receive, send)

    async def _end(self, fault: Fault, resource: str, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "hang":
            try:
                async with asyncio.timeout(fault.seconds or _MAX_HANG_SECONDS):
                    await _disconnected(receive)
            except TimeoutError:
                await _abort(scope, receive)
        elif fault.kind == "close":
            await _abort(scope, receive)
        else:
            await self._response(fault, resource)(scope, receive, send)

    def _response(self, fault: Fault, resource: str) -> Response:
        if fault.kind == "502":
            return HTMLResponse(_BAD_GATEWAY, status_code=502)
        if resource == "token" and fault.kind not in {"429", "503-platform"}:
            if fault.kind == "401":
                return refusal_response(token_errors.wrong_secret("(fault)", self._now()))
            return refusal_response(token_errors.busy(int(fault.kind), self._now()))
        return refusal_response(_refusal(fault))


def _refusal(fault: Fault) -> errors.Refusal:
    reason = f"Fault from /sandbox/faults: {fault.kind}."
    if fault.kind == "429":
        return errors.ManagementRefusal(
            429,
            f"Rate limit is exceeded. Try again in {fault.retry_after} seconds.",
            reason,
            headers={"Retry-After": str(fault.retry_after)},
        )
    return {
        "401": errors.unauthorized(reason),
        "403": errors.authorization_failed(reason),
        "500": errors.ManagementRefusal(500, "Internal server error", reason),
        "503": errors.pms_unreachable(reason),
        "503-platform": errors.Refusal(503, None, reason),
        "504": errors.pms_timeout(reason),
    }[fault.kind]


class _DelayedSend:
    """A `send` that waits before the response, then sends its body slowly."""

    def __init__(self, send: Send, wait: float, slow: float) -> None:
        self._send = send
        self._wait = wait
        self._slow = slow

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(self._wait)
        body = message.get("body", b"")
        if not self._slow or not body:
            await self._send(message)
            return
        size = -(-len(body) // _CHUNKS)
        chunks = [body[start : start + size] for start in range(0, len(body), size)]
        for chunk in chunks:
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(self._slow / len(chunks))
        await self._send({**message, "body": b""})


async def _discard(_message: Message) -> None:
    """Drop the response."""


async def _drain(receive: Receive) -> None:
    while (await receive()).get("more_body"):
        pass


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _abort(scope: Scope, receive: Receive) -> None:
    """Close the connection without a response."""
    abort = scope.get("extensions", {}).get("alex_sandbox.abort")
    if abort is None:
        raise ConnectionAbortedError("This server can't drop a connection; use alex_sandbox.server.")
    abort()
    await _disconnected(receive)
