"""One clock for several gateways: PostgreSQL's, however wrong the clock of the machine a gateway runs on."""

import time
from pathlib import Path

import pytest

from clinicpro_images.db.clock import DatabaseClock
from clinicpro_images.db.database import open_database
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


async def test_a_clock_that_was_set_is_followed_from_the_next_sync_on(cluster: Cluster) -> None:
    database = open_database(cluster.new_database())
    wrong_by = 0.0
    clock = DatabaseClock(is_local=database.is_sqlite, local=lambda: time.time() + wrong_by)
    try:
        await database.read(clock.sync)
        wrong_by = -7200.0
        assert clock() == pytest.approx(time.time() - 7200.0, abs=30.0)
        await database.read(clock.sync)
        assert clock() == pytest.approx(time.time(), abs=30.0)
    finally:
        await database.close()


async def test_sqlite_uses_the_clock_of_this_machine(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    clock = DatabaseClock(is_local=database.is_sqlite, local=lambda: 42.0)
    try:
        await database.read(clock.sync)
        assert clock() == 42.0
    finally:
        await database.close()
