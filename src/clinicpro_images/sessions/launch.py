"""Start a session from Evolution's context and signature: decode once, check, confirm the patient."""

import asyncio
import re
import secrets
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

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
from clinicpro_images.records.protocol import LaunchContext, PatientRecord, RecordReader, same_id
from clinicpro_images.sessions.errors import (
    LaunchForged,
    LaunchIncomplete,
    LaunchInconsistent,
    LaunchStale,
    LaunchTimedOut,
    LaunchUsed,
    NoPatientOpen,
    NoProvider,
)
from clinicpro_images.sessions.record_check import RecordChecks, provider_and_facility
from clinicpro_images.sessions.session import Facility, Patient, Provider, RecordCheck, Session
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.sessions.unfiled import UnfiledImages
from clinicpro_images.sessions.usable_record import check_usable
from clinicpro_images.sessions.used_tokens import UsedTokens
from clinicpro_images.sessions.visual_id import choose_visual_id

CONTEXT_SECONDS = 300.0
# The page has to say so within 12 s; it takes a moment itself.
DEADLINE_SECONDS = 11.0
_NAMES_WAIT_SECONDS = 0.25
# How long a launch that was decoded ahead waits for its page, and how many do at once.
_AHEAD_SECONDS = 15.0
_MOST_AHEAD = 100
_CLOCK_SKEW_SECONDS = 120.0
# A larger difference from the clock of Medtech, which issues launches, is a wrong clock.
_WRONG_SECONDS = 600.0
_LONGEST_PARAMETER = 8192
_LAUNCH = "launch-context"
SIGN_IN = "sign-in"
"""It is in place of the context if a clinician confirmed the patient outside Evolution."""
_PLAIN_BASE64 = str.maketrans("-_", "+/", "=")
_READABLE = re.compile(r"[\x21-\x7e]+")


def new_token() -> str:
    """Return a random token for a session's cookie (256 bits)."""
    return secrets.token_urlsafe(32)


log = structlog.get_logger()


@dataclass(frozen=True)
class StartedSession:
    """A session and its cookie's token, of which only a hash is stored."""

    session: Session
    token: str


def _is_readable(context: str, signature: str) -> bool:
    """Whether they can be a launch at all: both are base64 or hexadecimal. Medtech isn't called for anything else."""
    if not context or not signature or len(context) + len(signature) > _LONGEST_PARAMETER:
        return False
    return _READABLE.fullmatch(context + signature) is not None


def _once(launch: str) -> str:
    """Return what a launch is remembered by: it opens once, in whatever form of base64 its URL is written."""
    return launch if launch.startswith(f"{SIGN_IN}\n") else launch.translate(_PLAIN_BASE64)


