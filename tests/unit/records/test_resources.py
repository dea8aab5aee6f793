"""The resources that are written, checked against FHIR's own definitions and Medtech's rules."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fhir.resources.R4B.communication import Communication
from fhir.resources.R4B.documentreference import DocumentReference
from fhir.resources.R4B.media import Media
from fhir.resources.R4B.task import Task
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.records.alex.resources import (
    ResourceWithAttachment,
    auckland,
    communication,
    document_reference,
    file_name,
    media,
    reference,
    task,
)
from clinicpro_images.terminology.coding import SNOMED, Coding

TYPE_SYSTEM = "https://clinicpro.co.nz/fhir/CodeSystem/image-type"
VIEW_SYSTEM = "https://clinicpro.co.nz/fhir/CodeSystem/image-view"
BASE = "https://alexapiuat.medtechglobal.com/FHIR"
PATIENT = reference(BASE, "Patient", "14e52e16edb7a435bfa05e307afd008b")
AUTHOR = reference(BASE, "Practitioner", "9bf0832786e2293848942167532e0a91")
IDENTIFIER = "0d3c0a52-6a5e-4c1b-9d35-0f3f7a6f6a11"
CREATED = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
FOREARM = Coding(SNOMED, "14975008", "Forearm")
LEFT = Coding(SNOMED, "7771000", "Left")


def filled(attached: ResourceWithAttachment, *path: Any) -> dict[str, Any]:
    """The resource as sent, with its attachment's data."""
    resource: dict[str, Any] = json.loads(json.dumps(attached.resource))
    node: Any = resource
    for step in path:
        node = node[step]
    node["data"] = "SUkqAA=="
    return resource


def a_document(**more: Any) -> ResourceWithAttachment:
    arguments: dict[str, Any] = {
        "identifier": IDENTIFIER,
        "patient_reference": PATIENT,
        "author_reference": AUTHOR,
        "created": CREATED,
        "title": "Left forearm - lesion.tiff",
        "description": "Left forearm – lesion",
        "content_type": "image/tiff",
        "parts": (b"II*\x00",),
        **more,
    }
    return document_reference(**arguments)


def test_references_are_absolute_with_the_lower_case_base() -> None:
    assert PATIENT == "https://alexapiuat.medtechglobal.com/fhir/Patient/14e52e16edb7a435bfa05e307afd008b"
    assert reference("http://127.0.0.1:8090/FHIR", "Patient", "a") == "http://127.0.0.1:8090/fhir/Patient/a"
    assert reference("https://host.example.nz/Relay/FHIR", "Patient", "a").endswith("/Relay/fhir/Patient/a")


def test_a_document_is_what_inbox_scan_requires() -> None:
    document = a_document().resource
    assert document["identifier"] == [{"system": "https://clinicpro.co.nz/fhir/picture", "value": IDENTIFIER}]
    assert document["status"] == "current"
    assert document["type"]["coding"] == [
        {"system": "http://loinc.org", "code": "72170-4", "display": "Photographic image"}
    ]
    assert document["subject"] == {"reference": PATIENT}
    assert document["author"] == [{"reference": AUTHOR}]
    assert document["date"] == "2026-11-21T00:30:00+13:00"
    assert document["content"][0]["attachment"]["contentType"] == "image/tiff"


def test_a_document_is_valid_fhir() -> None:
    DocumentReference.model_validate(filled(a_document(), "content", 0, "attachment"))


def test_an_edited_image_names_its_filed_original() -> None:
    original = reference(BASE, "DocumentReference", "a1")
    document = a_document(transforms=original)
    assert document.resource["relatesTo"] == [{"code": "transforms", "target": {"reference": original}}]
    DocumentReference.model_validate(filled(document, "content", 0, "attachment"))


def test_the_image_bytes_stay_out_of_repr() -> None:
    assert "II*" not in repr(a_document())


def a_media(**more: Any) -> ResourceWithAttachment:
    arguments: dict[str, Any] = {
        "identifier": IDENTIFIER,
        "patient_reference": "Patient/14e52e16edb7a435bfa05e307afd008b",
        "operator_reference": AUTHOR,
        "created": CREATED,
        "title": "Left forearm.jpg",
        "content_type": "image/jpeg",
        "parts": (b"\xff\xd8",),
        "body_site": FOREARM,
        "body_site_text": "Left forearm",
        "laterality": LEFT,
        "view": Coding(VIEW_SYSTEM, "dermoscopy", "Dermoscopy"),
        "reason": Coding(TYPE_SYSTEM, "lesion", "Lesion"),
        "note": "Changed since winter",
        **more,
    }
    return media(**arguments)


