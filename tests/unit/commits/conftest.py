"""The world of a job, on SQLite or on a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from postgres import Cluster
from unit.commits.job_world import JobWorld, open_job_world


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without rows: SQLite, unless marked otherwise."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'jobs.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()


@pytest.fixture
async def world(tmp_path: Path, database: str) -> AsyncIterator[JobWorld]:
    async with open_job_world(tmp_path, database) as world:
        yield world
