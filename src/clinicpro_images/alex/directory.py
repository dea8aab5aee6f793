"""Who works in a practice and what it is called: Practitioner and Location, remembered for a while."""

import time
from collections.abc import Callable

from clinicpro_images.alex.client import AlexClient
from clinicpro_images.alex.records import LocationRecord, PractitionerRecord

KEEP_SECONDS = 600.0


class Directory:
    """Practitioners and practice names per facility, refreshed every ten minutes."""

    def __init__(self, alex: AlexClient, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic seconds."""
        self._alex = alex
        self._clock = clock
        self._practitioners: dict[str, tuple[float, list[PractitionerRecord]]] = {}
        self._locations: dict[str, tuple[float, list[LocationRecord]]] = {}

    async def practitioners(self, facility_id: str, *, correlation_id: str) -> list[PractitionerRecord]:
        """Everybody who can be written to or filed under; raises AlexError."""
        kept = self._practitioners.get(facility_id)
        if kept is None or self._clock() - kept[0] > KEEP_SECONDS:
            found = await self._alex.practitioners(facility_id=facility_id, correlation_id=correlation_id)
            kept = self._practitioners[facility_id] = (self._clock(), found)
        return kept[1]

    async def practice_name(self, facility_id: str, *, correlation_id: str) -> str:
        """Return the practice's name, or its facility id where ALEX has no name; raises AlexError."""
        kept = self._locations.get(facility_id)
        if kept is None or self._clock() - kept[0] > KEEP_SECONDS:
            found = await self._alex.locations(facility_id=facility_id, correlation_id=correlation_id)
            kept = self._locations[facility_id] = (self._clock(), found)
        named = sorted(kept[1], key=lambda location: location.facility_id != facility_id)
        return next((location.name for location in named if location.name), facility_id)
