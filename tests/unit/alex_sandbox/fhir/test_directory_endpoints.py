"""Reads of patients, practitioners, locations and the CapabilityStatement."""

import asyncio
from urllib.parse import quote

import pytest

from unit.alex_sandbox.running import (
    AUTHORIZATION_FAILED,
    DOCTOR,
    NHI_SYSTEM,
    NURSE,
    OTHER_FACILITY,
    PATIENT,
    Sandbox,
    outcome,
)

pytestmark = pytest.mark.anyio


def _by_nhi(nhi: str) -> str:
    return f"/FHIR/Patient?identifier={quote(f'{NHI_SYSTEM}|{nhi}', safe='')}"


async def test_the_test_patient_is_found_by_nhi(sandbox: Sandbox) -> None:
    bundle = (await sandbox.get(_by_nhi("ZZZ0016"))).json()
    assert (bundle["resourceType"], bundle["type"], bundle["total"]) == ("Bundle", "searchset", 1)
    patient = bundle["entry"][0]["resource"]
    assert patient["id"] == PATIENT
    assert patient["name"][0]["family"] == "TESTING"
    assert patient["name"][0]["given"] == ["UNRELATED STRING", "SECOND STRING"]
    assert patient["name"][0]["prefix"] == ["MR"]
    assert (patient["gender"], patient["birthDate"]) == ("male", "1965-08-07")


async def test_the_same_nhi_has_another_id_at_another_facility(sandbox: Sandbox) -> None:
    there = (await sandbox.get(_by_nhi("ZZZ0016"), OTHER_FACILITY)).json()["entry"][0]["resource"]
    assert there["id"] != PATIENT
    assert (await sandbox.get(f"/FHIR/Patient/{there['id']}", OTHER_FACILITY)).status_code == 200
    assert outcome(await sandbox.get(f"/FHIR/Patient/{PATIENT}", OTHER_FACILITY)) == (
        404,
        "not-found",
        "Patient not found.",
    )


async def test_one_nhi_can_have_several_records(sandbox: Sandbox) -> None:
    bundle = (await sandbox.get(_by_nhi("ZLM4106"))).json()
    assert bundle["total"] == len({entry["resource"]["id"] for entry in bundle["entry"]}) == 2


async def test_no_match_is_a_bundle_with_an_operation_outcome(sandbox: Sandbox) -> None:
    response = await sandbox.get(_by_nhi("ZAA0001"))
    bundle = response.json()
    assert (response.status_code, bundle["total"]) == (200, 0)
    assert [entry["resource"]["resourceType"] for entry in bundle["entry"]] == ["OperationOutcome"]


@pytest.mark.parametrize(
    "query", ["", "?name=testing", "?identifier=ZZZ0016", "?identifier=", "?_id=" + PATIENT]
)
async def test_any_other_patient_search_is_refused(sandbox: Sandbox, query: str) -> None:
    assert outcome(await sandbox.get(f"/FHIR/Patient{query}")) == AUTHORIZATION_FAILED


async def test_a_second_parameter_is_refused(sandbox: Sandbox) -> None:
    assert outcome(await sandbox.get(_by_nhi("ZZZ0016") + "&_count=1")) == AUTHORIZATION_FAILED


async def test_a_raw_bar_in_the_query_is_a_bad_request(sandbox: Sandbox) -> None:
    host, port = sandbox.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [
        f"GET /FHIR/Patient?identifier={NHI_SYSTEM}|ZZZ0016 HTTP/1.1",
        f"Host: {host}:{port}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in (await sandbox.headers()).items()),
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    response = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert response.startswith(b"HTTP/1.1 400")


async def test_a_patient_is_read_by_id(sandbox: Sandbox) -> None:
    response = await sandbox.get(f"/FHIR/Patient/{PATIENT}")
    assert (response.status_code, response.json()["id"]) == (200, PATIENT)
    assert outcome(await sandbox.get("/FHIR/Patient/" + "0" * 32))[0] == 404


async def test_practitioners_and_locations_of_the_facility_are_listed(sandbox: Sandbox) -> None:
    practitioners = (await sandbox.get("/FHIR/Practitioner")).json()
    ids = [entry["resource"]["id"] for entry in practitioners["entry"]]
    assert practitioners["total"] == 4
    assert {DOCTOR, NURSE} < set(ids)
    values = {each["value"] for each in practitioners["entry"][0]["resource"]["identifier"]}
    assert values == {"K89767", "18ABCD"}
    location = (await sandbox.get("/FHIR/Location")).json()["entry"][0]["resource"]
    assert (location["id"], location["name"]) == ("fab8a5ac1c4e5706198e1b493950fb74", "Healthier Care")
    assert (await sandbox.get(f"/FHIR/Practitioner/{DOCTOR}")).json()["id"] == DOCTOR
    assert (await sandbox.get(f"/FHIR/Location/{location['id']}")).json()["id"] == location["id"]
    for path in ("/FHIR/Practitioner/nobody", "/FHIR/Location/nowhere"):
        assert outcome(await sandbox.get(path)) == (404, "not-found", "Resource ID not found.")


async def test_metadata_is_a_capability_statement(sandbox: Sandbox) -> None:
    statement = (await sandbox.get("/FHIR/metadata")).json()
    assert statement["resourceType"] == "CapabilityStatement"
    assert statement["fhirVersion"] == "4.0.1"
