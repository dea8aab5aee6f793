"""The gateway against the sandbox, both real, on loopback."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from running import Desk, Sandbox, running, running_sandbox


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """The sandbox, with nothing written and no fault asked for."""
    sandbox_process.call("DELETE", "/sandbox/resources")
    sandbox_process.call("DELETE", "/sandbox/calls")
    sandbox_process.call("DELETE", "/sandbox/faults")
    return sandbox_process


@pytest.fixture
async def desk(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Desk]:
    async with running(sandbox, tmp_path) as desk:
        yield desk
