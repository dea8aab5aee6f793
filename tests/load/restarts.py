"""Restarts under load: a gateway, PostgreSQL and the object store go away in turn and come back."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from load.stage import Stage


@dataclass(frozen=True)
class Restart:
    """What was away, from when, in seconds since the start, and for how long."""

    what: str
    at: float
    seconds: float


async def restart_in_turn(
    stage: Stage, *, every: float, away: float, report: Callable[[Restart], None]
) -> None:
    """Restart one part after the other until cancelled: `every` so many seconds, each `away` for some."""
    parts: list[tuple[str, Callable[[], Awaitable[None]]]] = []
    for number, _ in enumerate(stage.gateways, start=1):
        parts.append((f"gateway {number}, SIGTERM", _gateway(stage, number - 1, graceful=True, away=away)))
        parts.append((f"gateway {number}, SIGKILL", _gateway(stage, number - 1, graceful=False, away=away)))
    if stage.store is not None:
        parts.insert(0, ("object store", _store(stage, away)))
    if stage.cluster is not None:
        parts.insert(0, ("PostgreSQL", _postgres(stage, away)))
    started = time.monotonic()
    while True:
        for what, restart in parts:
            await asyncio.sleep(every)
            at = time.monotonic() - started
            # Once begun it is finished, even if this is cancelled: nothing may stay away, or come back after its stage has ended.
            current = asyncio.ensure_future(restart())
            try:
                await asyncio.shield(current)
            except asyncio.CancelledError:
                await asyncio.wait([current])
                raise
            report(Restart(what, round(at, 1), round(time.monotonic() - started - at, 1)))


def _gateway(stage: Stage, number: int, *, graceful: bool, away: float) -> Callable[[], Awaitable[None]]:
    async def restart() -> None:
        gateway = stage.gateways[number]
        await asyncio.to_thread(gateway.stop if graceful else gateway.kill)
        await asyncio.sleep(away if graceful else 0)
        gateway.start()
        await gateway.ready()

    return restart


def _postgres(stage: Stage, away: float) -> Callable[[], Awaitable[None]]:
    async def restart() -> None:
        assert stage.cluster is not None
        await asyncio.to_thread(stage.cluster.stop)
        await asyncio.sleep(away)
        await asyncio.to_thread(stage.cluster.start)

    return restart


def _store(stage: Stage, away: float) -> Callable[[], Awaitable[None]]:
    async def restart() -> None:
        assert stage.store is not None
        await asyncio.to_thread(stage.store.kill)
        await asyncio.sleep(away)
        stage.store.start()
        await stage.store.ready()

    return restart
