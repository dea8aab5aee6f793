"""Finishes a launch behind the open page: other records with the patient's NHI, and names that came late."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.records.directory import Directory
from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.records.protocol import PatientRecord, RecordReader, same_id
from clinicpro_images.sessions.errors import RecordsDisagree
from clinicpro_images.sessions.session import Facility, Patient, Provider, RecordCheck, Session
from clinicpro_images.sessions.store import SessionStore

FILING_WAITS_SECONDS = 3.0
_LONGEST_SECONDS = 60.0
_POLL_SECONDS = 0.1

log = structlog.get_logger()


class RecordChecks:
    """Runs each session's search once, in the background, and lets filing wait for it."""

    def __init__(
        self,
        *,
        records: RecordReader,
        directory: Directory,
        database: Database,
        store: SessionStore,
        clock: Callable[[], float],
    ) -> None:
        """`clock` is seconds since 1970."""
        self._records = records
        self._directory = directory
        self._database = database
        self._store = store
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()

    def start(self, session: Session, *, correlation_id: str) -> None:
        """Search for other records with the patient's NHI, and complete missing names, without waiting for either."""
        if session.record_check.state == "pending":
            self._run(self._search(session, correlation_id))
        if not session.provider.name or session.facility.name == session.facility.id:
            self._run(self._complete_names(session, correlation_id))

    async def settled(self, session: Session) -> RecordCheck:
        """Return the search's result, waiting for it at most 3 s; raises RecordsDisagree.

        Without an answer by then, filing goes on: the record is the one that Evolution named.
        """
        check = session.record_check
        if check.state == "pending" and self._clock() - session.started_at < _LONGEST_SECONDS:
            check = await self._wait(session.id)
        if check.state == "inconsistent":
            raise RecordsDisagree
        return check

    async def close(self) -> None:
        """Stop whatever is still running."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _wait(self, session_id: str) -> RecordCheck:
        # Read from the database, because another gateway may run the search.
        loop = asyncio.get_running_loop()
        until = loop.time() + FILING_WAITS_SECONDS
        while True:
            check = (await self._database.read(self._store.get, session_id)).record_check
            if check.state != "pending" or loop.time() >= until:
                return check
            await asyncio.sleep(_POLL_SECONDS)

    def _run(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing, name="launch, behind the page")
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error(
                "launch.fault",
                message="A launch could not be finished behind the page: unexpected error.",
                fault=type(error).__name__,
            )

    async def _search(self, session: Session, correlation_id: str) -> None:
        check = await self._found(session, correlation_id)

        def store(work: UnitOfWork) -> None:
            self._store.set_record_check(work.connection, session.id, check)

        await self._database.write(store)

    async def _found(self, session: Session, correlation_id: str) -> RecordCheck:
        patient = session.patient
        if not patient.nhi:
            return RecordCheck("unknown")
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                same = await self._records.patients_by_nhi(
                    patient.nhi, facility_id=session.facility.id, correlation_id=correlation_id
                )
        except (RecordSystemError, TimeoutError):
            return RecordCheck("unknown")
        ids = {record.id.casefold() for record in same}
        if not ids:
            return RecordCheck("unknown")
        if not any(_agrees(record, patient) for record in same):
            log.warning(
                "launch.inconsistent",
                message="The record that Evolution named is not among those with the patient's NHI, or not as it was read.",
                correlation_id=correlation_id,
            )
            return RecordCheck("inconsistent", len(ids))
        others = len(ids) - 1
        return RecordCheck("several" if others else "only", others)

    async def _complete_names(self, session: Session, correlation_id: str) -> None:
        provider, facility = await provider_and_facility(
            self._directory, session.provider.id, session.facility.id, correlation_id
        )
        if (provider, facility) != (session.provider, session.facility):

            def store(work: UnitOfWork) -> None:
                self._store.set_names(work.connection, session, provider, facility)

            await self._database.write(store)


def _agrees(record: PatientRecord, patient: Patient) -> bool:
    """Return whether a record that was found is the one that the session was opened for, and still says so itself.

    Names are not compared: a list may write them in another way.
    """
    merged = record.replaced_by is not None and not same_id(record.replaced_by, record.id)
    if not same_id(record.id, patient.id) or merged or not record.active:
        return False
    # One of the two may be less exact, or not there at all.
    return record.birth_date.startswith(patient.birth_date) or patient.birth_date.startswith(
        record.birth_date
    )


async def provider_and_facility(
    directory: Directory, provider_id: str, facility_id: str, correlation_id: str
) -> tuple[Provider, Facility]:
    """Return both with their names as far as Medtech gives them; the launch already gives their ids."""
    people, name = await asyncio.gather(
        directory.practitioners(facility_id, correlation_id=correlation_id),
        directory.practice_name(facility_id, correlation_id=correlation_id),
        return_exceptions=True,
    )
    for outcome in (people, name):
        if isinstance(outcome, BaseException) and not isinstance(outcome, RecordSystemError):
            raise outcome
    known = () if isinstance(people, BaseException) else people
    provider_name = next((each.name for each in known if same_id(each.id, provider_id)), "")
    provider = Provider(provider_id, provider_name)
    return provider, Facility(facility_id, facility_id if isinstance(name, BaseException) else name)
