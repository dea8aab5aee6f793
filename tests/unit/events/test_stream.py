"""The stream of events: what is sent once, and what a phone receives when it is cut off while its events are being read."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import Connection

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.events.broker import EventBroker
from clinicpro_images.events.event import Event, EventName
from clinicpro_images.events.stream import Subscriber, event_routes
from clinicpro_images.handoff.errors import PhoneCutOff
from databases import place_migrated, sqlite_url
from null_trail import NullTrail

pytestmark = pytest.mark.anyio

SESSION, PHONE = "a" * 32, "b" * 32


@dataclass(frozen=True)
class Phone:
    """Who subscribes."""

    session_id: str = SESSION
    handoff_id: str | None = PHONE


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Database]:
    url = sqlite_url(tmp_path / "clinicpro.db")
    place_migrated(url)
    database = open_database(url, clock=lambda: 1_763_000_000.0)
    yield database
    await database.close()


@pytest.fixture
def broker(plain: Database) -> EventBroker:
    return EventBroker(plain)


@pytest.fixture
def database(plain: Database, broker: EventBroker) -> Database:
    return plain.with_logs(NullTrail(), broker)


def publish(work: UnitOfWork, name: EventName, *subjects: str) -> None:
    for subject in subjects:
        work.publish(SESSION, name, subject)


async def stream(routes: APIRouter) -> str:
    """The whole stream, which ends when access does."""
    app = FastAPI()
    app.include_router(routes)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as client:
        return (await client.get("/api/events")).text


@pytest.mark.parametrize("checked_before", [True, False])
async def test_a_disconnected_phone_is_notified_once_whenever_its_access_was_checked(
    database: Database, broker: EventBroker, checked_before: bool
) -> None:
    checks = 0

    async def subscriber(_request: Request) -> Phone:
        return Phone()

    async def expiry(_request: Request) -> dict[str, Any] | None:
        nonlocal checks
        checks += 1
        if checks > checked_before:
            raise PhoneCutOff
        await database.write(publish, "handoff.updated", PHONE)
        return None

    def render(
        _connection: Connection, events: Sequence[Event], _subscriber: Subscriber
    ) -> list[tuple[EventName, dict[str, Any]]]:
        return [("handoff.updated", {"id": PHONE, "state": "gone"}) for _ in events]

    received = await stream(
        event_routes(subscriber=subscriber, expiry=expiry, database=database, broker=broker, render=render)
    )
    assert received.count("event: handoff.updated") == 1
    assert received.count('"state":"gone"') == 1


async def test_what_changed_several_times_before_it_was_read_is_sent_once_as_it_is_now(
    database: Database, broker: EventBroker
) -> None:
    rendered: list[int] = []
    loop = asyncio.get_running_loop()

    async def subscriber(_request: Request) -> Phone:
        return Phone(handoff_id=None)

    async def expiry(_request: Request) -> dict[str, Any] | None:
        if rendered:
            raise PhoneCutOff
        for number in (1, 2, 2):
            await database.write(publish, "image.updated", f"{number}", f"{number}")
        return None

    def render(
        _connection: Connection, events: Sequence[Event], _subscriber: Subscriber
    ) -> list[tuple[EventName, dict[str, Any]]]:
        rendered.extend(event.id for event in events)
        if events:
            # So that access is checked again.
            asyncio.run_coroutine_threadsafe(database.write(publish, "handoff.updated", SESSION), loop)
        return [(event.name, {"id": event.subject_id}) for event in events]

    received = await stream(
        event_routes(subscriber=subscriber, expiry=expiry, database=database, broker=broker, render=render)
    )
    ids = [int(line.removeprefix("id: ")) for line in received.splitlines() if line.startswith("id: ")]
    assert ids == [0, 1, 3]  # three transactions, of which the last two are about the same image
    assert received.count('data: {"id":"2"}') == 1
