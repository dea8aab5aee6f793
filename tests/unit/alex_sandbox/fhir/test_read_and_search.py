"""Reading written resources by id, and the few searches that ALEX supports."""

import base64
from typing import Any
from urllib.parse import quote

import pytest

from unit.alex_sandbox.resources import REFERENCE_SYSTEM, document, media
from unit.alex_sandbox.running import (
    AUTHORIZATION_FAILED,
    NHI_SYSTEM,
    OTHER_FACILITY,
    PATIENT,
    Sandbox,
    outcome,
)

pytestmark = pytest.mark.anyio

BY_NHI = f"patient.identifier={quote(f'{NHI_SYSTEM}|ZZZ0016', safe='')}"
BY_NUMBER = f"identifier={quote(f'{REFERENCE_SYSTEM}|pic-1', safe='')}"


async def _found(sandbox: Sandbox, path: str) -> list[str]:
    bundle = (await sandbox.get(path)).json()
    return [entry["resource"].get("id", "none") for entry in bundle["entry"]]


async def test_a_document_is_found_by_id_by_number_and_by_nhi(sandbox: Sandbox) -> None:
    written = (await sandbox.post(document(sandbox.url))).json()
    read = await sandbox.get(f"/FHIR/DocumentReference/{written['id']}")
    assert (read.status_code, read.json()) == (200, written)
    # No published search is by our number, or by the NHI alone.
    for query in (BY_NUMBER, BY_NHI):
        assert outcome(await sandbox.get(f"/FHIR/DocumentReference?{query}")) == AUTHORIZATION_FAILED
    await sandbox.configure(documentReferenceSearch=["identifier", "patient.identifier"])
    assert await _found(sandbox, f"/FHIR/DocumentReference?{BY_NUMBER}") == [written["id"]]
    assert await _found(sandbox, f"/FHIR/DocumentReference?{BY_NHI}") == [written["id"]]


async def test_media_are_found_by_nhi_only(sandbox: Sandbox) -> None:
    written = (await sandbox.post(media())).json()
    assert await _found(sandbox, f"/FHIR/Media?{BY_NHI}") == [written["id"]]
    for query in (f"patient={PATIENT}", f"subject=Patient/{PATIENT}", BY_NUMBER, ""):
        assert outcome(await sandbox.get(f"/FHIR/Media?{query}")) == AUTHORIZATION_FAILED


async def test_search_results_omit_the_bytes(sandbox: Sandbox) -> None:
    await sandbox.post(media())
    bundle = (await sandbox.get(f"/FHIR/Media?{BY_NHI}")).json()
    assert "data" not in bundle["entry"][0]["resource"]["content"]


@pytest.mark.parametrize("resource_type", ["DocumentReference", "Media", "Communication", "Task"])
async def test_any_other_query_is_refused(sandbox: Sandbox, resource_type: str) -> None:
    for query in ("", f"?patient={PATIENT}", f"?subject=Patient/{PATIENT}", "?_lastUpdated=gt2026-01-01"):
        assert outcome(await sandbox.get(f"/FHIR/{resource_type}{query}")) == AUTHORIZATION_FAILED


async def test_reads_and_searches_need_the_read_role(sandbox: Sandbox) -> None:
    await sandbox.configure(roles=["patient.documentreference.scaninbox.write"])
    written = (await sandbox.post(document(sandbox.url))).json()
    for path in (f"/{written['id']}", f"?{BY_NUMBER}"):
        assert outcome(await sandbox.get(f"/FHIR/DocumentReference{path}")) == AUTHORIZATION_FAILED


async def test_document_searches_can_be_disabled(sandbox: Sandbox) -> None:
    await sandbox.configure(documentReferenceSearch=["patient.identifier"])
    assert outcome(await sandbox.get(f"/FHIR/DocumentReference?{BY_NUMBER}")) == AUTHORIZATION_FAILED
    assert (await sandbox.get(f"/FHIR/DocumentReference?{BY_NHI}")).status_code == 200


async def test_resources_are_visible_only_at_their_own_facility(sandbox: Sandbox) -> None:
    written = (await sandbox.post(document(sandbox.url))).json()
    elsewhere = await sandbox.get(f"/FHIR/DocumentReference/{written['id']}", OTHER_FACILITY)
    assert outcome(elsewhere) == (404, "not-found", "Resource ID not found.")
    bundle = (await sandbox.get(f"/FHIR/DocumentReference?{BY_NHI}&{SCAN_TYPE}", OTHER_FACILITY)).json()
    assert bundle["total"] == 0
    assert bundle["entry"][0]["resource"]["resourceType"] == "OperationOutcome"