@dataclass
class _Launching:
    """A launch that runs or has just finished; `finished_at` is in monotonic seconds."""

    task: asyncio.Task[StartedSession]
    finished_at: float | None = None


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
        checks: RecordChecks,
        clock: Callable[[], float],
        launch_facility_id: str | None,
        deadline: float,
        unfiled: UnfiledImages,
        their_time: Callable[[], float | None] = lambda: None,
    ) -> None:
        """`launch_facility_id` is sent with the decoding call, before the launch's facility is known.

        A launch takes at most `deadline` seconds, and brings back what is `unfiled` of the patient. `their_time` is the
        time by the clock of the system that issued it, in seconds since 1970, if it is known.
        """
        self._their_time = their_time
        self._records = records
        self._directory = directory
        self._database = database
        self._store = store
        self._used = used
        self._checks = checks
        self._clock = clock
        self._launch_facility_id = launch_facility_id
        self._deadline = deadline
        self._unfiled = unfiled
        self._launching: dict[tuple[str, ...], _Launching] = {}
        self._ahead: dict[str, asyncio.Task[LaunchContext]] = {}

    def expect(self, context: str, signature: str, *, correlation_id: str) -> None:
        """Decode a launch while its page is still on the way to the browser; `start` then goes on from there.

        Nothing is opened or consumed by it, and what is wrong with the launch is for `start` to say.
        """
        launch = f"{context}\n{signature}"
        if not _is_readable(context, signature) or launch in self._ahead or len(self._ahead) >= _MOST_AHEAD:
            return
        task = asyncio.create_task(self._decode_unused(launch, correlation_id), name="launch ahead")
        self._ahead[launch] = task
        asyncio.get_running_loop().call_later(_AHEAD_SECONDS, self._forget_ahead, launch, task)
        # A page that never comes leaves nobody to say it to.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _forget_ahead(self, launch: str, task: asyncio.Task[LaunchContext]) -> None:
        if self._ahead.get(launch) is task:
            del self._ahead[launch]
            task.cancel()

    async def _decode_unused(self, launch: str, correlation_id: str) -> LaunchContext:
        if await self._database.read(self._used.is_used, _LAUNCH, _once(launch)):
            raise LaunchUsed
        context, _, signature = launch.partition("\n")
        return await self._decode(context, signature, correlation_id)

    async def start(
        self, context: str, signature: str, *, correlation_id: str, browser: str = ""
    ) -> StartedSession:
        """Start a session from a launch; raises LaunchError, or RecordSystemError if a call to ALEX fails.

        A second press of the icon in the same `browser`, for the same patient and provider, joins a launch that is
        still running: both get one session.
        """
        if not _is_readable(context, signature):
            raise LaunchIncomplete
        launch = f"{context}\n{signature}"
        began = self._now()
        try:
            if not browser:
                return await self._start(launch, began, correlation_id, browser)
            started, _ = await self._shared(
                ("launch", launch, browser),
                began,
                lambda: self._start(launch, began, correlation_id, browser),
            )
        except RecordSystemError as error:
            error.without_photos()
            raise
        return started

    async def _start(self, launch: str, began: float, correlation_id: str, browser: str) -> StartedSession:
        async with self._until_deadline(began):
            ahead = self._ahead.pop(launch, None)
            decoded = await (ahead or self._decode_unused(launch, correlation_id))
        self._check_age(decoded)
        if decoded.patient_id is None:
            raise NoPatientOpen
        if decoded.provider_id is None:
            raise NoProvider
        who = (decoded.facility_code, decoded.patient_id, decoded.provider_id)
        if not browser:
            return await self._open_decoded(*who, launch, began, correlation_id)
        started, joined = await self._shared(
            ("patient", *who, browser), began, lambda: self._open_decoded(*who, launch, began, correlation_id)
        )
        if joined and not await self._database.write(self._consume, launch):
            raise LaunchUsed
        return started

    async def _open_decoded(
        self,
        facility_id: str,
        patient_id: str,
        provider_id: str,
        launch: str,
        began: float,
        correlation_id: str,
    ) -> StartedSession:
        names = asyncio.create_task(
            provider_and_facility(self._directory, provider_id, facility_id, correlation_id)
        )
        try:
            async with self._until_deadline(began):
                patient = await self._patient(patient_id, facility_id, correlation_id)
            # Names are optional here: what hasn't arrived with the patient is completed behind the open page.
            await asyncio.wait([names], timeout=_NAMES_WAIT_SECONDS)
            provider, facility = Provider(provider_id, ""), Facility(facility_id, facility_id)
            if names.done():
                provider, facility = names.result()
        finally:
            names.cancel()
        started = await self.open(
            patient, provider, facility, launch=launch, record_check=RecordCheck("pending")
        )
        self._checks.start(started.session, correlation_id=correlation_id)
        return started

    async def _shared(
        self, key: tuple[str, ...], began: float, doing: Callable[[], Coroutine[Any, Any, StartedSession]]
    ) -> tuple[StartedSession, bool]:
        """Do it, or join the launch in this process that does it; return also whether it was joined.

        One that finished before this one began is not joined, nor is one that failed.
        """
        running = self._launching.get(key)
        joined = running is not None and (running.finished_at is None or running.finished_at >= began)
        if running is None or not joined:
            running = _Launching(asyncio.create_task(doing(), name="launch"))
            self._launching[key] = running
            running.task.add_done_callback(lambda task: self._finished(key, task))
        # A caller that gives up must not end it for the other one.
        return await asyncio.shield(running.task), joined

    def _finished(self, key: tuple[str, ...], task: asyncio.Task[StartedSession]) -> None:
        now = self._now()
        for old in [old for old, each in self._launching.items() if (each.finished_at or now) < now - 60.0]:
            del self._launching[old]
        if task.cancelled() or task.exception() is not None:
            self._launching.pop(key, None)
        elif key in self._launching:
            self._launching[key].finished_at = now

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def close(self) -> None:
        """End launches that are still running."""
        running = [*(each.task for each in self._launching.values()), *self._ahead.values()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _consume(self, work: UnitOfWork, launch: str) -> bool:
        return self._used.consume(work, _LAUNCH, _once(launch))

    @asynccontextmanager
    async def _until_deadline(self, began: float) -> AsyncIterator[None]:
        """Raise LaunchTimedOut once the launch that `began` then has taken too long."""
        try:
            async with asyncio.timeout_at(began + self._deadline):
                yield
        except TimeoutError as error:
            raise LaunchTimedOut from error

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
        now, theirs = self._clock(), self._their_time()
        clocks = [now]
        if theirs is not None and abs(theirs - now) > _WRONG_SECONDS:
            log.warning(
                "clock.differs",
                message="This server's clock differs from Medtech's: a launch is fresh by either. Set the clock.",
                seconds=round(now - theirs),
            )
            clocks.append(theirs)
        ages = [each - decoded.created_time.timestamp() for each in clocks]
        if not any(-_CLOCK_SKEW_SECONDS <= age <= CONTEXT_SECONDS for age in ages):
            raise LaunchStale

    async def _patient(self, patient_id: str, facility_id: str, correlation_id: str) -> PatientRecord:
        patient = await self._records.patient(
            patient_id, facility_id=facility_id, correlation_id=correlation_id
        )
        if not same_id(patient.id, patient_id):
            raise LaunchInconsistent
        check_usable(patient)
        return patient

    async def confirm_patient(
        self, patient_id: str, facility_id: str, *, correlation_id: str
    ) -> tuple[PatientRecord, int]:
        """Read the patient that a person has chosen by NHI, and check that the NHI is still this record's.

        Returns also how many other records have this NHI.
        """
        others = 0
        patient = await self._patient(patient_id, facility_id, correlation_id)
        if patient.nhi:
            try:
                same = await self._records.patients_by_nhi(
                    patient.nhi, facility_id=facility_id, correlation_id=correlation_id
                )
            except RecordSystemError as error:
                error.redact((*patient.name.split(), patient.nhi, patient.birth_date))
                raise
            if same and not any(same_id(record.id, patient_id) for record in same):
                raise LaunchInconsistent
            others = sum(not same_id(record.id, patient_id) for record in same)
        return patient, others

    async def open(
        self,
        patient: PatientRecord,
        provider: Provider,
        facility: Facility,
        *,
        launch: str | None = None,
        account: str = "",
        token: str | None = None,
        record_check: RecordCheck = RecordCheck(),  # noqa: B008 - frozen
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
            record_check=record_check,
        )
        token = token or new_token()
        await self._database.write(self._open, session, token, launch, account)
        return StartedSession(session, token)

    def _open(self, work: UnitOfWork, session: Session, token: str, launch: str | None, account: str) -> None:
        if launch is not None and not self._used.consume(work, _LAUNCH, _once(launch)):
            raise LaunchUsed
        self._store.add(work.connection, session, token)
        if account:
            others = {"otherRecords": str(session.record_check.others)} if session.record_check.others else {}
            work.audit(Entry("patient.confirmed", session.actor, about={"account": account} | others))
        work.audit(Entry("session.started", session.actor))
        if launch is not None:
            # What was left unfiled of this patient is simply there again.
            self._unfiled.resume_in(work, session)

    async def opened(self, token: str) -> StartedSession | None:
        """Return the session that was opened with this token; None if there is none or it has ended."""
        found = await self._database.read(self._store.by_token, token)
        if found is None or not found[0].is_open(self._clock(), unfiled=found[1]):
            return None
        return StartedSession(found[0], token)
