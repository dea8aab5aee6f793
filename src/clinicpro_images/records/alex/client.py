"""The ALEX client: every call the product makes, by its clinical name."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from clinicpro_images.records.alex import look, records, roles
from clinicpro_images.records.alex.body import AttachmentBody
from clinicpro_images.records.alex.earlier import EarlierScans
from clinicpro_images.records.alex.fhir import CallContext, Created, FhirClient, parsing, token_query
from clinicpro_images.records.alex.resources import ResourceWithAttachment
from clinicpro_images.records.alex.tokens import TokenService
from clinicpro_images.records.alex.transport import AlexCall, Transport
from clinicpro_images.records.errors import PatientUnknown, RecordSystemUnclear
from clinicpro_images.records.protocol import (
    Action,
    Appointments,
    LaunchContext,
    LocationRecord,
    Look,
    PatientRecord,
    PractitionerRecord,
    Sought,
)
from clinicpro_images.telemetry.telemetry import Telemetry

CLOCK_SKEW_SECONDS = 60.0
"""By how much a clock may differ from ALEX's without being wrong."""


class AlexClient:
    """ALEX for every facility; implements RecordReader. Every call raises RecordSystemError."""

    def __init__(
        self,
        base_url: str,
        tokens: TokenService,
        session: aiohttp.ClientSession,
        *,
        launch_url: str,
        clock: Callable[[], float],
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
        telemetry: Telemetry | None = None,
    ) -> None:
        """`base_url` is the FHIR base without a trailing slash; `clock` is seconds since 1970; timeouts are seconds."""
        self.base_url = base_url
        self.tokens = tokens
        self._launch_url = launch_url
        self._clock = clock
        self._transport = Transport(
            http=session,
            tokens=tokens,
            clock=clock,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            telemetry=telemetry or Telemetry(),
        )
        self._fhir = FhirClient(base_url, self._transport)
        self.earlier = EarlierScans(self._fhir, base_url)

    async def permitted_actions(self) -> frozenset[Action]:
        """Return what the token's roles permit; raises TokenRefused or TokenUnavailable."""
        return roles.permitted_actions((await self.tokens.token()).roles)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def their_time(self) -> float | None:
        """Return the time by ALEX's clock, in seconds since 1970; None as long as no response has told it."""
        return self._transport.server_clock.now()

    def latest_date(self) -> float:
        """Return the latest time that isn't in the future, in seconds since 1970; infinite if unknown.

        ALEX and the identity provider have to agree: what is in the past for one of them alone is not changed, because
        one server, or a proxy before it, may be wrong too.
        """
        told = [self._transport.server_clock.now(), self.tokens.their_time()]
        known = [each for each in told if each is not None]
        return max(known) + CLOCK_SKEW_SECONDS if known else math.inf

    # --- reads ------------------------------------------------------------------------------------

    async def patient(self, patient_id: str, *, facility_id: str, correlation_id: str) -> PatientRecord:
        """Read one patient record; raises PatientUnknown."""
        if not records.is_fhir_id(patient_id):
            raise PatientUnknown
        context = CallContext(facility_id, correlation_id)
        resource = await self._fhir.read(roles.READ_PATIENT, f"Patient/{patient_id}", context)
        with parsing(roles.READ_PATIENT, resource):
            return records.patient_record(resource, now=self._now())

    async def patients_by_nhi(
        self, nhi: str, *, facility_id: str, correlation_id: str
    ) -> list[PatientRecord]:
        """Find every patient record with this NHI: none, one, or several, which only a person may choose between.

        A record that was merged into another one in the list is left out. Raises RecordSystemUnclear if nothing shows
        whether a hit has this NHI: not to find it among hits of other NHIs, or of none, proves nothing.
        """
        wanted = nhi.upper()
        found = await self._fhir.search(
            roles.SEARCH_PATIENT,
            "Patient",
            token_query("identifier", records.NHI_SYSTEM, wanted),
            CallContext(facility_id, correlation_id),
        )
        with parsing(roles.SEARCH_PATIENT):
            patients = [records.patient_record(resource, now=self._now()) for resource in found]
        matching = [patient for patient in patients if wanted in patient.nhis]
        if any(not patient.nhis for patient in patients) or (patients and not matching):
            raise RecordSystemUnclear(integrator="ALEX's list of patients is not one of those with this NHI.")
        copies = {(each.id.casefold(), each.name, each.birth_date, each.sex) for each in matching}
        if len(copies) != len({each.id.casefold() for each in matching}):
            raise RecordSystemUnclear(
                integrator="ALEX's list has one patient record twice, with differences."
            )
        return records.without_replaced(matching)

    async def practitioners(self, *, facility_id: str, correlation_id: str) -> list[PractitionerRecord]:
        """List the practice's providers."""
        context = CallContext(facility_id, correlation_id)
        # A list that breaks off is better than none: nothing is concluded from who is missing.
        found = await self._fhir.search_pages(roles.SEARCH_PRACTITIONER, "Practitioner", "", context)
        # A provider without an id that can be written to doesn't hide the others.
        listed = [each for each in found.resources if records.is_fhir_id(str(each.get("id")))]
        with parsing(roles.SEARCH_PRACTITIONER):
            return [records.practitioner_record(resource, now=self._now()) for resource in listed]

    async def locations(self, *, facility_id: str, correlation_id: str) -> list[LocationRecord]:
        """List the practice's locations, whose name is the practice's."""
        context = CallContext(facility_id, correlation_id)
        found = await self._fhir.search(roles.SEARCH_LOCATION, "Location", "", context)
        with parsing(roles.SEARCH_LOCATION):
            return [records.location_record(resource) for resource in found]

    async def appointments(
        self, provider: PractitionerRecord, day: date, *, facility_id: str, correlation_id: str
    ) -> Appointments:
        """List whom a provider sees on a day, in order; not all if the provider has no number that ALEX searches by."""
        if provider.registered is None:
            return Appointments((), complete=False)
        by_provider = token_query("practitioner.identifier", *provider.registered)
        query = f"{by_provider}&date=ge{day.isoformat()}&date=le{day.isoformat()}"
        context = CallContext(facility_id, correlation_id)
        # A list that breaks off is better than none: who is missing is found by NHI.
        found = await self._fhir.search_pages(roles.SEARCH_APPOINTMENT, "Appointment", query, context)
        listed = [records.appointment_record(resource) for resource in found.resources]
        told = [each for each in listed if each is not None]
        return Appointments(tuple(sorted(told, key=lambda each: each.start)), complete=found.complete)

    async def launch_context(
        self, context: str, signature: str, *, facility_id: str | None, correlation_id: str
    ) -> LaunchContext:
        """Decode the context that Evolution put into the launch URL.

        Context and signature are percent-encoded, including the slashes and plus signs of their base64 (ALEX support).
        ALEX doesn't publish its response to a forged context: expect RecordSystemRejected, RecordSystemNotFound or
        RecordSystemForbidden.
        """
        url = f"{self._launch_url}/{quote(context, safe='')}/{quote(signature, safe='')}"
        call = AlexCall(
            roles.DECODE_LAUNCH,
            "GET",
            URL(url, encoded=True),
            facility_id,
            correlation_id,
            "application/json",
        )
        reply = await self._transport.send(call)
        try:
            return records.parse_launch_context(reply.body, now=self._now())
        except ValueError as error:
            raise RecordSystemUnclear(
                integrator="The launch decoder's response is not {patientId, facilityCode, providerId, createdTime}.",
                upstream_status=reply.status,
            ) from error

    # --- writes -----------------------------------------------------------------------------------

    async def create_document_reference(
        self, document: ResourceWithAttachment, *, facility_id: str, correlation_id: str, nhi: str = ""
    ) -> Created:
        """File a document to Inbox Scan."""
        context = CallContext(facility_id, correlation_id, nhi)
        return await self._fhir.create(
            roles.CREATE_DOCUMENT, "DocumentReference", AttachmentBody(document), context
        )

    async def create_media(
        self, media: ResourceWithAttachment, *, facility_id: str, correlation_id: str, nhi: str = ""
    ) -> Created:
        """File an image to Inbox Media."""
        context = CallContext(facility_id, correlation_id, nhi)
        return await self._fhir.create(roles.CREATE_MEDIA, "Media", AttachmentBody(media), context)

    async def create_communication(
        self, communication: Mapping[str, Any], *, facility_id: str, correlation_id: str, nhi: str = ""
    ) -> Created:
        """Send a message to a provider's inbox."""
        context = CallContext(facility_id, correlation_id, nhi)
        return await self._fhir.create(roles.CREATE_COMMUNICATION, "Communication", communication, context)

    async def create_task(
        self, task: Mapping[str, Any], *, facility_id: str, correlation_id: str, nhi: str = ""
    ) -> Created:
        """Create a task."""
        return await self._fhir.create(
            roles.CREATE_TASK, "Task", task, CallContext(facility_id, correlation_id, nhi)
        )

    # --- finding an earlier write -----------------------------------------------------------------

    async def look(self, shape: str, sought: Sought, *, correlation_id: str) -> Look:
        """Search with one query for what was or may have been written; raises RecordSystemForbidden if it is refused."""
        return await look.look(self._fhir, shape, sought, correlation_id=correlation_id)
