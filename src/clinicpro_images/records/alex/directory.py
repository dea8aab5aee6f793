"""Who works in a practice and what it is called: Practitioner and Location, remembered for a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.records import LocationRecord, PractitionerRecord
from clinicpro_images.records.errors import AlexError

KEEP_SECONDS = 600.0
USABLE_SECONDS = 12 * 3600.0

T = TypeVar("T")


class Directory:
    """Practitioners and practice names per facility, refreshed every ten minutes."""

    def __init__(self, alex: AlexClient, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic seconds."""
        self._alex = alex
        self._practitioners: _Kept[list[PractitionerRecord]] = _Kept(clock)
        self._locations: _Kept[list[LocationRecord]] = _Kept(clock)

    async def practitioners(self, facility_id: str, *, correlation_id: str) -> list[PractitionerRecord]:
        """Everybody who can be written to or filed under; raises AlexError."""
        return await self._practitioners.get(
            facility_id,
            lambda: self._alex.practitioners(facility_id=facility_id, correlation_id=correlation_id),
        )

    async def practice_name(self, facility_id: str, *, correlation_id: str) -> str:
        """Return the practice's name, or its facility id where ALEX has no name; raises AlexError."""
        locations = await self._locations.get(
            facility_id, lambda: self._alex.locations(facility_id=facility_id, correlation_id=correlation_id)
        )
        named = sorted(locations, key=lambda location: location.facility_id != facility_id)
        return next((location.name for location in named if location.name), facility_id)


class _Kept(Generic[T]):
    """One answer per facility. Who asks while it is being asked waits for the same answer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._answers: dict[str, tuple[float, T]] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def get(self, facility_id: str, ask: Callable[[], Awaitable[T]]) -> T:
        async with self._asking.setdefault(facility_id, asyncio.Lock()):
            kept = self._answers.get(facility_id)
            if kept is not None and self._age(kept) <= KEEP_SECONDS:
                return kept[1]
            try:
                answer = await ask()
            except AlexError:
                # Who worked here this morning works here now, though the practice does not answer at the moment.
                if kept is not None and self._age(kept) <= USABLE_SECONDS:
                    return kept[1]
                raise
            self._answers[facility_id] = (self._clock(), answer)
            return answer

    def _age(self, kept: tuple[float, T]) -> float:
        return self._clock() - kept[0]
