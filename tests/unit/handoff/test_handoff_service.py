"""Hand-offs over time: a ticket that is never scanned, a phone that keeps its session open, a session that ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from starlette.requests import Request

from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.events.broker import EventBroker
from clinicpro_images.handoff.access import Callers, phone_cookie
from clinicpro_images.handoff.errors import PhoneCutOff, TicketExpired, TicketRevoked, TicketUnknown
from clinicpro_images.handoff.service import HandoffService
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.handoff.ticket import encode_ticket
from clinicpro_images.sessions.access import SessionAccess, session_cookie
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import IDLE_SECONDS, MOST_SECONDS, Session
from integration.audit.trails import read_rows
from unit.unit_fixture import UnitFixture, open_unit_fixture

pytestmark = pytest.mark.anyio


class Fixture:
    """A session, its hand-offs, and a clock set by hand."""

    def __init__(self, parts: UnitFixture, session: Session) -> None:
        self.session, self.sessions, self.trail = session, parts.sessions, parts.trail
        self.now = session.active_at
        self.store = HandoffStore(parts.keyring)
        # A database whose transactions take their time from this clock.
        self.database = Database(
            parts.database.backend,
            lambda: self.now,
            audit=parts.trail,
            events=EventBroker(parts.database),
        )
        self.handoffs = HandoffService(
            database=self.database, store=self.store, sessions=parts.sessions, trail=parts.trail
        )
        desktop = SessionAccess(
            self.database, parts.sessions, session_cookie(secure=False, framed=False), lambda: self.now
        )
        self.callers = Callers(
            database=self.database,
            desktop=desktop,
            phones=self.store,
            cookie=phone_cookie(secure=False),
            sessions=parts.sessions,
            clock=lambda: self.now,
        )

    def with_source(self, random_bytes: Callable[[int], bytes]) -> HandoffService:
        """Hand-offs whose secrets come from `random_bytes`."""
        return HandoffService(
            database=self.database,
            store=self.store,
            sessions=self.sessions,
            trail=self.trail,
            random_bytes=random_bytes,
        )

    async def let_in(self) -> str:
        """A phone's cookie."""
        return (await self.handoffs.claim((await self.handoffs.start(self.session)).ticket)).phone_token

    async def call(self, phone_token: str, listening: bool = False) -> Caller:
        cookies = [(b"cookie", f"clinicpro_phone={phone_token}".encode())]
        request = Request({"type": "http", "headers": cookies, "query_string": b""})
        return await (self.callers.passive if listening else self.callers.either)(request)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Fixture]:
    async with open_unit_fixture(tmp_path) as parts:
        yield Fixture(parts, await parts.session())


async def test_a_ticket_that_was_not_scanned_for_ten_minutes_has_expired(here: Fixture) -> None:
    minted = await here.handoffs.start(here.session)
    here.now += 600.0
    with pytest.raises(TicketExpired):
        await here.handoffs.claim(minted.ticket)


async def test_a_ticket_is_valid_until_its_last_moment(here: Fixture) -> None:
    minted = await here.handoffs.start(here.session)
    here.now += 599.9
    assert (await here.handoffs.claim(minted.ticket)).session.id == here.session.id


async def test_a_ticket_of_another_installation_or_a_made_up_one_is_unknown(here: Fixture) -> None:
    for typed in ("", "0" * 28, "half a ticket"):
        with pytest.raises(TicketUnknown):
            await here.handoffs.claim(typed)


async def test_a_phone_that_is_used_keeps_the_session_open_and_one_that_only_listens_does_not(
    here: Fixture,
) -> None:
    token = await here.let_in()
    here.now += IDLE_SECONDS - 1
    assert (await here.call(token, listening=True)).session.active_at < here.now
    caller = await here.call(token)
    assert caller.session.active_at == here.now
    assert caller.handoff_id is not None
    for _ in range(3):
        here.now += IDLE_SECONDS / 3
        if here.now - caller.session.active_at < IDLE_SECONDS:
            await here.call(token, listening=True)
    with pytest.raises(PhoneCutOff):
        await here.call(token, listening=True)


async def test_a_session_ends_after_eight_hours_however_busy_it_is(here: Fixture) -> None:
    token = await here.let_in()
    began = here.now
    while here.now - began < MOST_SECONDS - IDLE_SECONDS:
        here.now += IDLE_SECONDS / 2
        await here.call(token)
    here.now = began + MOST_SECONDS - 1
    await here.call(token)
    here.now = began + MOST_SECONDS + 1
    with pytest.raises(PhoneCutOff):
        await here.call(token)


async def test_a_ticket_of_an_ended_session_is_refused(here: Fixture) -> None:
    minted = await here.handoffs.start(here.session)

    def end(work: UnitOfWork) -> None:
        here.sessions.end(work.connection, here.session.id, here.now)

    await here.database.write(end)
    with pytest.raises(TicketRevoked):
        await here.handoffs.claim(minted.ticket)


async def test_a_phone_disconnected_by_the_sessions_end_stays_disconnected(here: Fixture) -> None:
    token = await here.let_in()
    await here.call(token)
    await here.handoffs.end_session(here.session, here.now)
    with pytest.raises(PhoneCutOff):
        await here.call(token)


async def test_a_session_that_two_tabs_end_at_once_ends_once(here: Fixture) -> None:
    await asyncio.gather(*(here.handoffs.end_session(here.session, here.now) for _ in range(2)))
    assert [row["action"] for row in await read_rows(here.database)].count("session.ended") == 1


async def test_a_cookie_that_no_phone_has_is_refused(here: Fixture) -> None:
    await here.let_in()
    with pytest.raises(PhoneCutOff):
        await here.call("0" * 64)


@pytest.mark.parametrize("secure", [True, False])
def test_scripts_and_other_sites_cannot_use_the_phones_cookie(secure: bool) -> None:
    parts = phone_cookie(secure=secure).set("abc").split("; ")
    assert parts[0] == ("__Host-clinicpro_phone=abc" if secure else "clinicpro_phone=abc")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"} <= set(parts)
    assert ("Secure" in parts) == secure


async def test_ticket_code_and_cookie_come_from_the_source_of_randomness_and_nothing_else(
    here: Fixture,
) -> None:
    asked: list[int] = []

    def source(size: int) -> bytes:
        asked.append(size)
        return bytes([len(asked)]) * size

    handoffs = here.with_source(source)
    new = await handoffs.start(here.session)
    claimed = await handoffs.claim(new.code)

    assert (new.ticket, new.code) == (encode_ticket(b"\1" * asked[0]), encode_ticket(b"\2" * asked[1]))
    assert claimed.phone_token == (b"\3" * 32).hex()
    # Five bits of each byte are a character: 140 bits that nobody guesses, and 8 characters to type.
    assert asked == [28, 8, 32]
