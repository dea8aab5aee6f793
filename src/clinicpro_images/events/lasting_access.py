"""Access that must last: what a caller is in the middle of ends as soon as the caller has lost access to the session."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Request

from clinicpro_images.errors import AccessError
from clinicpro_images.events.broker import EventBroker, Subscription

_CHECK_SECONDS: Final = 5.0
# Seldom enough that the photos that arrive, which are events too, cost nothing.
_PACE_SECONDS: Final = 0.2


class LastingAccess:
    """Checks access again after each event of the session, and every five seconds."""

    def __init__(self, broker: EventBroker, still: Callable[[Request], Awaitable[object]]) -> None:
        """`still` raises an AccessError once the caller has lost access."""
        self._broker = broker
        self._still = still

    @asynccontextmanager
    async def lasting(self, request: Request, session_id: str) -> AsyncIterator[None]:
        """Run the block; raises the AccessError in it as soon as the caller has lost access."""
        lost: list[AccessError] = []
        with self._broker.subscribe(session_id) as subscription:
            try:
                async with asyncio.timeout(None) as until:
                    watching = asyncio.create_task(self._watch(request, subscription, until, lost))
                    try:
                        yield
                    finally:
                        watching.cancel()
            except TimeoutError as error:
                if lost:
                    raise lost[0] from error
                raise

    async def _watch(
        self, request: Request, subscription: Subscription, until: asyncio.Timeout, lost: list[AccessError]
    ) -> None:
        while not lost:
            await subscription.wait(_CHECK_SECONDS)
            # If the database is away for a moment, it is asked again.
            with contextlib.suppress(Exception):
                try:
                    await self._still(request)
                except AccessError as error:
                    lost.append(error)
                    until.reschedule(asyncio.get_running_loop().time())
            await asyncio.sleep(_PACE_SECONDS)
