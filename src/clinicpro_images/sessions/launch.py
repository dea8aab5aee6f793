"""Start a session from Evolution's context and signature: decode once, check, confirm the patient."""

import asyncio
import re
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from clinicpro_images.audit.entry import Entry
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.records.directory import Directory
from clinicpro_images.records.errors import (
    RecordSystemError,
    RecordSystemForbidden,
    RecordSystemNotFound,
    RecordSystemRejected,
)
from clinicpro_images.records.protocol import LaunchContext, PatientRecord, RecordReader
from clinicpro_images.sessions.errors import (
    LaunchForged,
    LaunchIncomplete,
    LaunchInconsistent,
    LaunchStale,
    LaunchUsed,
    NoPatientOpen,
    NoProvider,
    PatientAmbiguous,
)
from clinicpro_images.sessions.session import Facility, Patient, Provider, Session
from clinicpro_images.sessions.store import SessionStore, UsedTokens
from clinicpro_images.sessions.visual_id import choose_visual_id

CONTEXT_SECONDS = 300.0
_CLOCK_SKEW_SECONDS = 120.0
_LONGEST_PARAMETER = 8192
_LAUNCH = "launch-context"
_READABLE = re.compile(r"[\x21-\x7e]+")


def new_token() -> str:
    """Return a random token for a session's cookie (256 bits)."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class StartedSession:
    """A session and its cookie's token, of which only a hash is stored."""

    session: Session
    token: str


class Launches:
    """Starts sessions from launches."""

    def __init__(
        self,
        *,
        records: RecordReader,
        directory: Directory,
        database: Database,
        store: SessionStore,
        used: UsedTokens,
        clock: Callable[[], float],
        launch_facility_id: str | None,
    ) -> None:
        """`launch_facility_id` is sent with the decoding call, before the launch's facility is known."""
        self._records = records
        self._directory = directory
        self._database = database
        self._store = store
        self._used = used
        self._clock = clock
        self._launch_facility_id = launch_facility_id

    async def start(self, context: str, signature: str, *, correlation_id: str) -> StartedSession:
        """Start a session from a launch; raises LaunchError, or RecordSystemError if a call to ALEX fails."""
        if not context or not signature or len(context) + len(signature) > _LONGEST_PARAMETER:
            raise LaunchIncomplete
        if not _READABLE.fullmatch(context + signature):
            # Both are base64 or hexadecimal; anything else can't be a launch, so Medtech isn't called.
            raise LaunchIncomplete
        launch = f"{context}\n{signature}"
        if await self._database.read(self._used.is_used, _LAUNCH, launch):
            raise LaunchUsed
        decoded = await self._decode(context, signature, correlation_id)
        self._check_age(decoded)
        if decoded.patient_id is None:
            raise NoPatientOpen
        if decoded.provider_id is None:
            raise NoProvider
        facility_id = decoded.facility_code
        patient = await self.confirm_patient(decoded.patient_id, facility_id, correlation_id=correlation_id)
        provider, facility = await self._provider_and_facility(
            decoded.provider_id, facility_id, correlation_id
        )
        return await self.open(patient, provider, facility, launch=launch)

    async def _decode(self, context: str, signature: str, correlation_id: str) -> LaunchContext:
        try:
            return await self._records.launch_context(
                context, signature, facility_id=self._launch_facility_id, correlation_id=correlation_id
            )
        except (RecordSystemRejected, RecordSystemNotFound) as error:
            raise LaunchForged from error
        except RecordSystemForbidden as error:
            # 403 means a missing role or a signature that doesn't match (observed on UAT).
            if "decode-launch" in await self._records.permitted_actions():
                raise LaunchForged from error
            raise

    def _check_age(self, decoded: LaunchContext) -> None:
        age = self._clock() - decoded.created_time.timestamp()
        if not -_CLOCK_SKEW_SECONDS <= age <= CONTEXT_SECONDS:
            raise LaunchStale

    async def confirm_patient(
        self, patient_id: str, facility_id: str, *, correlation_id: str
    ) -> PatientRecord:
        """Read the patient and check that no other patient in this practice has the same NHI."""
        patient = await self._records.patient(
            patient_id, facility_id=facility_id, correlation_id=correlation_id
        )
        if patient.id != patient_id:
            raise LaunchInconsistent
        if patient.nhi:
            try:
                same = await self._records.patients_by_nhi(
                    patient.nhi, facility_id=facility_id, correlation_id=correlation_id
                )
            except RecordSystemError as error:
                error.redact((*patient.name.split(), patient.nhi, patient.birth_date))
                raise
            ids = {record.id for record in same}
            if len(ids) > 1:
                raise PatientAmbiguous
            if ids and patient_id not in ids:
                raise LaunchInconsistent
        return patient

    async def _provider_and_facility(
        self, provider_id: str, facility_id: str, correlation_id: str
    ) -> tuple[Provider, Facility]:
        people, name = await asyncio.gather(
            self._directory.practitioners(facility_id, correlation_id=correlation_id),
            self._directory.practice_name(facility_id, correlation_id=correlation_id),
            return_exceptions=True,
        )
        # Names are optional here: the launch already gives the ids of provider and facility.
        for outcome in (people, name):
            if isinstance(outcome, BaseException) and not isinstance(outcome, RecordSystemError):
                raise outcome
        known = {} if isinstance(people, BaseException) else {person.id: person.name for person in people}
        provider = Provider(provider_id, known.get(provider_id, ""))
        return provider, Facility(facility_id, facility_id if isinstance(name, BaseException) else name)

    async def open(
        self,
        patient: PatientRecord,
        provider: Provider,
        facility: Facility,
        *,
        launch: str | None = None,
        account: str = "",
        token: str | None = None,
    ) -> StartedSession:
        """Open a session for a confirmed patient. `launch` is consumed; `account` is the one that signed in, if any.

        `token` is the cookie's, if it exists already. Raises LaunchUsed.
        """
        now = self._clock()
        taken = await self._database.read(self._store.visual_ids_in_use, facility.id, now)
        session = Session(
            id=uuid.uuid4().hex,
            patient=Patient(
                id=patient.id,
                name=patient.name,
                nhi=patient.nhi or "",
                birth_date=patient.birth_date or "",
                sex=patient.sex or "",
            ),
            provider=provider,
            facility=facility,
            patient_key=self._store.patient_key(facility.id, patient.id),
            provider_key=self._store.provider_key(facility.id, provider.id),
            visual_index=choose_visual_id(taken, secrets.randbelow(1000)),
            started_at=now,
            active_at=now,
            ended_at=None,
        )
        token = token or new_token()
        await self._database.write(self._open, session, token, launch, account)
        return StartedSession(session, token)

    def _open(self, work: UnitOfWork, session: Session, token: str, launch: str | None, account: str) -> None:
        if launch is not None and not self._used.consume(
            work.connection, _LAUNCH, launch, session.started_at
        ):
            raise LaunchUsed
        self._store.add(work.connection, session, token)
        if account:
            work.audit(Entry("patient.confirmed", session.actor, about={"account": account}))
        work.audit(Entry("session.started", session.actor))

    async def opened(self, token: str) -> StartedSession | None:
        """Return the session that was opened with this token; None if there is none or it has ended."""
        found = await self._database.read(self._store.by_token, token)
        if found is None or not found[0].is_open(self._clock(), unfiled=found[1]):
            return None
        return StartedSession(found[0], token)
