"""Looking for a filed image in ALEX: what was found, what was not, and what the answer proves."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from clinicpro_images.records.errors import (
    PracticeOffline,
    RecordSystemFailed,
    RecordSystemForbidden,
)
from clinicpro_images.records.protocol import Look, Sought
from fake_alex import FakeAlex, answering, bundle, outcome
from unit.records.connected import IDENTIFIER, NHI, NOON, TYPE, connected

pytestmark = pytest.mark.anyio


def filed(document_id: str, value: str = IDENTIFIER) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "id": document_id,
        "identifier": [{"system": "urn:made-by-alex", "value": value}],
    }


SOUGHT = Sought("scan", IDENTIFIER, "p1", "ZZZ0016", "F2N060-E", "Left forearm – lesion", NOON)


async def look(fake: FakeAlex, shape: str, sought: Sought = SOUGHT) -> Look:
    async with connected(fake) as alex:
        return await alex.look(shape, sought, correlation_id="c")


@pytest.mark.parametrize(
    ("shape", "query"),
    [
        ("patient.identifier+type", f"patient.identifier={NHI}&type={TYPE}"),
        ("patient._id+type", f"patient._id=p1&type={TYPE}"),
        ("identifier", f"identifier=https://clinicpro.co.nz/fhir/picture%7C{IDENTIFIER}"),
        ("patient.identifier", f"patient.identifier={NHI}"),
    ],
)
async def test_a_filed_image_is_found_by_its_identifier_among_others(shape: str, query: str) -> None:
    fake = FakeAlex([answering(200, bundle(filed("other", "another"), filed("ours")))])
    found = await look(fake, shape)
    assert found.ids_of(IDENTIFIER) == ["ours"]
    assert found.complete
    assert fake.requests[0].raw_path.endswith(f"/DocumentReference?{query}")


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_query_that_is_refused_is_not_an_answer(status: int) -> None:
    fake = FakeAlex([answering(status, outcome("forbidden", "Authorization failed."))])
    with pytest.raises(RecordSystemForbidden):
        await look(fake, "identifier")


async def test_without_an_nhi_nothing_is_searched_by_it() -> None:
    fake = FakeAlex([answering(200, bundle())])
    with pytest.raises(RecordSystemForbidden):
        await look(fake, "patient.identifier", replace(SOUGHT, nhi=""))
    assert fake.requests == []


async def test_a_practice_that_is_offline_leaves_the_question_open() -> None:
    with pytest.raises(PracticeOffline):
        await look(FakeAlex([answering(503, text="")]), "identifier")


PAGES = "https://elsewhere.example.nz/fhir?_getpages=2"


@pytest.mark.parametrize(
    ("answers", "ids", "complete"),
    [
        ([bundle(filed("ours"), following=PAGES), bundle(filed("other", "another"))], ["ours"], True),
        # The link leads to itself, or to the first page: page two is what was asked for already.
        ([bundle(filed("ours"), following=PAGES), bundle(following=PAGES)], ["ours"], False),
        ([bundle() | {"total": 2, "entry": []}], [], False),
        ([bundle() | {"total": "2", "entry": []}], [], False),
        ([bundle({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]})], [], False),
        ([bundle({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]})], [], True),
        ([bundle({"resourceType": "OperationOutcome", "issue": [{"severity": "information"}]}) | {"total": 1}], [], True),
        ([bundle({"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "incomplete"}]})], [], False),
        ([bundle({"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-found"}]})], [], True),
        ([bundle({"resourceType": "OperationOutcome", "issue": [{"code": "timeout"}]})], [], False),
        ([bundle({"resourceType": "OperationOutcome"})], [], False),
        # What shows nothing may have been a match, and other resources answer another question.
        ([bundle() | {"entry": [None]}], [], False),
        ([bundle() | {"entry": [{"fullUrl": "https://alex.example/fhir/DocumentReference/x"}]}], [], False),
        ([bundle() | {"entry": {}}], [], False),
        ([bundle({"resourceType": "Patient", "id": "P1"})], [], False),
    ],
)  # fmt: skip
async def test_only_a_whole_answer_is_complete(
    answers: list[dict[str, Any]], ids: list[str], complete: bool
) -> None:
    found = await look(FakeAlex([answering(200, each) for each in answers]), "identifier")
    assert (found.ids_of(IDENTIFIER), found.complete) == (ids, complete)


@pytest.mark.parametrize(("age", "complete"), [({}, True), ({"Age": "0"}, True), ({"Age": "20"}, False)])
async def test_what_a_cache_kept_proves_nothing_about_now(age: dict[str, str], *, complete: bool) -> None:
    found = await look(FakeAlex([answering(200, bundle(), headers=age)]), "identifier")
    assert found.complete == complete


@pytest.mark.parametrize(
    ("subject", "others"),
    [
        ({"reference": "https://alex.example/fhir/Patient/P1"}, False),
        ({"display": "TESTING"}, False),
        ({"reference": "Patient/p2"}, True),
        ({"identifier": {"system": "https://standards.digital.health.nz/ns/nhi-id", "value": "ZZZ0032"}}, True),
    ],
)  # fmt: skip
async def test_a_hit_in_another_patients_record_is_told_apart(
    subject: dict[str, Any], *, others: bool
) -> None:
    [hit] = (
        await look(FakeAlex([answering(200, bundle(filed("x") | {"subject": subject}))]), "identifier")
    ).hits
    assert hit.is_others == others


async def test_what_was_read_before_a_page_failed_still_counts() -> None:
    fake = FakeAlex([answering(200, bundle(filed("ours"), following=PAGES)), answering(500, text="")])
    found = await look(fake, "identifier")
    assert (found.ids_of(IDENTIFIER), found.complete) == (["ours"], False)
    assert isinstance(found.error, RecordSystemFailed)
    # The page is asked for at the base, where the server says it is, and never at another host.
    assert fake.requests[1].raw_path == "/FHIR?_getpages=2"


ALIKE = {
    "resourceType": "DocumentReference",
    "id": "x1",
    "meta": {"lastUpdated": "2026-11-24T00:00:01Z"},
    "subject": {"reference": "https://alex.example/fhir/Patient/P1"},
    "date": "2026-11-24T12:00:00+13:00",
    "content": [{"attachment": {"title": "Left forearm - lesion.tiff"}}],
}


@pytest.mark.parametrize(
    ("changed", "alike"),
    [
        ({}, True),
        ({"date": "2026-11-23T23:00:00Z"}, True),
        ({"date": "2026-11-24T12:00:01+13:00"}, False),
        ({"date": "2026-11-24"}, False),
        ({"subject": {"reference": "Patient/p2"}}, False),
        ({"subject": None}, False),
        ({"content": [{"attachment": {"title": "Right forearm - lesion.tiff"}}]}, False),
        ({"content": []}, False),
        ({"content": ["Left forearm - lesion.tiff"]}, False),
    ],
)
async def test_a_hit_without_identifiers_is_alike_by_patient_title_and_time(
    changed: dict[str, Any], alike: bool
) -> None:
    [hit] = (await look(FakeAlex([answering(200, bundle(ALIKE | changed))]), "identifier")).hits
    assert (hit.is_alike, hit.identifiers) == (alike, frozenset())
    assert hit.stored_at == datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC)
