"""A client connected to a minimal ALEX, and what it is asked to send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.connect import open_alex
from clinicpro_images.records.alex.records import NHI_SYSTEM
from clinicpro_images.records.alex.resources import ResourceWithAttachment, document_reference
from fake_alex import FakeAlex

FACILITY = "F2N060-E"
CORRELATION = "5f0c7b9e-3c3e-4c39-9f6f-4a8f6f8f2c11"
IDENTIFIER = "0d3c0a52-6a5e-4c1b-9d35-0f3f7a6f6a11"
NHI = "https://standards.digital.health.nz/ns/nhi-id%7CZZZ0016"
TYPE = "http://loinc.org%7C72170-4"
NOON = datetime(2026, 11, 23, 23, tzinfo=UTC)  # in Auckland, on 24 November
FOR = {"facility_id": FACILITY, "correlation_id": CORRELATION}


@asynccontextmanager
async def connected(fake: FakeAlex, **environ: str) -> AsyncIterator[AlexClient]:
    async with fake.serving(), open_alex(fake.settings(**environ)) as alex:
        yield alex


def a_document(content: bytes = b"II*\x00" * 1000) -> ResourceWithAttachment:
    return document_reference(
        identifier=IDENTIFIER,
        patient_reference="https://alex.example.nz/fhir/Patient/a",
        author_reference="https://alex.example.nz/fhir/Practitioner/b",
        created=datetime(2026, 11, 20, tzinfo=UTC),
        title="Left forearm.tiff",
        description="Left forearm",
        content_type="image/tiff",
        parts=(content,),
    )


def a_patient(patient_id: str, nhi: str = "ZZZ0016", **more: Any) -> dict[str, Any]:
    identifiers = [{"system": NHI_SYSTEM, "value": nhi}]
    return {"resourceType": "Patient", "id": patient_id, "identifier": identifiers, **more}
