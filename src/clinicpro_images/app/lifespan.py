"""What runs while a gateway serves: the worker, the event broker, retention and the image workers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from clinicpro_images.app.gateway import Gateway

DRAIN_SECONDS = 10.0


@asynccontextmanager
async def serving(gateway: Gateway, *, warm_workers: bool = True) -> AsyncIterator[None]:
    """Run everything that a serving gateway needs, until leaving.

    `warm_workers` starts image workers, and gets a token for ALEX, before anyone needs them.
    """
    tasks = [
        asyncio.create_task(gateway.broker.run(), name="event broker"),
        asyncio.create_task(gateway.retention.run(), name="retention"),
        asyncio.create_task(gateway.earlier.run(), name="earlier photos"),
        asyncio.create_task(gateway.restore_watch.run(), name="restore watch"),
    ]
    if warm_workers:
        tasks.append(asyncio.create_task(gateway.workers.warm(), name="image workers"))
        tasks.append(asyncio.create_task(gateway.alex.tokens.keep_warm(), name="token for ALEX"))
    try:
        async with working(gateway):
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def working(gateway: Gateway) -> AsyncIterator[None]:
    """Run the worker, and watch its clock; leaving gives it 10 s to finish what it is sending."""
    worker = gateway.worker
    task = asyncio.create_task(worker.run(), name="worker")
    watch = asyncio.create_task(gateway.clock_watch.run(), name="clock")
    try:
        yield
    finally:
        worker.stop()
        # The worker that takes over reconciles what is still being sent then.
        await asyncio.wait([task], timeout=DRAIN_SECONDS)
        for each in (task, watch):
            each.cancel()
        await asyncio.gather(task, watch, return_exceptions=True)
