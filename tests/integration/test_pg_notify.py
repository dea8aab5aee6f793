"""Several gateways on one PostgreSQL: what happens at one is received at another at once."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.events.broker import EventBroker
from clinicpro_images.events.event import Event
from clinicpro_images.events.pg_notify import PgNotifier
from clinicpro_images.events.store import events_after, last_event_id
from null_trail import NullTrail
from phones import Phone, new_qr
from postgres import Cluster
from running import BrowserSession, Sandbox, running
from streams import events

pytestmark = pytest.mark.anyio

OURS, OTHERS = "a" * 32, "b" * 32
NEVER = 3600.0


@dataclass(frozen=True)
class Process:
    """A process on a database."""

    database: Database
    broker: EventBroker
    notifier: PgNotifier

    async def publish(self, *session_ids: str) -> None:
        await self.database.write(publish, *session_ids)

    async def confirmed(self) -> None:
        """Wait until notifications arrive."""
        async with asyncio.timeout(20):
            await self.notifier.confirmed.wait()

    async def events(self) -> list[Event]:
        return await self.database.read(events_after, OURS, 0)


def publish(work: UnitOfWork, *session_ids: str) -> None:
    for session_id in session_ids:
        work.publish(session_id, "image.added", "one")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Process]:
    """A process that neither receives nor sends notifications yet."""
    database, notifier = open_database(url, clock=lambda: 1_763_000_000.0), PgNotifier(url)
    broker = EventBroker(database, notifier)
    yield Process(database.with_logs(NullTrail(), broker), broker, notifier)
    await database.close()


@asynccontextmanager
async def process(url: str, every: float = NEVER) -> AsyncIterator[Process]:
    """A process that polls for events only `every` seconds."""
    async with opened(url) as process:
        running = asyncio.create_task(process.broker.run(every))
        try:
            await process.confirmed()
            yield process
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_events_of_another_process_wake_without_polling(cluster: Cluster) -> None:
    url = cluster.new_database()
    async with process(url) as here, process(url) as there:
        with there.broker.subscribe(OURS) as subscription, there.broker.subscribe(OTHERS) as other:
            await here.publish(OURS)
            assert await subscription.wait(20)
            assert not other.has_events
            assert [event.subject_id for event in await there.events()] == ["one"]
            await here.publish(*(f"{number:032}" for number in range(450)), OTHERS)
            assert await other.wait(20)


async def test_what_is_not_committed_is_not_notified(cluster: Cluster) -> None:
    def break_off(work: UnitOfWork, broker: EventBroker) -> None:
        publish(work, OTHERS)
        broker.store(work.connection, work.events, work.now)
        raise ZeroDivisionError

    url = cluster.new_database()
    async with process(url) as here, process(url) as there:
        with there.broker.subscribe(OURS) as subscription, there.broker.subscribe(OTHERS) as other:
            with pytest.raises(ZeroDivisionError):
                await here.database.write(break_off, here.broker)
            await here.publish(OURS)
            assert await subscription.wait(20)
            assert not other.has_events


async def test_a_sessions_events_are_numbered_in_the_order_in_which_they_can_be_read(
    cluster: Cluster,
) -> None:
    stored, go_on = threading.Event(), threading.Event()

    def slow(work: UnitOfWork, broker: EventBroker) -> None:
        work.publish(OURS, "image.added", "first")
        broker.store(work.connection, work.events, work.now)
        work.events.clear()
        stored.set()
        assert go_on.wait(20)

    url = cluster.new_database()
    async with opened(url) as here, opened(url) as there:
        first = asyncio.create_task(here.database.write(slow, here.broker))
        assert await asyncio.to_thread(stored.wait, 20)
        # Another session does not wait for it; the same one does, or a subscriber that has seen the later event would
        # miss the earlier one.
        async with asyncio.timeout(10):
            await there.publish(OTHERS)
        late = asyncio.create_task(there.publish(OURS))
        await waits_for_a_lock(here.database)
        assert await there.events() == []
        go_on.set()
        await asyncio.gather(first, late)
        seen = await there.events()
        assert [event.subject_id for event in seen] == ["first", "one"]
        ours = await there.database.read(last_event_id, OURS)
        assert ours == seen[-1].id != await there.database.read(last_event_id, OTHERS)


async def test_transactions_with_events_of_several_sessions_do_not_deadlock(cluster: Cluster) -> None:
    url = cluster.new_database()
    async with opened(url) as here, opened(url) as there:
        both = [(here, (OURS, OTHERS)), (there, (OTHERS, OURS))]
        async with asyncio.timeout(30):
            await asyncio.gather(*(each.publish(*order) for each, order in both for _ in range(20)))
        assert len(await here.events()) == 40


async def waits_for_a_lock(database: Database) -> None:
    query = text(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
        "WHERE NOT granted AND datname = current_database()"
    )
    async with asyncio.timeout(20):
        while not await database.read(lambda connection: connection.scalar(query)):
            pass


async def test_polling_makes_up_for_a_notification_that_was_never_sent(cluster: Cluster) -> None:
    url = cluster.new_database()
    async with process(url, every=0.05) as there, opened(url) as silent:
        with there.broker.subscribe(OURS) as subscription:
            there.notifier.confirmed.clear()
            # As a process does that dies right after its commit.
            await silent.publish(OURS)
            assert await subscription.wait(20)
            assert not await subscription.wait(0.3)


async def test_a_lost_connection_is_reopened_and_bridged_by_polling(cluster: Cluster) -> None:
    ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    url = cluster.new_database()
    async with process(url, every=0.05) as there, process(url) as here:
        with there.broker.subscribe(OURS) as subscription:
            await there.database.read(lambda connection: connection.execute(ended).all())
            await here.publish(OURS)
            assert await subscription.wait(20)
            there.notifier.confirmed.clear()
            await there.confirmed()


async def test_launch_phone_and_events_may_be_at_different_gateways(
    sandbox: Sandbox, cluster: Cluster, tmp_path: Path, photo: bytes
) -> None:
    shared = {
        "CLINICPRO_DATABASE_URL": cluster.new_database(),
        "CLINICPRO_STORAGE_URL": str(tmp_path / "pictures"),
        "CLINICPRO_PUBLIC_URL": "http://localhost:8000",
    }
    async with AsyncExitStack() as stack:
        first, second, third = [
            await stack.enter_async_context(running(sandbox, tmp_path / name, shared)) for name in "abc"
        ]
        for browser in (first, second, third):
            browser.client.headers["Origin"] = "http://localhost:8000"
        await first.launch()
        _as_the_same_browser(first, third)
        async with events(third.client) as stream:
            qr = await new_qr(first.client)
            claimed = await second.client.post("/api/handoff/claim", json={"token": qr["code"]})
            phone = Phone(second.client, claimed.json())
            added = await phone.add(photo)
            received = [await anext(stream) for _ in range(3)]
            assert [name for name, _, _ in received] == ["handoff.updated", "handoff.updated", "image.added"]
            assert received[2][2] == added
            async with events(second.client, path=f"/api/events?phone={phone.id}") as of_phone:
                await third.client.delete("/api/handoff")
                assert [state["state"] async for _, _, state in of_phone] == ["gone"]
        assert (await phone.get("/api/phone")).status_code == 401


def _as_the_same_browser(one: BrowserSession, other: BrowserSession) -> None:
    for cookie in one.client.cookies.jar:
        other.client.cookies.jar.set_cookie(cookie)
