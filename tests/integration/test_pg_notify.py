"""Several gateways on one PostgreSQL: what happens at one is heard at another at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.events.journal import Journal, woken
from phones import Phone, new_qr
from postgres import Cluster
from running import CommitService, Sandbox, running
from streams import events

pytestmark = pytest.mark.anyio

OURS, OTHERS = "a" * 32, "b" * 32
NEVER = 3600.0


@asynccontextmanager
async def process(url: str, every: float = NEVER) -> AsyncIterator[tuple[Journal, Database]]:
    """A process on this database, which looks for news by itself only `every` seconds."""
    database = open_database(url)
    await migrate(database)
    journal = Journal(database, lambda: 1_763_000_000.0)
    watching = asyncio.create_task(journal.watch_other_processes(every))
    try:
        await hears(journal)
        yield journal, database
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await database.close()


async def hears(journal: Journal) -> None:
    assert journal._telegraph is not None
    async with asyncio.timeout(20):
        await journal._telegraph.proven.wait()


async def tell(journal: Journal, *session_ids: str) -> None:
    async with journal.write() as transaction:
        for session_id in session_ids:
            await transaction.tell(session_id, "image.added", "one")


async def test_news_of_another_process_wake_without_asking(cluster: Cluster) -> None:
    url = cluster.new_database()
    async with (
        process(url) as (here, _),
        process(url) as (there, _),
        there.listening(OURS) as listener,
        there.listening(OTHERS) as other,
    ):
        await tell(here, OURS)
        assert await woken(listener, 20)
        assert not other.is_set()
        assert [event.subject_id for event in await there.after(OURS, 0)] == ["one"]
        await tell(here, *(f"{number:032}" for number in range(450)), OTHERS)
        assert await woken(other, 20)


async def test_what_is_not_committed_is_not_told(cluster: Cluster) -> None:
    async def break_off(journal: Journal) -> None:
        async with journal.write() as transaction:
            await transaction.tell(OTHERS, "image.added", "never")
            await transaction.store_events()
            raise ZeroDivisionError

    url = cluster.new_database()
    async with (
        process(url) as (here, _),
        process(url) as (there, _),
        there.listening(OURS) as listener,
        there.listening(OTHERS) as other,
    ):
        with pytest.raises(ZeroDivisionError):
            await break_off(here)
        await tell(here, OURS)
        assert await woken(listener, 20)
        assert not other.is_set()


async def test_a_sessions_events_are_numbered_in_the_order_in_which_they_can_be_read(
    cluster: Cluster,
) -> None:
    url = cluster.new_database()
    async with process(url) as (here, _), process(url) as (there, _), AsyncExitStack() as slow:
        transaction = await slow.enter_async_context(here.write())
        await transaction.tell(OURS, "image.added", "first")
        await transaction.store_events()
        transaction._told.clear()
        # Another session does not wait for it; the same one does, or a listener that heard the later would miss the earlier.
        async with asyncio.timeout(20):
            await tell(there, OTHERS)
        late = asyncio.create_task(tell(there, OURS))
        await waits_for_a_lock(url)
        assert await there.after(OURS, 0) == []
        await slow.aclose()
        await late
        heard = await there.after(OURS, 0)
        assert [event.subject_id for event in heard] == ["first", "one"]
        assert await there.last_id(OURS) == heard[-1].id != await there.last_id(OTHERS)


async def waits_for_a_lock(url: str) -> None:
    database = open_database(url)
    query = (
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
        "WHERE NOT granted AND datname = current_database()"
    )
    try:
        async with asyncio.timeout(20):
            while True:
                async with database.read() as connection:
                    if await connection.scalar(text(query)):
                        return
    finally:
        await database.close()


async def test_a_notice_that_never_left_is_made_good_by_asking(cluster: Cluster) -> None:
    url = cluster.new_database()
    silent = open_database(url)
    try:
        async with process(url, every=0.05) as (there, _), there.listening(OURS) as listener:
            there._telegraph.proven.clear()  # type: ignore[union-attr]
            # As a process does that dies right after its commit.
            await tell(Journal(silent, lambda: 1_763_000_000.0), OURS)
            assert await woken(listener, 20)
            assert not await woken(listener, 0.3)
    finally:
        await silent.close()


async def test_a_lost_connection_is_made_again_and_bridged_by_asking(cluster: Cluster) -> None:
    url = cluster.new_database()
    async with (
        process(url, every=0.05) as (there, database),
        process(url) as (here, _),
        there.listening(OURS) as listener,
    ):
        async with database.write() as connection:
            await connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
            )
        await tell(here, OURS)
        assert await woken(listener, 20)
        assert there._telegraph is not None
        there._telegraph.proven.clear()
        await hears(there)


async def test_launch_at_one_gateway_phone_at_another_events_at_a_third(
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
        for desk in (first, second, third):
            desk.client.headers["Origin"] = "http://localhost:8000"
        await first.launch()
        _as_the_same_browser(first, third)
        async with events(third.client) as stream:
            qr = await new_qr(first.client)
            claimed = await second.client.post("/api/handoff/claim", json={"token": qr["code"]})
            phone = Phone(second.client, claimed.json())
            added = await phone.add(photo)
            heard = [await anext(stream) for _ in range(3)]
            assert [name for name, _, _ in heard] == ["handoff.updated", "handoff.updated", "image.added"]
            assert heard[2][2] == added
            async with events(second.client, path=f"/api/events?phone={phone.id}") as of_phone:
                await third.client.delete("/api/handoff")
                assert [told["state"] async for _, _, told in of_phone] == ["gone"]
        assert (await phone.get("/api/phone")).status_code == 401


def _as_the_same_browser(one: CommitService, other: CommitService) -> None:
    for cookie in one.client.cookies.jar:
        other.client.cookies.jar.set_cookie(cookie)
