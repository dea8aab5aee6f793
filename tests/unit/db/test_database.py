"""The unit of work: what a transaction publishes and audits is stored with it, and nobody is woken before that."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.tables import used_tokens
from clinicpro_images.db.unit_of_work import NewEvent, UnitOfWork
from databases import place_migrated, sqlite_url

pytestmark = pytest.mark.anyio

NOW = 1_763_000_000.0
REQUEST: ContextVar[str] = ContextVar("request", default="none")


class Log:
    """An audit log and an event log that keep their rows in one table, and record who was woken."""

    def __init__(self) -> None:
        self.woken: list[frozenset[str]] = []
        self.fails = False

    def append(self, connection: Connection, entries: Sequence[Any], now: float) -> None:
        for number, entry in enumerate(entries):
            connection.execute(insert(used_tokens).values(token_hash=f"entry {number} {entry}", used_at=now))

    def committed(self, receipt: Any) -> None:
        del receipt

    def store(self, connection: Connection, events: Sequence[NewEvent], now: float) -> None:
        if self.fails:
            raise OSError("disk full")
        for number, event in enumerate(events):
            connection.execute(
                insert(used_tokens).values(token_hash=f"event {number} {event.subject_id}", used_at=now)
            )

    def notify(self, session_ids: frozenset[str]) -> None:
        self.woken.append(session_ids)


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Database]:
    url = sqlite_url(tmp_path / "clinicpro.db")
    place_migrated(url)
    database = open_database(url, clock=lambda: NOW)
    yield database
    await database.close()


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def database(plain: Database, log: Log) -> Database:
    return plain.with_logs(log, log)


async def rows(database: Database) -> list[str]:
    query = select(used_tokens.c.token_hash).order_by(used_tokens.c.token_hash)
    return await database.read(lambda connection: list(connection.scalars(query)))


def report(work: UnitOfWork, subject: str = "image") -> str:
    work.audit("added")
    work.publish("session", "image.added", subject)
    return subject


async def test_events_and_entries_are_stored_with_the_transaction_and_then_subscribers_wake(
    database: Database, log: Log
) -> None:
    assert await database.write(report) == "image"
    assert await rows(database) == ["entry 0 added", "event 0 image"]
    assert log.woken == [{"session"}]


async def test_a_transaction_that_breaks_off_stores_nothing_and_wakes_nobody(
    database: Database, log: Log
) -> None:
    def break_off(work: UnitOfWork) -> None:
        report(work)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(break_off)
    log.fails = True
    with pytest.raises(OSError, match="disk full"):
        await database.write(report)
    assert (await rows(database), log.woken) == ([], [])


async def test_what_is_published_twice_in_a_transaction_is_one_event(database: Database, log: Log) -> None:
    def repeat(work: UnitOfWork) -> None:
        for subject in ("a", "b", "a"):
            work.publish("session", "image.updated", subject)
        work.publish("another", "image.updated", "c")

    await database.write(repeat)
    assert await rows(database) == ["event 0 a", "event 1 b", "event 2 c"]
    assert log.woken == [{"session", "another"}]


async def test_everything_in_one_transaction_has_one_time(database: Database) -> None:
    await database.write(report)
    assert await database.write(lambda work: work.now) == NOW
    query = select(used_tokens.c.used_at).distinct()
    assert await database.read(lambda connection: connection.scalars(query).all()) == [NOW]


async def test_without_logs_to_store_them_nothing_is_dropped_in_silence(plain: Database) -> None:
    with pytest.raises(RuntimeError, match="audit trail"):
        await plain.write(report)
    with pytest.raises(RuntimeError, match="event log"):
        await plain.write(lambda work: work.publish("session", "image.added", "image"))
    assert await rows(plain) == []


async def test_a_caller_who_is_cancelled_does_not_keep_subscribers_from_waking(
    database: Database, log: Log
) -> None:
    writing = asyncio.create_task(database.write(report))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await rows(database) == ["entry 0 added", "event 0 image"]
    assert log.woken == [{"session"}]


async def test_a_function_knows_whose_request_it_serves(database: Database) -> None:
    def request(_: object) -> str:
        return REQUEST.get()

    async def serve(name: str) -> list[str]:
        REQUEST.set(name)
        return [await database.read(request), await database.write(request)]

    served = await asyncio.gather(*(asyncio.create_task(serve(str(number))) for number in range(20)))
    assert served == [[str(number)] * 2 for number in range(20)]


async def test_a_database_that_answers_passes_its_check(database: Database) -> None:
    await database.check()
