"""Reading written resources by id, and the few searches that ALEX supports."""

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
    bundle = (await sandbox.get(f"/FHIR/DocumentReference?{BY_NHI}", OTHER_FACILITY)).json()
    assert bundle["total"] == 0
    assert bundle["entry"][0]["resource"]["resourceType"] == "OperationOutcome"


async def test_a_new_resource_can_be_searchable_with_a_delay(sandbox: Sandbox) -> None:
    await sandbox.configure(searchableAfterSeconds=5)
    written = (await sandbox.post(document(sandbox.url))).json()
    assert await _found(sandbox, f"/FHIR/DocumentReference?{BY_NUMBER}") == ["none"]
    sandbox.clock.advance(6)
    assert await _found(sandbox, f"/FHIR/DocumentReference?{BY_NUMBER}") == [written["id"]]
