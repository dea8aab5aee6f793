"""The practitioners and the name of a practice, cached."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.records.protocol import LocationRecord, PracticeReader, PractitionerRecord

KEEP_SECONDS = 600.0
USABLE_SECONDS = 12 * 3600.0

T = TypeVar("T")


class Directory:
    """Practitioners and practice names per facility, refreshed every ten minutes."""

    def __init__(self, records: PracticeReader, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic seconds."""
        self._records = records
        self._practitioners: _Cache[list[PractitionerRecord]] = _Cache(clock)
        self._locations: _Cache[list[LocationRecord]] = _Cache(clock)

    async def practitioners(self, facility_id: str, *, correlation_id: str) -> list[PractitionerRecord]:
        """Return everyone who can be written to or filed under; raises RecordSystemError."""
        return await self._practitioners.get(
            facility_id,
            lambda: self._records.practitioners(facility_id=facility_id, correlation_id=correlation_id),
        )

    async def practice_name(self, facility_id: str, *, correlation_id: str) -> str:
        """Return the practice's name, or its facility id if it has none; raises RecordSystemError."""
        locations = await self._locations.get(
            facility_id,
            lambda: self._records.locations(facility_id=facility_id, correlation_id=correlation_id),
        )
        named = sorted(locations, key=lambda location: location.facility_id != facility_id)
        return next((location.name for location in named if location.name), facility_id)


class _Cache(Generic[T]):
    """One value per facility; concurrent callers share one fetch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._values: dict[str, tuple[float, T]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, facility_id: str, fetch: Callable[[], Awaitable[T]]) -> T:
        async with self._locks.setdefault(facility_id, asyncio.Lock()):
            cached = self._values.get(facility_id)
            if cached is not None and self._age(cached) <= KEEP_SECONDS:
                return cached[1]
            try:
                value = await fetch()
            except RecordSystemError:
                # While the practice can't be reached, a list from earlier in the day is still good.
                if cached is not None and self._age(cached) <= USABLE_SECONDS:
                    return cached[1]
                raise
            self._values[facility_id] = (self._clock(), value)
            return value

    def _age(self, cached: tuple[float, T]) -> float:
        return self._clock() - cached[0]
