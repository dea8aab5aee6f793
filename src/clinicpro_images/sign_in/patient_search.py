"""Finds a patient by NHI, and opens a session once the clinician has confirmed that it is the right one."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from nhi import is_nhi

from clinicpro_images.audit.entry import Actor, Entry, RecordAudit
from clinicpro_images.practice_time import AUCKLAND, today
from clinicpro_images.records.directory import Directory
from clinicpro_images.records.errors import PatientUnknown, RecordSystemError
from clinicpro_images.records.protocol import PatientRecord, PractitionerRecord, RecordReader
from clinicpro_images.sessions.errors import LaunchUsed
from clinicpro_images.sessions.launch import SIGN_IN, Launches, StartedSession, new_token
from clinicpro_images.sessions.session import Facility, Provider, RecordCheck
from clinicpro_images.sessions.usable_record import check_usable, is_usable
from clinicpro_images.sign_in.errors import (
    BirthDateDiffers,
    ConfirmationLate,
    NhiInvalid,
    NhiUnknown,
    NoProviderHere,
    ProviderNotChosen,
)
from clinicpro_images.sign_in.state_tokens import FOUND_SECONDS, Found, ListedPatient, SignedIn, StateTokens

LISTED_SECONDS = FOUND_SECONDS
_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True)
class SearchContext:
    """Where a signed-in clinician searches: the practice's name, its providers, and the provider they file as.

    `linked` is the provider that the account is linked to; without one they choose, and `chosen_id` was chosen last.
    `appointments`: this installation may read a provider's appointments.
    """

    practice: str
    providers: tuple[PractitionerRecord, ...]
    linked: PractitionerRecord | None
    chosen_id: str
    appointments: bool = False

    def provider(self, provider_id: str) -> PractitionerRecord:
        """Return the provider that the account files as; raises ProviderNotChosen."""
        if self.linked is not None:
            return self.linked
        found = next((each for each in self.providers if each.id == provider_id), None)
        if found is None:
            raise ProviderNotChosen
        return found


@dataclass(frozen=True)
class ListedAppointment:
    """A line of the day's list: when, whose initials, and the state token that opens the patient."""

    start: datetime
    initials: str
    token: str


@dataclass(frozen=True)
class FoundRecord:
    """A patient's record, and what the browser sends back to confirm it."""

    patient: PatientRecord
    found: Found


def _nobody_is_open(call: Callable[_P, Awaitable[_T]]) -> Callable[_P, Awaitable[_T]]:
    """Let what the record system's errors say speak of no photos: there are none before a patient is confirmed."""

    @wraps(call)
    async def calling(*args: _P.args, **named: _P.kwargs) -> _T:
        try:
            return await call(*args, **named)
        except RecordSystemError as error:
            error.without_photos()
            raise

    return calling


