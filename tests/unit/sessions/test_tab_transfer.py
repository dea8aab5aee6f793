"""A ticket for a tab: for one session while it is open, for half a minute, once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.sessions.errors import TabTicketRefused
from clinicpro_images.sessions.session import IDLE_SECONDS, Session
from clinicpro_images.sessions.tab_transfer import FRAME_TICKET_SECONDS, TICKET_SECONDS, TabTransfers
from clinicpro_images.sessions.used_tokens import UsedTokens
from unit.unit_fixture import UnitFixture, open_unit_fixture

pytestmark = pytest.mark.anyio


class Fixture:
    def __init__(self, parts: UnitFixture, session: Session) -> None:
        self.parts, self.session, self.now = parts, session, session.active_at
        self.tabs = TabTransfers(
            database=parts.database,
            keyring=parts.keyring,
            store=parts.sessions,
            used=UsedTokens(parts.keyring),
        )

    async def refused(self, ticket: str, now: float) -> None:
        with pytest.raises(TabTicketRefused):
            await self.tabs.redeem(ticket, now)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Fixture]:
    async with open_unit_fixture(tmp_path) as parts:
        yield Fixture(parts, await parts.session(token="the-token"))


async def test_a_ticket_opens_its_session_until_its_last_moment_and_once(here: Fixture) -> None:
    ticket = here.tabs.issue("the-token", here.now)
    await here.refused(ticket, here.now + TICKET_SECONDS + 0.1)
    assert await here.tabs.redeem(ticket, here.now + TICKET_SECONDS) == "the-token"
    await here.refused(ticket, here.now)


async def test_the_same_ticket_written_otherwise_is_the_same(here: Fixture) -> None:
    ticket = here.tabs.issue("the-token", here.now)
    await here.tabs.redeem(ticket, here.now)
    await here.refused(f"{ticket[:8]}\n{ticket[8:]}", here.now)


async def test_a_ticket_from_before_the_clock_was_set_back_is_refused(here: Fixture) -> None:
    frames = here.tabs.issue("the-token", here.now, seconds=FRAME_TICKET_SECONDS)
    await here.refused(frames, here.now - 5.1)
    assert await here.tabs.redeem(frames, here.now - 4.9) == "the-token"


async def test_a_ticket_of_a_session_that_has_ended_or_never_was_opens_nothing(here: Fixture) -> None:
    await here.refused(here.tabs.issue("another", here.now), here.now)
    late = here.now + IDLE_SECONDS + 1
    await here.refused(here.tabs.issue("the-token", late), late)
    ticket = here.tabs.issue("the-token", here.now)

    def end(work: UnitOfWork) -> None:
        here.parts.sessions.end(work.connection, here.session.id, here.now)

    await here.parts.database.write(end)
    await here.refused(ticket, here.now)
