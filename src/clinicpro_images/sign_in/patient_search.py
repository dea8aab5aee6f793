"""From an NHI to a patient whom the clinician confirmed, and so to a session."""

import asyncio
import secrets
from dataclasses import dataclass, replace

from nhi import is_nhi

from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.records.directory import Directory
from clinicpro_images.records.errors import PatientUnknown, RecordSystemError
from clinicpro_images.records.protocol import PatientRecord, PractitionerRecord, RecordReader
from clinicpro_images.sessions.errors import LaunchUsed, PatientAmbiguous
from clinicpro_images.sessions.launch import Launches, Started, new_token
from clinicpro_images.sessions.session import Facility, Provider
from clinicpro_images.sign_in.errors import (
    ConfirmationLate,
    NhiInvalid,
    NhiUnknown,
    NoProviderHere,
    ProviderNotChosen,
)
from clinicpro_images.sign_in.flow import RecordAudit
from clinicpro_images.sign_in.state_tokens import FOUND_SECONDS, Found, SignedIn, StateTokens


@dataclass(frozen=True)
class PracticeStaff:
    """Where somebody signed in looks for a patient: the practice, who works there, and as whom they file.

    `own` is set where their account says who they are; else they choose, and `chosen` is whom they chose last.
    """

    practice: str
    people: tuple[PractitionerRecord, ...]
    own: PractitionerRecord | None
    chosen: str


class PatientSearch:
    """Finds a patient of one practice by NHI. Nothing is opened before the clinician has said that it is the right one."""

    def __init__(
        self,
        *,
        records: RecordReader,
        directory: Directory,
        launches: Launches,
        notes: StateTokens,
        facility_id: str,
        production: bool,
        linked: bool,
        record_audit: RecordAudit,
    ) -> None:
        """`production`: test NHIs are refused. `linked`: the account says which provider somebody is."""
        self._records = records
        self._directory = directory
        self._launches = launches
        self._notes = notes
        self._facility_id = facility_id
        self._production = production
        self._linked = linked
        self._record_audit = record_audit

    async def desk(self, signed_in: SignedIn, *, correlation_id: str) -> PracticeStaff:
        """Return the practice and its people; raises NoProviderHere, RecordSystemError."""
        people, practice = await asyncio.gather(
            self._directory.practitioners(self._facility_id, correlation_id=correlation_id),
            self._directory.practice_name(self._facility_id, correlation_id=correlation_id),
        )
        own = None
        if self._linked:
            words = set(signed_in.linked)
            mine = [person for person in people if words & {person.id, *person.identifiers}]
            if len(mine) != 1:
                raise NoProviderHere
            own = mine[0]
        return PracticeStaff(practice, tuple(people), own, signed_in.provider_id)

    async def find(
        self, signed_in: SignedIn, desk: PracticeStaff, *, nhi: str, provider_id: str, correlation_id: str
    ) -> tuple[PatientRecord, Found, SignedIn]:
        """Return the one patient with this NHI, the note to confirm them by, and the sign-in that knows the choice.

        Raises PatientSearchError, PatientAmbiguous, RecordSystemError.
        """
        provider = desk.own or next((each for each in desk.people if each.id == provider_id), None)
        if provider is None:
            raise ProviderNotChosen
        nhi = "".join(nhi.split()).upper()
        if not nhi or not nhi.isascii() or not is_nhi(nhi, allow_test_values=not self._production):
            raise NhiInvalid
        patient = await self._one(nhi, correlation_id)
        actor = Actor(self._facility_id, provider.id, provider.name, patient.id)
        await self._record_audit(Entry("patient.found", actor, about={"account": signed_in.account}))
        found = Found(
            id=secrets.token_urlsafe(16),
            sign_in_id=signed_in.id,
            patient_id=patient.id,
            shown=_shown(patient),
            provider_id=provider.id,
            provider_name=provider.name,
            token=new_token(),
            until=self._notes.clock() + FOUND_SECONDS,
        )
        return patient, found, replace(signed_in, provider_id=provider.id)

    async def _one(self, nhi: str, correlation_id: str) -> PatientRecord:
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
        if len(found) > 1:
            raise PatientAmbiguous
        return found[0]

    async def confirm(self, signed_in: SignedIn, kept: str, *, correlation_id: str) -> Started:
        """Open a session for the patient that was shown; raises ConfirmationLate, LaunchError, RecordSystemError.

        The record is read once more: what the clinician said yes to must still be what is there. A second yes, as a
        double press sends it, leads to the session that the first one opened, while that is open.
        """
        found = self._notes.open(Found, kept)
        if found is None or found.sign_in_id != signed_in.id:
            raise ConfirmationLate
        if (opened := await self._launches.opened(found.token)) is not None:
            return opened
        patient = await self._launches.confirm_patient(
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
                launch=f"sign-in\n{found.id}",
                account=signed_in.account,
                token=found.token,
            )
        except LaunchUsed as error:
            # Both were on their way at once, or the session is over.
            if (opened := await self._launches.opened(found.token)) is None:
                raise ConfirmationLate from error
            return opened


def _shown(patient: PatientRecord) -> tuple[str, ...]:
    return (patient.name, patient.nhi, patient.birth_date, patient.sex)