class PatientSearch:
    """Finds a patient of one practice by NHI. No session is opened until the clinician has confirmed the patient."""

    def __init__(
        self,
        *,
        records: RecordReader,
        directory: Directory,
        launches: Launches,
        state_tokens: StateTokens,
        facility_id: str,
        production: bool,
        linked: bool,
        record_audit: RecordAudit,
    ) -> None:
        """`production`: test NHIs are refused. `linked`: accounts are linked to providers."""
        self._records = records
        self._directory = directory
        self._launches = launches
        self._state_tokens = state_tokens
        self._facility_id = facility_id
        self._production = production
        self._linked = linked
        self._record_audit = record_audit

    @_nobody_is_open
    async def context(self, signed_in: SignedIn, *, correlation_id: str) -> SearchContext:
        """Return the practice and its providers; raises NoProviderHere, RecordSystemError."""
        providers, practice = await asyncio.gather(
            self._directory.recipients(self._facility_id, correlation_id=correlation_id),
            self._directory.practice_name(self._facility_id, correlation_id=correlation_id),
        )
        linked = None
        if self._linked:
            ids = set(signed_in.linked)
            matching = [each for each in providers if ids & {each.id, *each.identifiers}]
            if len(matching) != 1:
                raise NoProviderHere
            linked = matching[0]
        return SearchContext(
            practice, tuple(providers), linked, signed_in.provider_id, await self._may_list()
        )

    async def providers_of(self, signed_in: SignedIn, *, correlation_id: str) -> list[tuple[str, str]]:
        """Return facility and id of each provider that the account files as, as far as that is known."""
        found = {signed_in.provider_id} - {""}
        try:
            linked = (await self.context(signed_in, correlation_id=correlation_id)).linked
        except (RecordSystemError, NoProviderHere):
            linked = None  # what is known without the record system is ended all the same
        found |= {linked.id} if linked is not None else set()
        return [(self._facility_id, provider_id) for provider_id in sorted(found)]

    async def _may_list(self) -> bool:
        try:
            return "read-appointments" in await self._records.permitted_actions()
        except RecordSystemError:
            return False

    @_nobody_is_open
    async def today(
        self, signed_in: SignedIn, context: SearchContext, *, provider_id: str, correlation_id: str
    ) -> tuple[list[ListedAppointment], bool, SignedIn]:
        """Return the provider's appointments of today, whether these are all, and the sign-in with that provider.

        Other patients are in the room's sight: nobody is named by more than initials. Raises ProviderNotChosen,
        RecordSystemError.
        """
        provider = context.provider(provider_id)
        now = self._state_tokens.clock()
        day = today(now)
        found = await self._records.appointments(
            provider, day, facility_id=self._facility_id, correlation_id=correlation_id
        )
        actor = Actor(self._facility_id, provider.id, provider.name)
        await self._record_audit(Entry("appointments.listed", actor, about={"account": signed_in.account}))
        listed = [
            ListedAppointment(
                each.start.astimezone(AUCKLAND),
                "".join(f"{part[0].upper()}. " for part in each.patient_name.split()).strip(),
                self._state_tokens.encrypt(
                    ListedPatient(signed_in.id, each.patient_id, provider.id, until=now + LISTED_SECONDS)
                ),
            )
            for each in found.listed
        ]
        return listed, found.complete, replace(signed_in, provider_id=provider.id)

    @_nobody_is_open
    async def open_listed(
        self, signed_in: SignedIn, context: SearchContext, *, token: str, correlation_id: str
    ) -> tuple[list[FoundRecord], SignedIn]:
        """Return the patient of an appointment that was listed, as `find` does; raises ConfirmationLate and as `find`."""
        listed = self._state_tokens.decrypt(ListedPatient, token)
        if listed is None or listed.sign_in_id != signed_in.id:
            raise ConfirmationLate
        provider = context.provider(listed.provider_id)
        patient = await self._records.patient(
            listed.patient_id, facility_id=self._facility_id, correlation_id=correlation_id
        )
        check_usable(patient)
        return await self._found(signed_in, provider, [patient])

    @_nobody_is_open
    async def find(
        self,
        signed_in: SignedIn,
        context: SearchContext,
        *,
        nhi: str,
        provider_id: str,
        correlation_id: str,
        birth_date: str = "",
    ) -> tuple[list[FoundRecord], SignedIn]:
        """Return the records with this NHI, what to confirm of each, and the sign-in with the provider that was chosen.

        A `birth_date` (ISO) that is given is a second identifier, and must be the record's. Raises PatientSearchError,
        LaunchError if nothing can be filed into any of them, RecordSystemError.
        """
        provider = context.provider(provider_id)
        nhi = "".join(nhi.split()).upper()
        if not nhi or not nhi.isascii() or not is_nhi(nhi, allow_test_values=not self._production):
            raise NhiInvalid
        patients = await self._with_nhi(nhi, correlation_id)
        if birth_date and not (patients := [each for each in patients if each.birth_date == birth_date]):
            raise BirthDateDiffers
        return await self._found(signed_in, provider, patients)

    async def _found(
        self, signed_in: SignedIn, provider: PractitionerRecord, patients: Sequence[PatientRecord]
    ) -> tuple[list[FoundRecord], SignedIn]:
        until = self._state_tokens.clock() + FOUND_SECONDS
        found: list[FoundRecord] = []
        for patient in patients:
            actor = Actor(self._facility_id, provider.id, provider.name, patient.id)
            await self._record_audit(Entry("patient.found", actor, about={"account": signed_in.account}))
            state = Found(
                id=secrets.token_urlsafe(16),
                sign_in_id=signed_in.id,
                patient_id=patient.id,
                shown=_shown(patient),
                provider_id=provider.id,
                provider_name=provider.name,
                token=new_token(),
                until=until,
            )
            found.append(FoundRecord(patient, state))
        return found, replace(signed_in, provider_id=provider.id)

    async def _with_nhi(self, nhi: str, correlation_id: str) -> list[PatientRecord]:
        try:
            found = await self._records.patients_by_nhi(
                nhi, facility_id=self._facility_id, correlation_id=correlation_id
            )
        except PatientUnknown as error:
            raise NhiUnknown from error
        except RecordSystemError as error:
            error.redact((nhi,))
            raise
        if not found:
            raise NhiUnknown
        usable = [each for each in found if is_usable(each)]
        if not usable:
            check_usable(found[0])
        return usable

    @_nobody_is_open
    async def confirm(self, signed_in: SignedIn, token: str, *, correlation_id: str) -> StartedSession:
        """Open a session for the patient that was shown; raises ConfirmationLate, LaunchError, RecordSystemError.

        The record is read again: it must still match what the clinician confirmed. A second confirmation, from a
        double click, returns the session that the first one opened, while that is open.
        """
        found = self._state_tokens.decrypt(Found, token)
        if found is None or found.sign_in_id != signed_in.id:
            raise ConfirmationLate
        if (opened := await self._launches.opened(found.token)) is not None:
            return opened
        patient, others = await self._launches.confirm_patient(
            found.patient_id, self._facility_id, correlation_id=correlation_id
        )
        if _shown(patient) != found.shown:
            raise ConfirmationLate
        practice = await self._directory.practice_name(self._facility_id, correlation_id=correlation_id)
        try:
            return await self._launches.open(
                patient,
                Provider(found.provider_id, found.provider_name),
                Facility(self._facility_id, practice),
                launch=f"{SIGN_IN}\n{found.id}",
                account=signed_in.account,
                record_check=RecordCheck("several", others) if others else RecordCheck(),
                token=found.token,
            )
        except LaunchUsed as error:
            # Two confirmations arrived together, or the session has ended.
            if (opened := await self._launches.opened(found.token)) is None:
                raise ConfirmationLate from error
            return opened


def _shown(patient: PatientRecord) -> tuple[str, ...]:
    return (patient.name, patient.nhi, patient.birth_date, patient.sex)
