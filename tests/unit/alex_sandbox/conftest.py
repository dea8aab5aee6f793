"""A shared sandbox, reset before each test, and a way to start further ones."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx2
import pytest

from alex_sandbox.behaviour import Behaviour
from loopback import NO_CERTIFICATES
from unit.alex_sandbox.running import Clock, Sandbox, running


@pytest.fixture(scope="session")
def shared_clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def shared_url(shared_clock: Clock) -> Iterator[str]:
    with running(shared_clock, Behaviour()) as url:
        yield url


@pytest.fixture
async def sandbox(shared_url: str, shared_clock: Clock) -> AsyncIterator[Sandbox]:
    shared_clock.time = Clock().time
    async with httpx2.AsyncClient(base_url=shared_url, verify=NO_CERTIFICATES) as client:
        await client.put("/sandbox/settings", json=Behaviour().as_json())
        for path in ("faults", "resources", "calls"):
            await client.delete(f"/sandbox/{path}")
        yield Sandbox(shared_url, shared_clock, client)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(clock: Clock) -> Callable[..., Any]:
    """Start a sandbox with other settings: `with start(data_folder=...) as url`."""

    def begin(behaviour: Behaviour | None = None, **settings: Any) -> Any:
        return running(clock, behaviour or Behaviour(), **settings)

    return begin
