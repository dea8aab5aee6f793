"""The stream of events: what is heard once, and what a phone hears when it is cut off while its news are being read."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from httpx2 import ASGITransport, AsyncClient

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.events.event import Event, EventName
from clinicpro_images.events.journal import Journal
from clinicpro_images.events.stream import Subscriber, event_routes
from clinicpro_images.handoff.errors import PhoneCutOff

pytestmark = pytest.mark.anyio

SESSION, PHONE = "a" * 32, "b" * 32


@dataclass(frozen=True)
class Phone:
    """Who listens."""

    session_id: str = SESSION
    handoff_id: str | None = PHONE


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'clinicpro.db'}")
    await migrate(database)
    yield database
    await database.close()


@pytest.mark.parametrize("looked_at_before", [True, False])
async def test_a_phone_that_is_cut_off_hears_it_once_whenever_it_was_looked_at(
    database: Database, looked_at_before: bool
) -> None:
    journal = Journal(database, lambda: 1_763_000_000.0)
    looks = 0

    async def listener(_request: Request) -> Phone:
        return Phone()

    async def expiry(_request: Request) -> dict[str, Any] | None:
        nonlocal looks
        looks += 1
        if looks > looked_at_before:
            raise PhoneCutOff
        async with journal.write() as transaction:
            await transaction.tell(SESSION, "handoff.updated", PHONE)
        return None

    async def present(events: Sequence[Event], _hearer: Subscriber) -> list[tuple[EventName, dict[str, Any]]]:
        return [("handoff.updated", {"id": PHONE, "state": "gone"}) for _ in events]

    app = FastAPI()
    app.include_router(event_routes(listener=listener, expiry=expiry, journal=journal, present=present))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as client:
        heard = (await client.get("/api/events")).text
    assert heard.count("event: handoff.updated") == 1
    assert heard.count('"state":"gone"') == 1


async def test_what_changed_several_times_before_it_was_read_is_told_once_as_it_is_now(
    database: Database,
) -> None:
    journal = Journal(database, lambda: 1_763_000_000.0)
    presented: list[int] = []

    async def listener(_request: Request) -> Phone:
        return Phone(handoff_id=None)

    async def expiry(_request: Request) -> dict[str, Any] | None:
        if presented:
            raise PhoneCutOff
        for number in (1, 2, 2):
            async with journal.write() as transaction:
                for _ in range(2):
                    await transaction.tell(SESSION, "image.updated", f"{number}")
        return None

    async def present(events: Sequence[Event], _hearer: Subscriber) -> list[tuple[EventName, dict[str, Any]]]:
        presented.extend(event.id for event in events)
        if events:
            async with journal.write() as transaction:
                await transaction.tell(SESSION, "handoff.updated", SESSION)  # so that it is looked at again
        return [(event.name, {"id": event.subject_id}) for event in events]

    app = FastAPI()
    app.include_router(event_routes(listener=listener, expiry=expiry, journal=journal, present=present))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as client:
        heard = (await client.get("/api/events")).text
    ids = [int(line.removeprefix("id: ")) for line in heard.splitlines() if line.startswith("id: ")]
    assert ids == [0, 1, 3]  # three transactions, of which the last two tell of the same picture
    assert heard.count('data: {"id":"2"}') == 1
