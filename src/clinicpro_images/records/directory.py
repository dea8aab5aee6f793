"""The practitioners and the name of a practice, cached."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, Generic, TypeVar

import structlog

from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.records.protocol import LocationRecord, PracticeReader, PractitionerRecord

KEEP_SECONDS = 600.0
USABLE_SECONDS = 12 * 3600.0

T = TypeVar("T")

log = structlog.get_logger()


class Directory:
    """Practitioners and practice names per facility, refreshed in the background when older than ten minutes."""

    def __init__(self, records: PracticeReader, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic seconds."""
        self._records = records
        self._practitioners: _Cache[list[PractitionerRecord]] = _Cache(clock)
        self._locations: _Cache[list[LocationRecord]] = _Cache(clock)

    async def practitioners(self, facility_id: str, *, correlation_id: str) -> list[PractitionerRecord]:
        """Return everyone, also those who have left; raises RecordSystemError."""
        return await self._practitioners.get(
            facility_id,
            lambda: self._records.practitioners(facility_id=facility_id, correlation_id=correlation_id),
        )

    async def recipients(self, facility_id: str, *, correlation_id: str) -> list[PractitionerRecord]:
        """Return everyone whose inbox is read, to write to or to file under; raises RecordSystemError.

        Of two with one name, each is named with a number of theirs. An id with two names is nobody's.
        """
        people = await self.practitioners(facility_id, correlation_id=correlation_id)
        named: dict[str, set[str]] = defaultdict(set)
        shared = Counter(each.name.casefold() for each in {each.id: each for each in people}.values())
        for each in people:
            named[each.id.casefold()].add(each.name.casefold())
        usable = {each.id: each for each in people if each.active and len(named[each.id.casefold()]) == 1}
        return [_with_number(each) if shared[each.name.casefold()] > 1 else each for each in usable.values()]

    async def close(self) -> None:
        """Cancel whatever is being read."""
        await asyncio.gather(self._practitioners.close(), self._locations.close())

    async def practice_name(self, facility_id: str, *, correlation_id: str) -> str:
        """Return the practice's name, or its facility id if it has none; raises RecordSystemError."""
        locations = await self._locations.get(
            facility_id,
            lambda: self._records.locations(facility_id=facility_id, correlation_id=correlation_id),
        )
        ours = [each for each in locations if each.facility_id in {None, facility_id.upper()}]
        named = sorted(ours, key=lambda each: (not each.active, each.facility_id is None))
        return next((location.name for location in named if location.name), facility_id)


def _with_number(person: PractitionerRecord) -> PractitionerRecord:
    number = person.registered[1] if person.registered else person.id
    return replace(person, name=f"{person.name} ({number})".strip())


class _Cache(Generic[T]):
    """One value per facility; concurrent callers share one fetch, and only the first ever waits for one."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._values: dict[str, tuple[float, T]] = {}
        self._fetches: dict[str, asyncio.Task[T]] = {}

    async def get(self, facility_id: str, fetch: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the value; one that is older than ten minutes is returned too, and refreshed behind it."""
        cached = self._values.get(facility_id)
        if cached is not None and self._age(cached) <= KEEP_SECONDS:
            return cached[1]
        fetching = self._fetches.get(facility_id)
        if fetching is None:
            fetching = asyncio.create_task(self._fetch(facility_id, fetch), name="directory")
            fetching.add_done_callback(partial(self._fetched, facility_id))
            self._fetches[facility_id] = fetching
        if cached is not None and self._age(cached) <= USABLE_SECONDS:
            return cached[1]
        # A caller that gives up must not cancel the fetch for the others.
        return await asyncio.shield(fetching)

    async def close(self) -> None:
        """Cancel fetches in progress."""
        fetches = list(self._fetches.values())
        for fetching in fetches:
            fetching.cancel()
        await asyncio.gather(*fetches, return_exceptions=True)

    async def _fetch(self, facility_id: str, fetch: Callable[[], Coroutine[Any, Any, T]]) -> T:
        value = await fetch()
        self._values[facility_id] = (self._clock(), value)
        return value

    def _fetched(self, facility_id: str, fetching: asyncio.Task[T]) -> None:
        del self._fetches[facility_id]
        if fetching.cancelled():
            return
        error = fetching.exception()
        if error is not None and not isinstance(error, RecordSystemError):
            log.error(
                "directory.fault",
                message="A practice's names could not be read: unexpected error.",
                fault=type(error).__name__,
            )

    def _age(self, cached: tuple[float, T]) -> float:
        return self._clock() - cached[0]
