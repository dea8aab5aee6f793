"""The broker: subscribers receive what is committed, in order, whichever process published it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.unit_of_work import NewEvent, UnitOfWork
from clinicpro_images.events.broker import EventBroker, Subscription
from clinicpro_images.events.event import Event
from clinicpro_images.events.store import events_after, last_event_id
from databases import place_migrated, sqlite_url
from log_lines import logged
from null_trail import NullTrail

pytestmark = pytest.mark.anyio

NOW = 1_763_000_000.0
OURS, OTHERS = "a" * 32, "b" * 32


@dataclass(frozen=True)
class Process:
    """A process with a broker on a database."""

    database: Database
    broker: EventBroker

    async def publish(self, *subjects: str, session_id: str = OURS) -> None:
        def publish(work: UnitOfWork) -> None:
            for subject in subjects:
                work.publish(session_id, "image.added", subject)

        await self.database.write(publish)

    async def after(self, last_id: int, limit: int = 200) -> list[Event]:
        return await self.database.read(events_after, OURS, last_id, limit)

    async def received(self, last_id: int = 0) -> list[str]:
        return [event.subject_id for event in await self.after(last_id)]


@asynccontextmanager
async def opened(folder: Path, kind: type[EventBroker] = EventBroker) -> AsyncIterator[Process]:
    """Twice on one folder is two processes."""
    url = sqlite_url(folder / "clinicpro.db")
    place_migrated(url)
    database = open_database(url, clock=lambda: NOW)
    broker = kind(database)
    yield Process(database.with_logs(NullTrail(), broker), broker)
    await database.close()


@asynccontextmanager
async def polling(broker: EventBroker) -> AsyncIterator[None]:
    task = asyncio.create_task(broker.run(interval=0.01))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Process]:
    async with opened(tmp_path) as process:
        yield process


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Process]:
    """Another process, which polls for what others publish."""
    async with opened(tmp_path) as process, polling(process.broker):
        yield process


async def test_a_subscriber_is_woken_only_when_the_event_is_committed(here: Process) -> None:
    woken_inside: list[bool] = []

    def publish(work: UnitOfWork, subscription: Subscription) -> None:
        work.publish(OURS, "image.added", "one")
        woken_inside.append(subscription.has_events)

    with here.broker.subscribe(OURS) as subscription:
        await here.database.write(publish, subscription)
        assert woken_inside == [False]
        assert subscription.has_events
        assert await here.received() == ["one"]


async def test_a_write_that_breaks_off_publishes_nothing(here: Process) -> None:
    def break_off(work: UnitOfWork) -> None:
        work.publish(OURS, "image.added", "one")
        raise ZeroDivisionError

    with here.broker.subscribe(OURS) as subscription:
        with pytest.raises(ZeroDivisionError):
            await here.database.write(break_off)
        assert not subscription.has_events
        assert await here.received() == []


class FullDisk(EventBroker):
    """Can't store events."""

    def store(self, connection: Connection, events: Sequence[NewEvent], now: float) -> None:  # noqa: ARG002
        raise OSError("disk full")


async def test_a_commit_that_fails_wakes_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path, FullDisk) as here:
        with here.broker.subscribe(OURS) as subscription:
            with pytest.raises(OSError, match="disk full"):
                await here.publish("one")
            assert not subscription.has_events


async def test_only_subscribers_of_the_session_are_woken_and_all_of_them(here: Process) -> None:
    with (
        here.broker.subscribe(OURS) as first,
        here.broker.subscribe(OURS) as second,
        here.broker.subscribe(OTHERS) as other,
    ):
        await here.publish("one")
        assert (first.has_events, second.has_events, other.has_events) == (True, True, False)


async def test_replay_is_what_came_after_in_the_order_it_happened(here: Process) -> None:
    await here.publish("one", "two")
    await here.publish("theirs", session_id=OTHERS)
    await here.publish("three")
    events = await here.after(0)
    assert [event.subject_id for event in events] == ["one", "two", "three"]
    assert [event.id for event in events] == sorted({event.id for event in events})
    assert await here.received(events[0].id) == ["two", "three"]
    assert await here.received(events[-1].id) == []
    assert await here.database.read(last_event_id) == events[-1].id


async def test_a_long_replay_comes_in_batches_without_gap_or_repeat(here: Process) -> None:
    subjects = [str(number) for number in range(7)]
    await here.publish(*subjects)
    last_id, replayed = 0, list[str]()
    while batch := await here.after(last_id, limit=3):
        assert len(batch) <= 3
        replayed += [event.subject_id for event in batch]
        last_id = batch[-1].id
    assert replayed == subjects


async def test_an_event_number_is_never_used_again(here: Process) -> None:
    await here.publish("one")
    before = await here.database.read(last_event_id)
    await here.database.write(lambda work: work.connection.execute(text("DELETE FROM events")))
    await here.publish("two")
    # A browser that has seen the deleted one asks for what came after it.
    assert await here.received(before) == ["two"]


async def test_what_another_process_publishes_is_received_here(here: Process, there: Process) -> None:
    with there.broker.subscribe(OURS) as subscription, there.broker.subscribe(OTHERS) as other:
        async with asyncio.timeout(10):
            await here.publish("one")
            while not await subscription.wait(0.05):
                # What was there before it began to poll is not new.
                await here.publish("another")
        assert not other.has_events
        assert (await there.received())[0] == "one"


async def test_a_database_that_is_gone_for_a_moment_does_not_end_the_polling(
    here: Process, tmp_path: Path
) -> None:
    async with opened(tmp_path) as there:
        with logged("events.") as lines:
            async with polling(there.broker), asyncio.timeout(10):
                with there.broker.subscribe(OURS) as subscription:
                    while not await subscription.wait(0.05):  # until it polls
                        await here.publish("one")
                    await here.database.write(_rename, "events", "gone")
                    while not lines:  # noqa: ASYNC110 - a log has no event to wait for
                        await asyncio.sleep(0.01)
                    await here.database.write(_rename, "gone", "events")
                    await subscription.wait(0)
                    await here.publish("two")
                    assert await subscription.wait(5)
        assert {line["event"] for line in lines} == {"events.unreadable"}


def _rename(work: UnitOfWork, old: str, new: str) -> None:
    work.connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


async def test_a_subscriber_that_has_seen_an_event_is_not_woken_for_it_again(
    here: Process, there: Process
) -> None:
    with there.broker.subscribe(OURS, seen=10**6) as seen, there.broker.subscribe(OURS) as subscription:
        async with asyncio.timeout(10):
            while not await subscription.wait(0.05):
                await here.publish("one")
        assert not seen.has_events


async def test_nobody_is_remembered_who_unsubscribed(here: Process) -> None:
    with here.broker.subscribe(OURS), here.broker.subscribe(OURS):
        assert here.broker.sessions == {OURS}
    assert here.broker.sessions == frozenset()


async def test_ending_wakes_every_subscriber(here: Process) -> None:
    with here.broker.subscribe(OURS) as first, here.broker.subscribe(OTHERS) as second:
        here.broker.end_streams()
        assert (here.broker.ending, first.has_events, second.has_events) == (True, True, True)


async def test_waiting_ends_after_its_seconds_and_a_wake_is_used_up() -> None:
    subscription = Subscription(0)
    assert not await subscription.wait(0.01)
    subscription.wake()
    assert await subscription.wait(5)
    assert not await subscription.wait(0.01)
