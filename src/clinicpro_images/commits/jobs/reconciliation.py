"""Finds out what became of an earlier write: there, certainly not there, or unknown."""

import contextlib
from collections.abc import Mapping, Sequence

import structlog

from clinicpro_images.commits.commit import TARGET_OF
from clinicpro_images.commits.jobs.job import JobKind
from clinicpro_images.commits.jobs.store import LeasedJob, log_landed_twice
from clinicpro_images.commits.sight import Control, SearchOutcome, Sight
from clinicpro_images.commits.sight_store import SightStore, is_only_likeness, newest_landed
from clinicpro_images.db.database import Database
from clinicpro_images.images.store import ImageStore
from clinicpro_images.records.errors import (
    RecordSystemError,
    RecordSystemForbidden,
    RecordSystemOtherPatient,
)
from clinicpro_images.records.protocol import Hit, Look, RecordWriter, Sought, WriteKind
from clinicpro_images.sessions.store import SessionStore

WRITE_KINDS: Mapping[JobKind, WriteKind] = {
    "document-reference": "scan",
    "media": "media",
    "communication": "message",
    "task": "task",
}
_LOOKS = 3  # at an image before it is taken to be absent: servers behind one address may not all know it
_CLOCK_DIFFERENCE = 60.0  # seconds by which the record system's clock may be behind

log = structlog.get_logger()


