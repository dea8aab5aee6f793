"""What keeps a session open, and what does not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.requests import Request

from clinicpro_images.sessions.access import SessionAccess, session_cookie
from clinicpro_images.sessions.session import IDLE_SECONDS, Session
from unit.unit_fixture import UnitFixture, open_unit_fixture

pytestmark = pytest.mark.anyio


class Fixture:
    """A session, and a clock set by hand."""

    def __init__(self, parts: UnitFixture, session: Session) -> None:
        self.session = session
        self.now = session.active_at
        cookie = session_cookie(secure=False, framed=False)
        self.access = SessionAccess(parts.database, parts.sessions, cookie, lambda: self.now)

    def request(self, **headers: str) -> Request:
        raw = [(b"cookie", b"clinicpro_session=the-token")]
        raw += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        return Request({"type": "http", "headers": raw, "query_string": b""})


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Fixture]:
    async with open_unit_fixture(tmp_path) as parts:
        yield Fixture(parts, await parts.session(token="the-token"))


async def test_a_call_extends_the_session_and_its_response_gives_the_new_end(here: Fixture) -> None:
    here.now += 3000.0
    session = await here.access.desktop(here.request())
    assert session.expires_at(unfiled=False) == here.now + IDLE_SECONDS
    here.now += 10.0
    assert (await here.access.desktop(here.request())).active_at == here.now - 10.0


async def test_automatic_requests_do_not_keep_a_session_open(here: Fixture) -> None:
    here.now += 3000.0
    session = await here.access.desktop(here.request(x_clinicpro_background="1"))
    assert session.active_at == here.session.active_at
    assert (await here.access.passive(here.request())).active_at == here.session.active_at
