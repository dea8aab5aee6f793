"""Makes the faults happen: an ASGI layer between the connection and the sandbox's answers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alex_sandbox import errors, token_errors
from alex_sandbox.calls import resource_of
from alex_sandbox.fault_plan import Fault, FaultPlan, FaultyCall
from alex_sandbox.responses import refusal_response

_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
_SLICES = 20
_LONGEST_HANG = 600.0


class Faulting:
    """Asks the plan about every call to ALEX or the token endpoint, and does what it says."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        plan: FaultPlan,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Wrap `app`."""
        self._app = app
        self._plan = plan
        self._now = now
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        resource = resource_of(scope)
        if resource is None:
            await self._app(scope, receive, send)
            return
        facility = dict(scope["headers"]).get(b"mt-facilityid", b"").decode("latin-1")
        misfortune = self._plan.meet(FaultyCall(scope["method"], resource, facility))
        scope["alex_sandbox.faults"] = misfortune.kinds
        await self._sleep(misfortune.wait_before)
        end = misfortune.end
        if end is None:
            onward = _Late(send, self._sleep, misfortune.wait_after, misfortune.slow_body)
            await self._app(scope, receive, onward)
            return
        if end.after_write:
            await self._app(scope, receive, _nowhere)
        else:
            # The caller has sent everything: from its side the write may have happened.
            await _drain(receive)
        await self._sleep(misfortune.wait_after)
        await self._end(end, resource, scope, receive, send)

    async def _end(self, fault: Fault, resource: str, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "hang":
            try:
                async with asyncio.timeout(fault.seconds or _LONGEST_HANG):
                    await _gone(receive)
            except TimeoutError:
                await _cut(scope, receive)
        elif fault.kind == "close":
            await _cut(scope, receive)
        else:
            await self._answer(fault, resource)(scope, receive, send)

    def _answer(self, fault: Fault, resource: str) -> Response:
        if fault.kind == "502":
            return HTMLResponse(_BAD_GATEWAY, status_code=502)
        if resource == "token" and fault.kind not in {"429", "503-platform"}:
            if fault.kind == "401":
                return refusal_response(token_errors.wrong_secret("(fault)", self._now()))
            return refusal_response(token_errors.busy(int(fault.kind), self._now()))
        return refusal_response(_refusal(fault))


def _refusal(fault: Fault) -> errors.Refusal:
    reason = f"Asked for by /sandbox/faults: {fault.kind}."
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


class _Late:
    """A `send` that waits before the answer, and lets its body trickle."""

    def __init__(
        self, send: Send, sleep: Callable[[float], Awaitable[None]], wait: float, slow: float
    ) -> None:
        self._send = send
        self._sleep = sleep
        self._wait = wait
        self._slow = slow

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._sleep(self._wait)
        body = message.get("body", b"")
        if not self._slow or not body:
            await self._send(message)
            return
        size = -(-len(body) // _SLICES)
        slices = [body[at : at + size] for at in range(0, len(body), size)]
        for part in slices:
            await self._send({"type": "http.response.body", "body": part, "more_body": True})
            await self._sleep(self._slow / len(slices))
        await self._send({**message, "body": b""})


async def _nowhere(_message: Message) -> None:
    """The answer that nobody gets."""


async def _drain(receive: Receive) -> None:
    while (await receive()).get("more_body"):
        pass


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cut(scope: Scope, receive: Receive) -> None:
    """Close the connection without an answer."""
    cut = scope.get("extensions", {}).get("alex_sandbox.cut")
    if cut is None:
        raise ConnectionAbortedError("This server can't cut a connection; start it with alex_sandbox.server.")
    cut()
    await _gone(receive)