async def test_a_new_resource_can_be_searchable_with_a_delay(sandbox: Sandbox) -> None:
    await sandbox.configure(searchableAfterSeconds=5, documentReferenceSearch=["identifier"])
    written = (await sandbox.post(document(sandbox.url))).json()
    assert await _found(sandbox, f"/FHIR/DocumentReference?{BY_NUMBER}") == ["none"]
    sandbox.clock.advance(6)
    assert await _found(sandbox, f"/FHIR/DocumentReference?{BY_NUMBER}") == [written["id"]]


SCAN_TYPE = f"type={quote('http://loinc.org|72170-4', safe='')}"
CONSULT_NOTES = f"type={quote('http://loinc.org|11488-4', safe='')}"
PUBLISHED = f"/FHIR/DocumentReference?{BY_NHI}&{SCAN_TYPE}"


async def _hits(sandbox: Sandbox, path: str = PUBLISHED) -> list[dict[str, Any]]:
    bundle = (await sandbox.get(path)).json()
    return [entry["resource"] for entry in bundle["entry"] if entry["search"]["mode"] == "match"]


async def test_the_published_queries_find_documents_of_their_type(sandbox: Sandbox) -> None:
    written = (await sandbox.post(document(sandbox.url))).json()
    for query in (f"{BY_NHI}&{SCAN_TYPE}", f"{SCAN_TYPE}&patient._id={PATIENT}", f"_id={written['id']}"):
        assert await _found(sandbox, f"/FHIR/DocumentReference?{query}") == [written["id"]]
    assert await _found(sandbox, f"/FHIR/DocumentReference?{BY_NHI}&{CONSULT_NOTES}") == ["none"]


async def test_a_patient_identifier_without_a_system_is_an_nhi(sandbox: Sandbox) -> None:
    written = (await sandbox.post(document(sandbox.url))).json()
    path = f"/FHIR/DocumentReference?patient.identifier=ZZZ0016&{SCAN_TYPE}"
    assert await _found(sandbox, path) == [written["id"]]


async def test_a_hit_links_to_its_bytes(sandbox: Sandbox) -> None:
    sent = document(sandbox.url)
    await sandbox.post(sent)
    attachment = (await _hits(sandbox))[0]["content"][0]["attachment"]
    path = attachment["url"].removeprefix(sandbox.url)
    assert (await sandbox.get(path)).content == base64.b64decode(sent["content"][0]["attachment"]["data"])
    assert outcome(await sandbox.get(path, OTHER_FACILITY))[0] == 404


async def test_searches_can_show_less_nothing_or_the_wrong_thing(sandbox: Sandbox) -> None:
    written = (await sandbox.post(document(sandbox.url))).json()
    await sandbox.configure(searchShows="nothing")
    assert await _hits(sandbox) == []
    await sandbox.configure(searchShows="stripped")
    [hit] = await _hits(sandbox)
    assert hit["id"] == written["id"]
    assert not {"identifier", "author", "description"} & hit.keys()
    assert "identifier" not in (await sandbox.get(f"/FHIR/DocumentReference/{written['id']}")).json()
    await sandbox.configure(searchShows="other-types")
    [hit] = await _hits(sandbox)
    assert (hit["id"] != written["id"], hit["type"]["coding"][0]["code"]) == (True, "11488-4")
    await sandbox.configure(searchShows="parameters-ignored")
    other_patient = PUBLISHED.replace("ZZZ0016", "ZZZ0024")
    assert [hit["id"] for hit in await _hits(sandbox, other_patient)] == [written["id"]]
    await sandbox.configure(searchShows="other-facility")
    assert await _hits(sandbox) == []


async def test_pages_can_break_off(sandbox: Sandbox) -> None:
    for number in range(3):
        await sandbox.post(document(sandbox.url, identifier=[{"system": "urn:x", "value": f"{number}"}]))
    await sandbox.configure(searchPageSize=2)
    first = (await sandbox.get(PUBLISHED)).json()
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")
    second = (await sandbox.get(following.removeprefix(sandbox.url))).json()
    assert [len(page["entry"]) for page in (first, second)] == [2, 1]
    assert (second["total"], len(second["link"])) == (3, 1)
    await sandbox.configure(searchBreaksOff="repeats")
    first = (await sandbox.get(PUBLISHED)).json()
    assert first["link"][1]["url"].endswith("_page=1")
    await sandbox.configure(searchBreaksOff="silently")
    first = (await sandbox.get(PUBLISHED)).json()
    assert (first["total"], len(first["entry"]), len(first["link"])) == (3, 2, 1)
    await sandbox.configure(searchBreaksOff="error")
    assert (await sandbox.get(following.removeprefix(sandbox.url))).status_code == 500


async def test_scans_can_be_unreadable(sandbox: Sandbox) -> None:
    written = (await sandbox.post(document(sandbox.url))).json()
    await sandbox.configure(earlierScans=False)
    for path in (PUBLISHED, f"/FHIR/DocumentReference/{written['id']}", f"/FHIR/Binary/{written['id']}"):
        assert outcome(await sandbox.get(path)) == AUTHORIZATION_FAILED
