"""One sandbox for all tests, emptied and set back before each; others on request."""

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx2
import pytest

from alex_sandbox.settings import Behaviour
from unit.alex_sandbox.running import Clock, Sandbox, running


@pytest.fixture(scope="session")
def shared_clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def shared_address(shared_clock: Clock) -> Iterator[str]:
    with running(shared_clock, Behaviour()) as address:
        yield address


@pytest.fixture
async def sandbox(shared_address: str, shared_clock: Clock) -> AsyncIterator[Sandbox]:
    shared_clock.time = Clock().time
    # No certificates are needed on loopback, and loading them is the slowest part of a test.
    unused = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx2.AsyncClient(base_url=shared_address, verify=unused) as client:
        await client.put("/sandbox/settings", json=Behaviour().as_json())
        for path in ("faults", "resources", "calls"):
            await client.delete(f"/sandbox/{path}")
        yield Sandbox(shared_address, shared_clock, client)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(clock: Clock) -> Callable[..., Any]:
    """Start a sandbox with other settings: `with start(folder=...) as address`."""

    def begin(behaviour: Behaviour | None = None, **settings: Any) -> Any:
        return running(clock, behaviour or Behaviour(), **settings)

    return begin