def test_media_says_body_site_side_view_and_reason_in_its_own_elements() -> None:
    resource = a_media().resource
    assert resource["bodySite"]["text"] == "Left forearm"
    assert [coding["code"] for coding in resource["bodySite"]["coding"]] == [
        "14975008",
        "14975008:272741003=7771000",
    ]
    assert resource["view"]["coding"][0]["code"] == "dermoscopy"
    assert resource["reasonCode"][0]["coding"][0]["code"] == "lesion"
    assert resource["note"] == [{"text": "Changed since winter"}]
    assert resource["operator"] == {"reference": AUTHOR}
    Media.model_validate(filled(a_media(), "content"))


def test_a_body_site_in_free_text_has_no_code() -> None:
    resource = a_media(body_site="Behind the ear", body_site_text="", laterality=LEFT).resource
    assert resource["bodySite"] == {"text": "Left behind the ear"}


def test_media_without_details_is_valid_fhir() -> None:
    bare = a_media(
        body_site=None, laterality=None, view=None, reason=None, note=None, operator_reference=None
    )
    assert not {"bodySite", "view", "reasonCode", "note", "operator"} & bare.resource.keys()
    Media.model_validate(filled(bare, "content"))


def test_a_message_is_valid_fhir() -> None:
    resource = communication(
        identifier=IDENTIFIER,
        patient_reference=PATIENT,
        sender_reference=AUTHOR,
        recipient_reference=AUTHOR,
        sent=CREATED,
        text="Please look at the new picture.",
    )
    assert resource["payload"] == [{"contentString": "Please look at the new picture."}]
    Communication.model_validate(resource)


def test_a_task_is_valid_fhir_with_and_without_a_due_date() -> None:
    arguments: dict[str, Any] = {
        "identifier": IDENTIFIER,
        "patient_reference": PATIENT,
        "requester_reference": AUTHOR,
        "owner_reference": AUTHOR,
        "authored": CREATED,
        "description": "Compare in three months",
    }
    Task.model_validate(task(**arguments))
    due = task(**arguments, due=date(2027, 2, 20))
    assert due["restriction"]["period"]["end"] == "2027-02-20"
    Task.model_validate(due)


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 6, 30, 12, 30, tzinfo=UTC), "2026-07-01T00:30:00+12:00"),
        (datetime(2026, 1, 1, 11, 0, tzinfo=UTC), "2026-01-02T00:00:00+13:00"),
        # Clocks go back on 5 April 2026 at 3 am: half past two happens twice, and the offset shows which.
        (datetime(2026, 4, 4, 13, 30, tzinfo=UTC), "2026-04-05T02:30:00+13:00"),
        (datetime(2026, 4, 4, 14, 30, tzinfo=UTC), "2026-04-05T02:30:00+12:00"),
        # Clocks go forward on 27 September 2026 at 2 am: half past two does not exist.
        (datetime(2026, 9, 26, 13, 59, 59, tzinfo=UTC), "2026-09-27T01:59:59+12:00"),
        (datetime(2026, 9, 26, 14, 0, tzinfo=UTC), "2026-09-27T03:00:00+13:00"),
    ],
)
def test_moments_carry_aucklands_offset_through_daylight_saving(moment: datetime, written: str) -> None:
    assert auckland(moment) == written
    assert datetime.fromisoformat(written) == moment


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 — the bounds have to be naive
def test_formatting_a_moment_does_not_change_it(moment: datetime) -> None:
    assert abs(datetime.fromisoformat(auckland(moment)) - moment) < timedelta(seconds=1)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        auckland(datetime(2026, 4, 5, 2, 30))  # noqa: DTZ001 — the naive time is the point


@pytest.mark.parametrize(
    ("line", "content_type", "name"),
    [
        ("Left forearm – lesion – Mole 1", "image/tiff", "Left forearm - lesion - Mole 1.tiff"),
        ("a/b\\c:d*e|f", "image/jpeg", "a b c d e f.jpg"),
        ("Scalp – ?SCC 6/52", "image/tiff", "Scalp - query SCC 6-52.tiff"),
        ("Scalp – melanoma?", "image/tiff", "Scalp - melanoma query.tiff"),
        ("Scalp – naevus ?? BCC", "image/tiff", "Scalp - naevus query BCC.tiff"),
        ("ZZZ0016 mole zzz00aa", "application/pdf", "mole.pdf"),
        ("Back – 5 Nov 2026 14:30 (3 of 3)", "image/tiff", "Back - 5 Nov 2026 14.30 (3 of 3).tiff"),
        ("x" * 101 + " – 28 Nov 2026 14:30", "image/tiff", "x" * 101 + " - 28 Nov 2026 14.30"[:19] + ".tiff"),
        ("", "image/png", "Clinical photo.png"),
        ("..", "image/png", "Clinical photo.png"),
        ("Pūkeko", "image/tiff", "Pūkeko.tiff"),
    ],
)
def test_a_file_name_is_the_line_without_what_windows_or_privacy_forbid(
    line: str, content_type: str, name: str
) -> None:
    assert file_name(line, content_type) == name
