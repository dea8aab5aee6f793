"""One clock for several gateways: PostgreSQL's, however wrong the clock of the machine a gateway runs on."""

import asyncio
import time
from pathlib import Path

import pytest

from clinicpro_images.db.clock import DatabaseClock
from clinicpro_images.db.clock_watch import ClockWatch
from clinicpro_images.db.database import open_database
from databases import place_migrated, sqlite_url
from postgres import Cluster

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("wrong_by", [-3600.0, 3600.0])
async def test_a_gateway_whose_clock_is_wrong_uses_the_databases(cluster: Cluster, wrong_by: float) -> None:
    database = open_database(cluster.new_database())
    clock = DatabaseClock(is_local=database.is_sqlite, local=lambda: time.time() + wrong_by)
    try:
        await database.read(clock.sync)
        assert clock() == pytest.approx(time.time(), abs=30.0)
    finally:
        await database.close()


async def test_a_machine_whose_clock_is_set_goes_on_with_the_databases(cluster: Cluster) -> None:
    database = open_database(cluster.new_database())
    wrong_by = 0.0
    clock = DatabaseClock(is_local=database.is_sqlite, local=lambda: time.time() + wrong_by)
    try:
        await database.read(clock.sync)
        wrong_by = -7200.0
        assert clock() == pytest.approx(time.time(), abs=30.0)
        assert not clock.was_set()
    finally:
        await database.close()


async def test_a_clock_that_is_set_is_followed_once_stored_times_were_moved(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    place_migrated(url)
    ahead = 0.0
    clock = DatabaseClock(is_local=True, local=lambda: time.time() + ahead)
    database = open_database(url, clock=clock)
    try:
        watch = ClockWatch(database, {}, machine="this")
        await watch.check()
        assert await database.read(watch.may_delete, clock())
        ahead = 7200.0
        assert clock.was_set()
        assert clock() == pytest.approx(time.time(), abs=30.0)
        await watch.check()
        assert not clock.was_set()
        assert clock() == pytest.approx(time.time() + 7200.0, abs=30.0)
        assert clock.moved == pytest.approx(7200.0, abs=30.0)
        assert not await database.read(watch.may_delete, clock())
        assert await database.read(watch.may_delete, clock() + 3700.0)
    finally:
        await database.close()


async def test_another_gateway_learns_that_stored_times_were_moved_and_moves_none_again(
    cluster: Cluster,
) -> None:
    url = cluster.new_database()
    clocks = [DatabaseClock(is_local=False), DatabaseClock(is_local=False)]
    databases = [open_database(url, clock=each) for each in clocks]
    try:
        watches = [ClockWatch(each, {}, machine=name) for each, name in zip(databases, "ab", strict=True)]
        for watch in watches:
            await watch.check()
        for each in clocks:  # as if the database's clock had been set by two hours
            each.accept(each.accepted[0] - 7200.0, 0.0)
            assert each() == pytest.approx(time.time() - 7200.0, abs=30.0)
        await asyncio.sleep(0.5)
        for watch in watches:
            await watch.check()
        assert [each.moved for each in clocks] == pytest.approx([7200.0, 7200.0], abs=1.0)
        assert [each() for each in clocks] == pytest.approx([time.time()] * 2, abs=30.0)
    finally:
        for database in databases:
            await database.close()


async def test_sqlite_uses_the_clock_of_this_machine(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    place_migrated(url)
    database = open_database(url)
    clock = DatabaseClock(is_local=database.is_sqlite, local=lambda: 42.0)
    try:
        await database.read(clock.sync)
        assert clock() == pytest.approx(42.0)
    finally:
        await database.close()
