"""Access checks before any FHIR call, and the format of each refusal."""

from urllib.parse import quote
from uuid import UUID

import pytest

from unit.alex_sandbox.resources import document, media
from unit.alex_sandbox.running import AUTHORIZATION_FAILED, FACILITY, NOT_SUPPORTED, PATIENT, Sandbox, outcome

pytestmark = pytest.mark.anyio

UNAUTHORIZED = {"statusCode": 401, "message": "Unauthorized. Access token is missing or invalid."}
NOT_EXPOSED = {"statusCode": 404, "message": "Resource not found"}


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer nonsense", "Basic YTpi"])
async def test_a_call_without_a_valid_token_is_refused_by_api_management(
    sandbox: Sandbox, authorization: str | None
) -> None:
    headers = {"mt-facilityid": FACILITY}
    if authorization is not None:
        headers["Authorization"] = authorization
    response = await sandbox.http.get("/FHIR/Location", headers=headers)
    assert (response.status_code, response.json()) == (401, UNAUTHORIZED)


async def test_a_token_of_another_sandbox_is_not_accepted(sandbox: Sandbox) -> None:
    header, claims, signature = (await sandbox.token()).split(".")
    forged = ".".join([header, claims, signature[:-4] + ("AAAA" if signature[-4:] != "AAAA" else "BBBB")])
    response = await sandbox.http.get(
        "/FHIR/Location", headers={"Authorization": f"Bearer {forged}", "mt-facilityid": FACILITY}
    )
    assert (response.status_code, response.json()) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("facility", [None, "", "F00000-X"])
async def test_a_missing_or_unknown_facility_is_named(sandbox: Sandbox, facility: str | None) -> None:
    assert outcome(await sandbox.get("/FHIR/Location", facility)) == (
        403,
        "not-found",
        "Practice Facility not found.",
    )


async def test_the_status_of_an_unknown_facility_can_be_404(sandbox: Sandbox) -> None:
    await sandbox.configure(unknownFacilityStatus=404)
    assert (await sandbox.get("/FHIR/Location", "F00000-X")).status_code == 404


async def test_a_facility_that_is_not_connected_gets_an_empty_503(sandbox: Sandbox) -> None:
    response = await sandbox.get("/FHIR/Location", "F0K042-K")
    assert (response.status_code, response.content) == (503, b"")


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("patient.nhisearch.read", f"/FHIR/Patient/{PATIENT}"),
        ("practitioner.read", "/FHIR/Practitioner"),
        ("practice.location.read", "/FHIR/Location"),
    ],
)
async def test_a_missing_role_is_refused_whatever_the_facility(
    sandbox: Sandbox, role: str, path: str
) -> None:
    roles = (await sandbox.http.get("/sandbox/settings")).json()["roles"]
    await sandbox.configure(roles=[each for each in roles if each != role])
    for facility in (FACILITY, "F99669-C"):
        assert outcome(await sandbox.get(path, facility)) == AUTHORIZATION_FAILED


async def test_reading_media_does_not_need_the_write_role(sandbox: Sandbox) -> None:
    await sandbox.configure(roles=["patient.media.read"])
    assert outcome(await sandbox.post(media())) == AUTHORIZATION_FAILED
    nhi = quote("https://standards.digital.health.nz/ns/nhi-id|ZZZ0016", safe="")
    assert (await sandbox.get(f"/FHIR/Media?patient.identifier={nhi}")).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/FHIR/Encounter",
        "/FHIR/Encounter?patient=x",
        "/FHIR/Observation/1",
        "/FHIR/Nonsense",
        "/FHIR/",
        "/fhir/Location",
    ],
)
async def test_an_unexposed_path_gets_api_managements_404(sandbox: Sandbox, path: str) -> None:
    response = await sandbox.get(path)
    assert (response.status_code, response.json()) == (404, NOT_EXPOSED)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_written_resources_can_not_be_changed_or_deleted(sandbox: Sandbox, method: str) -> None:
    written = (await sandbox.post(document(sandbox.url))).json()
    response = await sandbox.http.request(
        method, f"/FHIR/DocumentReference/{written['id']}", json=written, headers=await sandbox.headers()
    )
    assert (response.status_code, response.json()) == (404, NOT_EXPOSED)
    assert len(await sandbox.stored()) == 1


async def test_a_write_needs_the_fhir_content_type(sandbox: Sandbox) -> None:
    response = await sandbox.post(media(), **{"Content-Type": "application/json"})
    assert outcome(response) == NOT_SUPPORTED


async def test_the_correlation_id_is_echoed_or_generated(sandbox: Sandbox) -> None:
    own = "5d2f9a63-1c39-4f40-9b9d-0c3a8d2f7a11"
    echoed = await sandbox.get("/FHIR/Location", **{"mt-correlationid": own})
    assert echoed.headers["mt-correlationid"] == own
    generated = await sandbox.get("/FHIR/Location")
    assert str(UUID(generated.headers["mt-correlationid"])) == generated.headers["mt-correlationid"]
    refused = await sandbox.get("/FHIR/Encounter", **{"mt-correlationid": own})
    assert refused.headers["mt-correlationid"] == own


async def test_the_reason_for_a_refusal_is_in_a_header_not_in_the_body(sandbox: Sandbox) -> None:
    response = await sandbox.post(media(status="draft"))
    assert "status" in response.headers["sandbox-reason"]
    assert "status" not in response.text
    assert "status" in (await sandbox.calls())[-1]["reason"]
