"""The gateway against the sandbox, both real, on loopback."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from clinicpro_images.imaging.worker.pool import ImageWorkers, open_workers
from postgres import Cluster
from running import BrowserSession, Sandbox, running, running_sandbox


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """The sandbox, with nothing written and no faults."""
    sandbox_process.call("DELETE", "/sandbox/resources")
    sandbox_process.call("DELETE", "/sandbox/calls")
    sandbox_process.call("DELETE", "/sandbox/faults")
    return sandbox_process


@pytest.fixture
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment that names a database without rows: SQLite in the data folder, unless marked otherwise."""
    asked = getattr(request, "param", "sqlite")
    if asked == "sqlite":
        return {}
    cluster: Cluster = request.getfixturevalue("cluster")
    made = cluster.new_database if asked == "postgresql" else cluster.empty_database
    return {"CLINICPRO_DATABASE_URL": made()}


@pytest.fixture(scope="module")
async def decoders() -> AsyncIterator[ImageWorkers]:
    """What decodes a file's images: each start of one takes as long as many a test."""
    async with open_workers(2) as decoders:
        yield decoders


@pytest.fixture
async def browser(
    sandbox: Sandbox, tmp_path: Path, database: dict[str, str], decoders: ImageWorkers
) -> AsyncIterator[BrowserSession]:
    async with running(sandbox, tmp_path, database, workers=decoders) as browser:
        yield browser
