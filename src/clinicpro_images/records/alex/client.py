"""The ALEX client: every call the product makes, by its clinical name. Nothing else speaks to ALEX."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from clinicpro_images.records.alex import records, roles
from clinicpro_images.records.alex.body import AttachedBody
from clinicpro_images.records.alex.call_context import CallContext, Created, Fhir, answer_checked, token_query
from clinicpro_images.records.alex.records import (
    LaunchContext,
    LocationRecord,
    PatientRecord,
    PractitionerRecord,
)
from clinicpro_images.records.alex.resources import IMAGE_SYSTEM, Attached
from clinicpro_images.records.alex.tokens import TokenService
from clinicpro_images.records.alex.transport import Call, Transport
from clinicpro_images.records.errors import (
    AlexForbidden,
    AlexNotFound,
    AlexRejected,
    AlexUnclear,
    PatientUnknown,
)
from clinicpro_images.telemetry.telemetry import Telemetry

__all__ = ["AlexClient", "Created"]


class AlexClient:
    """ALEX for every facility. Each call raises AlexError, and carries the facility and correlation id it is given."""

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
        self._exchange = Transport(
            http=session,
            tokens=tokens,
            clock=clock,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            telemetry=telemetry or Telemetry(),
        )
        self._fhir = Fhir(base_url, self._exchange)

    # --- reads ------------------------------------------------------------------------------------

    async def patient(self, patient_id: str, *, facility_id: str, correlation_id: str) -> PatientRecord:
        """Read one patient record; raises PatientUnknown."""
        if not records.is_fhir_id(patient_id):
            raise PatientUnknown
        errand = CallContext(facility_id, correlation_id)
        resource = await self._fhir.read(roles.READ_PATIENT, f"Patient/{patient_id}", errand)
        with answer_checked(roles.READ_PATIENT, resource):
            return records.patient_record(resource)

    async def patients_by_nhi(
        self, nhi: str, *, facility_id: str, correlation_id: str
    ) -> list[PatientRecord]:
        """Find every patient record with this NHI: none, one, or several that must not be told apart by guessing.

        A record that was merged into another one of the list is left out.
        """
        wanted = nhi.upper()
        found = await self._fhir.search(
            roles.SEARCH_PATIENT,
            "Patient",
            token_query("identifier", records.NHI_SYSTEM, wanted),
            CallContext(facility_id, correlation_id),
        )
        with answer_checked(roles.SEARCH_PATIENT):
            patients = [records.patient_record(resource) for resource in found]
        return records.without_replaced(patient for patient in patients if wanted in patient.nhis)

    async def practitioners(self, *, facility_id: str, correlation_id: str) -> list[PractitionerRecord]:
        """List the practice's providers."""
        errand = CallContext(facility_id, correlation_id)
        found = await self._fhir.search(roles.SEARCH_PRACTITIONER, "Practitioner", "", errand)
        with answer_checked(roles.SEARCH_PRACTITIONER):
            return [records.practitioner_record(resource) for resource in found]

    async def locations(self, *, facility_id: str, correlation_id: str) -> list[LocationRecord]:
        """List the practice's places; their name is the practice's."""
        errand = CallContext(facility_id, correlation_id)
        found = await self._fhir.search(roles.SEARCH_LOCATION, "Location", "", errand)
        with answer_checked(roles.SEARCH_LOCATION):
            return [records.location_record(resource) for resource in found]

    async def capability_statement(self, *, facility_id: str, correlation_id: str) -> dict[str, Any]:
        """Read what ALEX says it can do."""
        return await self._fhir.read(
            roles.READ_CAPABILITIES, "metadata", CallContext(facility_id, correlation_id)
        )

    async def launch_context(
        self, context: str, signature: str, *, facility_id: str | None, correlation_id: str
    ) -> LaunchContext:
        """Decode what Evolution put into the launch URL.

        Context and signature are percent-encoded, the slashes and plus signs of their base64 too (ALEX support).
        What ALEX answers to a forged context is not published: AlexRejected, AlexNotFound or AlexForbidden.
        """
        url = f"{self._launch_url}/{quote(context, safe='')}/{quote(signature, safe='')}"
        call = Call(
            roles.DECODE_LAUNCH,
            "GET",
            URL(url, encoded=True),
            facility_id,
            correlation_id,
            "application/json",
        )
        reply = await self._exchange.send(call)
        try:
            return records.parse_launch_context(reply.body, now=datetime.fromtimestamp(self._clock(), UTC))
        except ValueError as error:
            raise AlexUnclear(
                integrator="The launch decoder's answer is not {patientId, facilityCode, providerId, createdTime}.",
                alex_status=reply.status,
            ) from error

    # --- writes -----------------------------------------------------------------------------------

    async def create_document_reference(
        self, document: Attached, *, facility_id: str, correlation_id: str
    ) -> Created:
        """File a document to Inbox Scan."""
        errand = CallContext(facility_id, correlation_id)
        return await self._fhir.create(
            roles.CREATE_DOCUMENT, "DocumentReference", AttachedBody(document), errand
        )

    async def create_media(self, media: Attached, *, facility_id: str, correlation_id: str) -> Created:
        """File a picture to Inbox Media."""
        errand = CallContext(facility_id, correlation_id)
        return await self._fhir.create(roles.CREATE_MEDIA, "Media", AttachedBody(media), errand)

    async def create_communication(
        self, communication: Mapping[str, Any], *, facility_id: str, correlation_id: str
    ) -> Created:
        """Send a message to a provider's inbox."""
        errand = CallContext(facility_id, correlation_id)
        return await self._fhir.create(roles.CREATE_COMMUNICATION, "Communication", communication, errand)

    async def create_task(self, task: Mapping[str, Any], *, facility_id: str, correlation_id: str) -> Created:
        """Create a task."""
        return await self._fhir.create(
            roles.CREATE_TASK, "Task", task, CallContext(facility_id, correlation_id)
        )

    # --- looking before writing again ------------------------------------------------------------

    async def find_document_reference(
        self, identifier: str, *, nhi: str | None, facility_id: str, correlation_id: str
    ) -> list[str]:
        """Return the ids of Inbox Scan documents with our identifier; raises AlexForbidden when not allowed to look."""
        errand = CallContext(facility_id, correlation_id)
        return await self._find(roles.SEARCH_DOCUMENT, "DocumentReference", identifier, nhi, errand)

    async def find_media(
        self, identifier: str, *, nhi: str | None, facility_id: str, correlation_id: str
    ) -> list[str]:
        """Return the ids of Inbox Media pictures with our identifier; raises AlexForbidden when not allowed to look."""
        errand = CallContext(facility_id, correlation_id)
        return await self._find(roles.SEARCH_MEDIA, "Media", identifier, nhi, errand)

    async def _find(
        self,
        operation: roles.Operation,
        resource_type: str,
        identifier: str,
        nhi: str | None,
        errand: CallContext,
    ) -> list[str]:
        """Look by our identifier and by the patient's NHI: some shapes of query are refused although the role is there.

        "Nothing found" counts only after every shape was tried; every hit is checked for our identifier.
        """
        queries = [token_query("identifier", IMAGE_SYSTEM, identifier)]
        if nhi:
            queries.append(token_query("patient.identifier", records.NHI_SYSTEM, nhi.upper()))
        refusals: list[AlexForbidden | AlexRejected | AlexNotFound] = []
        for query in queries:
            try:
                found = await self._fhir.search(operation, resource_type, query, errand)
            except (AlexForbidden, AlexRejected, AlexNotFound) as refusal:
                refusals.append(refusal)
                continue
            ids = {str(hit.get("id", "")) for hit in found if identifier in records.identifier_values(hit)}
            if ids:
                return sorted(ids)
        if len(refusals) < len(queries):
            return []
        last = refusals[-1]
        raise AlexForbidden(
            integrator=last.integrator,
            alex_status=last.alex_status,
            alex_code=last.alex_code,
            alex_diagnostics=last.alex_diagnostics,
        ) from last
