"""How often the same caller may do the same thing: one bucket each, refilled all the time."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from clinicpro_images.web.client_address import neighbourhood
from clinicpro_images.web.errors import TooManyRequests
from clinicpro_images.web.problems import problem_response

_MINUTE = 60.0
_MOST_CALLERS = 20_000


@dataclass(frozen=True)
class Rule:
    """At most `per_minute` requests of a kind from one address, or of one cookie; a minute's worth may come at once."""

    method: str
    path: re.Pattern[str]
    per_minute: float
    of: Literal["address", "cookie"] = "address"

    def covers(self, scope: Scope) -> bool:
        """Say whether a request is of this kind."""
        return scope["method"] == self.method and self.path.fullmatch(scope["path"]) is not None


class Buckets:
    """What each caller has left under one rule. The longest-unseen caller is forgotten first."""

    def __init__(self, per_minute: float, *, most: int = _MOST_CALLERS) -> None:
        """Remember `most` callers."""
        self._capacity = per_minute
        self._most = most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, now: float) -> float:
        """Take one; returns 0, or after how many seconds there is one again."""
        left, since = self._left.pop(caller, (self._capacity, now))
        left = min(self._capacity, left + (now - since) * self._capacity / _MINUTE)
        enough = left >= 1
        self._left[caller] = (left - 1 if enough else left, now)
        while len(self._left) > self._most:
            self._left.popitem(last=False)
        return 0.0 if enough else (1 - left) * _MINUTE / self._capacity


class RateLimits:
    """Refuse what comes too often, before anything is read or asked."""

    def __init__(self, app: ASGIApp, *, rules: Sequence[Rule], clock: Callable[[], float]) -> None:
        """`clock` gives seconds that only grow. Each process counts for itself."""
        self._app = app
        self._clock = clock
        self._rules = [(rule, Buckets(rule.per_minute)) for rule in rules]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            wait = self._wait(scope)
            if wait:
                await problem_response(Request(scope), TooManyRequests(retry_after=wait))(
                    scope, receive, send
                )
                return
        await self._app(scope, receive, send)

    def _wait(self, scope: Scope) -> float:
        wait = 0.0
        for rule, buckets in self._rules:
            if rule.covers(scope) and (caller := _caller(rule, scope)):
                wait = max(wait, buckets.take(caller, self._clock()))
        return wait


def rules(
    *,
    launches: float,
    claims: float,
    uploads: float,
    admin: float,
    sign_in_flow: float,
    uploads_of_one: float = 120.0,
) -> list[Rule]:
    """Return the product's limits a minute; 0 is none."""
    upload = re.compile(r"/api/images(/[^/]+/edits)?")
    listed = [
        Rule("GET", re.compile(r"/launch"), launches),
        Rule("POST", re.compile(r"/api/handoff/claim"), claims),
        Rule("POST", upload, uploads),
        Rule("GET", re.compile(r"/sign-in(/return)?"), sign_in_flow),
        # Whoever signed in sees name and birth date of any NHI: not of every NHI.
        Rule("POST", re.compile(r"/sign-in/patient"), sign_in_flow),
        *(
            Rule(method, re.compile(r"/api/(medtech|admin)/.*"), admin)
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        ),
    ]
    if uploads:
        listed.append(Rule("POST", upload, uploads_of_one, of="cookie"))
    return [rule for rule in listed if rule.per_minute]


def _caller(rule: Rule, scope: Scope) -> str:
    if rule.of == "address":
        state: Mapping[str, str] = scope.get("state", {})
        return neighbourhood(state.get("client_address", ""))
    cookies = b"".join(value for name, value in scope["headers"] if name == b"cookie")
    # Not the cookie itself: what is a key to pictures is kept nowhere.
    return hashlib.sha256(cookies).hexdigest() if cookies else ""