class Reconciliation:
    """Searches the record for what jobs may have written."""

    def __init__(
        self,
        *,
        records: RecordWriter,
        database: Database,
        sights: SightStore,
        sessions: SessionStore,
        images: ImageStore,
    ) -> None:
        """`sights` says which queries are proven able to see."""
        self._records = records
        self._database = database
        self._sights = sights
        self._sessions = sessions
        self._images = images

    async def look(self, leased: LeasedJob) -> SearchOutcome:
        """Return what is known of the job's earlier write.

        Raises RecordSystemError if a search failed that may succeed later. A query that is refused, or that isn't
        proven able to see, is no evidence: if there is no other, nothing is known.
        """
        sought = sought_of(leased)
        refusal: RecordSystemError | None = None
        failure: RecordSystemError | None = None
        absent: SearchOutcome | None = None
        alike: list[Hit] = []
        blind = True
        for shape in self._records.shapes(sought.kind):
            try:
                found = await self._records.look(shape, sought, correlation_id=leased.job.correlation_id)
            except RecordSystemForbidden as error:
                refusal = error
                continue
            except RecordSystemError as error:
                failure = error
                continue
            blind = False
            resource_id = self._id_in(found, sought, leased)
            if resource_id is not None:
                return SearchOutcome(resource_id=resource_id)
            alike += [hit for hit in found.hits if hit.is_alike]
            failure = failure or found.error
            # A list may be cut off without saying so, so the other queries are asked too.
            if found.complete and absent is None:
                judged = await self._judged(leased, shape, sought, found)
                if judged is not None and judged.resource_id is not None:
                    return judged
                absent = judged
        likeness = await self._likeness(leased, alike)
        if likeness is not None:
            return SearchOutcome(resource_id=likeness, by_likeness=True)
        if absent is not None:
            return absent
        if failure is not None:
            raise failure
        return SearchOutcome(blind=blind, cause=refusal)

    async def seen(self, leased: LeasedJob) -> SearchOutcome:
        """Return what the queries that are proven able to see show of the job's resource, without a control.

        `absent` if one of them was answered; without such a query, nothing is known. Raises RecordSystemError.
        """
        target = TARGET_OF.get(leased.job.kind)
        if target is None:
            return SearchOutcome()
        sought, lags = sought_of(leased), list[float]()
        sights = await self._database.read(self._sights.of, sought.facility_id, target)
        for shape in self._records.shapes(sought.kind):
            sight = sights.get(shape)
            if sight is None or sight.state != "proven":
                continue
            with contextlib.suppress(RecordSystemForbidden):
                for _ in range(_LOOKS):
                    found = await self._records.look(shape, sought, correlation_id=leased.job.correlation_id)
                    if (resource_id := self._id_in(found, sought, leased)) is not None:
                        return SearchOutcome(resource_id=resource_id)
                lags.append(sight.lag)
        return SearchOutcome(absent=bool(lags), lag=max(lags, default=0.0))

    def _id_in(self, found: Look, sought: Sought, leased: LeasedJob) -> str | None:
        """Return the id of the job's resource; raises RecordSystemOtherPatient if it is in another patient's record."""
        ids = found.ids_of(sought.identifier)
        if not ids:
            return None
        if any(hit.is_others and sought.identifier in hit.identifiers for hit in found.hits):
            log.error(
                "alex.other-patient",
                message="A resource that was filed is in another patient's record.",
                correlation_id=leased.job.correlation_id,
            )
            raise RecordSystemOtherPatient
        if len(ids) > 1:
            log_landed_twice(leased.job)
        return ids[0]

    async def _judged(
        self, leased: LeasedJob, shape: str, sought: Sought, found: Look
    ) -> SearchOutcome | None:
        """Return that what `found` doesn't show is absent, or where it is after all; None if this query proves neither.

        It must see its control now, and once it has, still not show what is sought, twice.
        """
        target, facility_id = TARGET_OF[leased.job.kind], sought.facility_id
        sights = await self._database.read(self._sights.of, facility_id, target)
        sight, looks = sights.get(shape), [found]
        if sight is None or sight.state != "proven" or sight.control is None:
            return None
        correlation_id = leased.job.correlation_id
        seen = await self._sees(shape, sight.control, sought, looks, correlation_id)
        if seen:
            newest = await self._database.read(newest_landed, self._sessions, facility_id, leased.job.kind)
            # What landed last must be visible too: a record that has begun to show things late doesn't show it yet.
            if newest is not None and not await self._sees(shape, newest, sought, looks, correlation_id):
                return None
            again = [
                await self._records.look(shape, sought, correlation_id=correlation_id)
                for _ in range(_LOOKS - 1)
            ]
            looks += again
            ids = [self._id_in(each, sought, leased) for each in looks]
            if resource_id := next((each for each in ids if each is not None), None):
                return SearchOutcome(resource_id=resource_id)
            are_whole = all(each.complete for each in again)
            return SearchOutcome(absent=True, lag=sight.lag) if are_whole else None
        if seen is not None:
            blind = Sight(facility_id, target, shape, "blind", sight.checked_at)
            await self._database.write(self._sights.record, blind)
            log.warning(
                "sight.lost",
                message="A search no longer finds an image that is known to be in the record.",
                facility=facility_id,
                target=target,
                shape=shape,
            )
        return None

    async def _sees(
        self, shape: str, control: Control, sought: Sought, looks: list[Look], correlation_id: str
    ) -> bool | None:
        """Return whether the query finds its control now; None if that can't be told.

        A further look at the same patient is added to `looks`.
        """
        if any(control.resource_id in each.ids_of(control.identifier) for each in looks):
            return True
        of_control = Sought(
            sought.kind, control.identifier, control.patient_id, control.nhi, sought.facility_id
        )
        try:
            shown = await self._records.look(shape, of_control, correlation_id=correlation_id)
        except RecordSystemForbidden:
            return False
        if control.patient_id == sought.patient_id:
            looks.append(shown)
        if control.resource_id in shown.ids_of(control.identifier):
            return True
        return False if shown.complete else None

    async def _likeness(self, leased: LeasedJob, alike: Sequence[Hit]) -> str | None:
        """Return the id of the one hit that can only be this job's, where the record hides our identifiers.

        It must have been stored since the job was sent, so that an earlier image with the same title isn't taken for it.
        """
        job, hits = leased.job, {hit.id: hit for hit in alike}
        if len(hits) != 1 or job.sent_at is None:
            return None
        [hit] = hits.values()
        if hit.identifiers or hit.stored_at is None:
            return None
        if hit.stored_at.timestamp() < job.sent_at - _CLOCK_DIFFERENCE:
            return None
        only = await self._database.read(is_only_likeness, self._images, leased, [hit.id])
        return hit.id if only else None


def sought_of(leased: LeasedJob) -> Sought:
    """Return what a search needs to find the job's resource."""
    job, patient, image = leased.job, leased.session.patient, leased.image
    return Sought(
        kind=WRITE_KINDS[job.kind],
        identifier=job.identifier,
        patient_id=patient.id,
        nhi=patient.nhi or "",
        facility_id=job.facility_id,
        title="" if image is None else image.details.title,
        taken=None if image is None else image.taken,
    )
