"""The journal: listeners hear what is certain, in order, whoever wrote it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.events.journal import Journal, Write, woken

pytestmark = pytest.mark.anyio

NOW = 1_763_000_000.0
OURS, OTHERS = "a" * 32, "b" * 32


@pytest.fixture
async def databases(tmp_path: Path) -> AsyncIterator[list[Database]]:
    """Two engines on one file, as two processes have them."""
    databases = [open_database(f"sqlite+aiosqlite:///{tmp_path / 'clinicpro.db'}") for _ in range(2)]
    await migrate(databases[0])
    yield databases
    for each in databases:
        await each.close()


@pytest.fixture
def journal(databases: list[Database]) -> Journal:
    return Journal(databases[0], lambda: NOW)


@pytest.fixture
async def elsewhere(databases: list[Database]) -> AsyncIterator[Journal]:
    """Another process, which watches what others write."""
    journal = Journal(databases[1], lambda: NOW)
    watching = asyncio.create_task(journal.watch_other_processes(every=0.01))
    yield journal
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def told(journal: Journal, *subjects: str, session_id: str = OURS) -> None:
    async with journal.write() as transaction:
        for subject in subjects:
            await transaction.tell(session_id, "image.added", subject)


async def heard(journal: Journal, last_id: int = 0, limit: int = 200) -> list[str]:
    return [event.subject_id for event in await journal.after(OURS, last_id, limit)]


async def test_a_listener_is_woken_only_when_what_it_hears_of_is_committed(journal: Journal) -> None:
    async with journal.listening(OURS) as listener:
        async with journal.write() as transaction:
            await transaction.tell(OURS, "image.added", "one")
            assert not listener.is_set()
            assert await heard(journal) == []
        assert listener.is_set()
        assert await heard(journal) == ["one"]


async def test_a_write_that_breaks_off_tells_nobody(journal: Journal) -> None:
    async def break_off() -> None:
        async with journal.write() as transaction:
            await transaction.tell(OURS, "image.added", "one")
            raise ZeroDivisionError

    async with journal.listening(OURS) as listener:
        with pytest.raises(ZeroDivisionError):
            await break_off()
        assert not listener.is_set()
        assert await heard(journal) == []


async def test_a_commit_that_fails_tells_nobody(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unable(_: Write) -> None:
        await asyncio.sleep(0)
        raise OSError("disk full")

    monkeypatch.setattr(Write, "store_events", unable)
    async with journal.listening(OURS) as listener:
        with pytest.raises(OSError, match="disk full"):
            await told(journal, "one")
        assert not listener.is_set()


async def test_only_listeners_of_the_session_are_woken_and_all_of_them(journal: Journal) -> None:
    async with (
        journal.listening(OURS) as first,
        journal.listening(OURS) as second,
        journal.listening(OTHERS) as other,
    ):
        await told(journal, "one")
        assert (first.is_set(), second.is_set(), other.is_set()) == (True, True, False)


async def test_replay_is_what_came_after_in_the_order_it_happened(journal: Journal) -> None:
    await told(journal, "one", "two")
    await told(journal, "theirs", session_id=OTHERS)
    await told(journal, "three")
    events = await journal.after(OURS, 0)
    assert [event.subject_id for event in events] == ["one", "two", "three"]
    assert [event.id for event in events] == sorted({event.id for event in events})
    assert await heard(journal, events[0].id) == ["two", "three"]
    assert await heard(journal, events[-1].id) == []
    assert await journal.last_id() == events[-1].id


async def test_a_long_replay_comes_in_batches_without_gap_or_repeat(journal: Journal) -> None:
    subjects = [str(number) for number in range(7)]
    await told(journal, *subjects)
    last_id, replayed = 0, list[str]()
    while batch := await journal.after(OURS, last_id, limit=3):
        assert len(batch) <= 3
        replayed += [event.subject_id for event in batch]
        last_id = batch[-1].id
    assert replayed == subjects


async def test_an_event_number_is_never_used_again(journal: Journal, databases: list[Database]) -> None:
    await told(journal, "one")
    before = await journal.last_id()
    async with databases[0].write() as connection:
        await connection.exec_driver_sql("DELETE FROM events")
    await told(journal, "two")
    # A browser that heard the deleted one asks for what came after it.
    assert await heard(journal, before) == ["two"]


async def test_everything_in_one_write_has_one_time(journal: Journal) -> None:
    async with journal.write() as transaction:
        assert transaction.now == NOW


async def test_what_another_process_writes_is_heard_here(journal: Journal, elsewhere: Journal) -> None:
    async with elsewhere.listening(OURS) as listener, elsewhere.listening(OTHERS) as other:
        async with asyncio.timeout(10):
            await told(journal, "one")
            while not await woken(listener, 0.05):
                # What was there before it began to watch is no news.
                await told(journal, "another")
        assert not other.is_set()
        assert (await heard(elsewhere))[0] == "one"


async def test_a_database_that_is_gone_for_a_moment_does_not_end_the_watch(
    journal: Journal, elsewhere: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()
    look = elsewhere._look_for_others

    async def gone() -> None:
        await asyncio.sleep(0)
        failed.set()
        raise OSError("gone")

    monkeypatch.setattr(elsewhere, "_look_for_others", gone)
    with capture_logs() as logged:
        async with elsewhere.listening(OURS) as listener, asyncio.timeout(10):
            await failed.wait()
            monkeypatch.setattr(elsewhere, "_look_for_others", look)
            await told(journal, "one")
            assert await woken(listener, 5)
    assert {line["event"] for line in logged} == {"events.unreadable"}


async def test_nobody_is_remembered_who_stopped_listening(journal: Journal) -> None:
    async with journal.listening(OURS), journal.listening(OURS):
        assert list(journal._waiting) == [OURS]
    assert journal._waiting == {}


async def test_waiting_ends_after_its_seconds_and_a_wake_is_used_up() -> None:
    listener = asyncio.Event()
    assert not await woken(listener, 0.01)
    listener.set()
    assert await woken(listener, 5)
    assert not await woken(listener, 0.01)
