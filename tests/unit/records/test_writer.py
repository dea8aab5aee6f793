"""The writer: neutral images, messages and tasks become ALEX's resources; what it can't search for is never guessed."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import pytest

from clinicpro_images.records.alex.connect import open_alex
from clinicpro_images.records.alex.writer import AlexWriter
from clinicpro_images.records.errors import RecordSystemForbidden
from clinicpro_images.records.protocol import (
    ImageTarget,
    NewImage,
    NewMessage,
    NewTask,
    RecordWriter,
    Sought,
    WriteContext,
    WriteKind,
)
from clinicpro_images.terminology.coding import SNOMED, Coding
from fake_alex import FakeAlex

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
CONTEXT = WriteContext("our-identifier", "p1", "d1", "F2N060-E", "5f0c7b9e-3c3e-4c39-9f6f-4a8f6f8f2c11")


def an_image(target: ImageTarget, taken: datetime = NOW, transforms: str | None = None) -> NewImage:
    return NewImage(
        target=target,
        taken=taken,
        title="Left forearm, ZZZ0016",
        content_type="image/tiff" if target == "scan" else "image/jpeg",
        parts=(b"first", b"second"),
        body_site=Coding(SNOMED, "14975008", "Forearm"),
        notes="Itchy",
        transforms=transforms,
    )


@asynccontextmanager
async def writing(fake: FakeAlex) -> AsyncIterator[RecordWriter]:
    async with fake.serving(), open_alex(fake.settings()) as alex:
        yield AlexWriter(alex)


async def test_a_scan_has_absolute_references_and_a_file_name_without_the_nhi() -> None:
    fake = FakeAlex()
    async with writing(fake) as writer:
        assert await writer.write(writer.prepare(an_image("scan", transforms="o1"), CONTEXT)) == "abc123"
    [request] = fake.requests
    assert request.raw_path == "/FHIR/DocumentReference"
    assert request.headers["mt-facilityid"] == CONTEXT.facility_id
    assert request.headers["mt-correlationid"] == CONTEXT.correlation_id
    document = json.loads(request.body)
    assert document["identifier"][0]["value"] == CONTEXT.identifier
    assert document["subject"]["reference"] == f"{fake.origin}/fhir/Patient/p1"
    assert document["author"][0]["reference"] == f"{fake.origin}/fhir/Practitioner/d1"
    assert document["relatesTo"][0]["target"]["reference"] == f"{fake.origin}/fhir/DocumentReference/o1"
    assert document["content"][0]["attachment"]["title"] == "Left forearm,.tiff"


async def test_media_has_relative_references_and_its_title_and_notes_in_the_note() -> None:
    fake = FakeAlex()
    async with writing(fake) as writer:
        await writer.write(writer.prepare(an_image("media"), CONTEXT))
    media = json.loads(fake.requests[0].body)
    assert fake.requests[0].raw_path == "/FHIR/Media"
    assert (media["subject"], media["operator"]) == (
        {"reference": "Patient/p1"},
        {"reference": "Practitioner/d1"},
    )
    assert media["note"] == [{"text": "Left forearm, ZZZ0016\nItchy"}]
    assert media["bodySite"]["text"] == "Forearm"


async def test_a_message_and_a_task_go_to_the_chosen_provider() -> None:
    fake = FakeAlex()
    async with writing(fake) as writer:
        await writer.write(writer.prepare(NewMessage("d2", NOW, "Please look."), CONTEXT))
        await writer.write(writer.prepare(NewTask("d3", NOW, "Recheck.", date(2026, 12, 1)), CONTEXT))
    message, task = (json.loads(request.body) for request in fake.requests)
    assert message["recipient"] == [{"reference": f"{fake.origin}/fhir/Practitioner/d2"}]
    assert task["owner"] == {"reference": f"{fake.origin}/fhir/Practitioner/d3"}
    assert task["restriction"] == {"period": {"end": "2026-12-01"}}


async def test_what_cannot_be_built_is_refused_before_anything_is_sent() -> None:
    fake = FakeAlex()
    async with writing(fake) as writer:
        with pytest.raises(ValueError, match="time zone"):
            writer.prepare(an_image("scan", taken=NOW.replace(tzinfo=None)), CONTEXT)
    assert fake.requests == []


@pytest.mark.parametrize("kind", ["message", "task"])
async def test_no_search_is_known_for_messages_and_tasks(kind: WriteKind) -> None:
    async with writing(FakeAlex()) as writer:
        assert writer.shapes(kind) == ()
        with pytest.raises(RecordSystemForbidden):
            await writer.look(
                "identifier", Sought(kind, "ours", "p", "ZZZ0016", "F2N060-E"), correlation_id="c"
            )
