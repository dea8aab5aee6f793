"""Every route declares who may call it and how large a body may be; nothing is open or unlimited by oversight."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.app.http import build_gateway_app
from clinicpro_images.handoff.access import Callers
from clinicpro_images.operator.admin import AdminAccess
from clinicpro_images.practice.access import PracticeAccess
from clinicpro_images.sessions.access import SessionAccess
from clinicpro_images.settings.settings import Settings
from clinicpro_images.sign_in.dependencies import SignInDependencies
from clinicpro_images.web.access import anyone
from clinicpro_images.web.body_limit import SMALL_BODY, STREAMED
from clinicpro_images.web.rate_limit import RateLimit
from clinicpro_images.web.session_budget import Kind, kind_of

pytestmark = pytest.mark.anyio

# What decides who is let in. `anyone` is a decision too; `SignInDependencies.anybody` requires nobody, so it is none.
ACCESS: set[Any] = {
    anyone, AdminAccess.__call__, SessionAccess.desktop, Callers.either, Callers.passive, Callers.phone,
    SignInDependencies.required, PracticeAccess.__call__, PracticeAccess.page,
}  # fmt: skip
PUBLIC = {
    "GET /problems", "GET /problems/{slug}", "GET /.well-known/security.txt",
    "GET /", "GET /phone", "GET /healthz", "GET /api/examples/{name}", "GET /launch",
    "POST /launch", "POST /tab", "POST /api/handoff/claim", "GET /sign-in", "GET /sign-in/return", "GET /sign-in/practice",
    "GET /sign-in/patient", "POST /sign-in/end",
}  # fmt: skip
UPLOADS = {"POST /api/images", "POST /api/images/{image_id}/edits", "POST /api/images/{image_id}/original"}
DOWNLOADS = {
    "GET /api/images/{image_id}/content", "GET /api/images/{image_id}/fit", "GET /api/images/{image_id}/referral",
    "GET /api/commits/{commit_id}/referral", "GET /api/commits/{commit_id}/referral/files",
    "GET /api/commits/{commit_id}/referral/files/{image_id}", "GET /api/earlier-images/{earlier_id}/content",
}  # fmt: skip
RATE_LIMITED = UPLOADS | {
    "POST /tab", "POST /api/session/tab", "DELETE /api/handoff",
    "GET /launch", "POST /launch", "POST /api/handoff/claim", "GET /sign-in", "GET /sign-in/return",
    "GET /sign-in/practice", "POST /sign-in/today",
    "POST /sign-in/patient",
    "GET /api/earlier-images", "GET /api/earlier-images/{earlier_id}/content",
    "POST /api/commits", "POST /api/commits/{commit_id}/retry", "POST /api/commits/{commit_id}/images/{image_id}/resolve",
    "POST /api/commits/{commit_id}/steps/{step}/resolve", "POST /api/medtech/test",
    "GET /api/earlier-images/chosen", "PUT /api/earlier-images/chosen",
    "GET /api/earlier-images/{earlier_id}/alignment/{image_id}",
    "PATCH /api/images/{image_id}", "DELETE /api/images/{image_id}", "PUT /api/images/order",
    "POST /api/images/{image_id}/release", "POST /api/session/leftovers/resume", "PUT /api/phone/waiting",
    "GET /api/images/{image_id}/content", "GET /api/images/{image_id}/referral", "POST /api/handoff",
    "GET /api/commits/{commit_id}/referral", "GET /api/commits/{commit_id}/referral/files",
    "GET /api/commits/{commit_id}/referral/files/{image_id}",
    "GET /api/medtech/test", "GET /api/medtech/token-info", "GET /readyz", "GET /metrics", "GET /openapi.json",
}  # fmt: skip


class Route:
    """One route of the served app, with what it depends on and how large its body may be."""

    def __init__(self, context: Any) -> None:
        [method] = context.methods
        self.call = f"{method} {context.path}"
        self.max_body_size: int | None = context.max_body_size
        self.depends_on = set(_calls(context.dependant))


def _calls(dependant: Dependant) -> Iterator[Any]:
    """Each dependency, and the function of the class behind a bound method or a callable object."""
    for each in dependant.dependencies:
        yield each.call
        yield getattr(each.call, "__func__", type(each.call).__call__)
        yield from _calls(each)


@pytest.fixture
async def routes(tmp_path: Path) -> dict[str, Route]:
    """Each route by its method and path."""
    environ = {
        "CLINICPRO_DATA_DIR": str(tmp_path),
        "CLINICPRO_SECRET_KEY": "invented key for tests only",
        "MEDTECH_CLIENT_SECRET": "invented",
    }
    async with open_gateway(Settings.read(environ)) as gateway:
        app = build_gateway_app(gateway)
    found = {}
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            route = Route(context)
            found[route.call] = route
        else:
            # Built files: they read no body, and anyone may fetch them.
            assert isinstance(context.original_route, Mount), context
    assert len(found) > 40
    return found


async def test_every_route_declares_who_may_call_it(routes: dict[str, Route]) -> None:
    assert [call for call, route in routes.items() if not route.depends_on & ACCESS] == []


async def test_only_these_routes_are_open_to_anyone(routes: dict[str, Route]) -> None:
    assert {call for call, route in routes.items() if anyone in route.depends_on} == PUBLIC


async def test_every_route_limits_its_body_and_only_uploads_are_read_in_pieces(
    routes: dict[str, Route],
) -> None:
    assert {call: route.max_body_size for call, route in routes.items()} == {
        call: STREAMED if call in UPLOADS else SMALL_BODY for call in routes
    }


async def test_these_routes_are_rate_limited(routes: dict[str, Route]) -> None:
    limited = {
        call
        for call, route in routes.items()
        if any(isinstance(each, RateLimit) for each in route.depends_on)
    }
    assert limited == RATE_LIMITED


def kinds(calls: Iterable[str]) -> dict[str, Kind | None]:
    """Which share of its session each call takes; a variable part of a path is an id."""
    found = {}
    for call in calls:
        method, path = call.split(" ")
        scope = {"type": "http", "method": method, "path": re.sub(r"\{\w+\}", "5" * 32, path)}
        found[call] = kind_of(scope)
    return found


async def test_uploads_and_no_others_take_a_sessions_uploads(routes: dict[str, Route]) -> None:
    streamed = {call for call, route in routes.items() if route.max_body_size == STREAMED}
    assert {call for call, kind in kinds(routes).items() if kind == "upload"} == streamed


async def test_what_is_large_takes_a_sessions_downloads_and_events_its_streams(
    routes: dict[str, Route],
) -> None:
    found = kinds(routes)
    assert {call for call, kind in found.items() if kind == "download"} == DOWNLOADS
    assert {call for call, kind in found.items() if kind == "stream"} == {"GET /api/events"}


async def test_only_what_is_open_to_anyone_takes_no_share_of_a_session(routes: dict[str, Route]) -> None:
    found = kinds(routes)
    assert {call: found[call] for call in PUBLIC} == {
        **dict.fromkeys(PUBLIC, "call"),
        **dict.fromkeys(("POST /sign-in/end",), "change"),
        **dict.fromkeys(("GET /", "GET /phone"), "open"),
        **dict.fromkeys(
            ("GET /healthz", "GET /launch", "POST /launch", "POST /tab", "POST /api/handoff/claim"), None
        ),
    }
    assert {call for call, kind in found.items() if kind in {None, "open"}} <= PUBLIC


# Each can be done once: what it ends is no longer there, and neither is the cookie that would do it again.
ONCE = {
    "DELETE /api/session", "DELETE /api/sessions/{session_id}", "POST /sessions/{session_id}/end",
    "POST /sign-in/confirm", "POST /sign-in/end", "POST /sign-in/end-everywhere", "POST /sign-in/keep",
}  # fmt: skip


async def test_whatever_writes_is_rate_limited_or_can_be_done_only_once(routes: dict[str, Route]) -> None:
    writing = {call for call in routes if not call.startswith("GET ")}
    by_operators = {call for call, route in routes.items() if PracticeAccess.__call__ in route.depends_on}
    assert writing - RATE_LIMITED - by_operators == ONCE
