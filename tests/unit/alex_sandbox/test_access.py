"""What is checked before any FHIR call, and in which shape it is refused."""

from urllib.parse import quote
from uuid import UUID

import pytest

from unit.alex_sandbox.resources import document, media
from unit.alex_sandbox.running import AUTHORIZATION_FAILED, FACILITY, NOT_SUPPORTED, PATIENT, Sandbox, outcome

pytestmark = pytest.mark.anyio

UNAUTHORIZED = {"statusCode": 401, "message": "Unauthorized. Access token is missing or invalid."}
NOT_EXPOSED = {"statusCode": 404, "message": "Resource not found"}


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer nonsense", "Basic YTpi"])
async def test_without_a_token_api_management_answers(sandbox: Sandbox, authorization: str | None) -> None:
    headers = {"mt-facilityid": FACILITY}
    if authorization is not None:
        headers["Authorization"] = authorization
    answer = await sandbox.http.get("/FHIR/Location", headers=headers)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


async def test_a_token_of_another_sandbox_is_not_accepted(sandbox: Sandbox) -> None:
    header, claims, signature = (await sandbox.token()).split(".")
    forged = ".".join([header, claims, signature[:-4] + ("AAAA" if signature[-4:] != "AAAA" else "BBBB")])
    answer = await sandbox.http.get(
        "/FHIR/Location", headers={"Authorization": f"Bearer {forged}", "mt-facilityid": FACILITY}
    )
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("facility", [None, "", "F00000-X"])
async def test_a_missing_or_unknown_facility_is_named(sandbox: Sandbox, facility: str | None) -> None:
    assert outcome(await sandbox.get("/FHIR/Location", facility)) == (
        403,
        "not-found",
        "Practice Facility not found.",
    )


async def test_the_status_of_an_unknown_facility_can_be_404(sandbox: Sandbox) -> None:
    await sandbox.behave(unknownFacilityStatus=404)
    assert (await sandbox.get("/FHIR/Location", "F00000-X")).status_code == 404


async def test_a_facility_that_is_not_connected_gets_a_bare_503(sandbox: Sandbox) -> None:
    answer = await sandbox.get("/FHIR/Location", "F0K042-K")
    assert (answer.status_code, answer.content) == (503, b"")


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
    await sandbox.behave(roles=[each for each in roles if each != role])
    for facility in (FACILITY, "F99669-C"):
        assert outcome(await sandbox.get(path, facility)) == AUTHORIZATION_FAILED


async def test_reading_media_does_not_need_the_right_to_write_it(sandbox: Sandbox) -> None:
    await sandbox.behave(roles=["patient.media.read"])
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
async def test_what_is_not_exposed_is_api_managements_404(sandbox: Sandbox, path: str) -> None:
    answer = await sandbox.get(path)
    assert (answer.status_code, answer.json()) == (404, NOT_EXPOSED)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_what_is_written_can_not_be_changed_or_deleted(sandbox: Sandbox, method: str) -> None:
    written = (await sandbox.post(document(sandbox.address))).json()
    answer = await sandbox.http.request(
        method, f"/FHIR/DocumentReference/{written['id']}", json=written, headers=await sandbox.headers()
    )
    assert (answer.status_code, answer.json()) == (404, NOT_EXPOSED)
    assert len(await sandbox.written()) == 1


async def test_a_write_has_to_say_that_it_is_fhir(sandbox: Sandbox) -> None:
    answer = await sandbox.post(media(), **{"Content-Type": "application/json"})
    assert outcome(answer) == NOT_SUPPORTED


async def test_the_correlation_id_is_echoed_or_made(sandbox: Sandbox) -> None:
    own = "5d2f9a63-1c39-4f40-9b9d-0c3a8d2f7a11"
    echoed = await sandbox.get("/FHIR/Location", **{"mt-correlationid": own})
    assert echoed.headers["mt-correlationid"] == own
    made = await sandbox.get("/FHIR/Location")
    assert str(UUID(made.headers["mt-correlationid"])) == made.headers["mt-correlationid"]
    refused = await sandbox.get("/FHIR/Encounter", **{"mt-correlationid": own})
    assert refused.headers["mt-correlationid"] == own


async def test_the_reason_of_a_refusal_is_told_beside_the_body(sandbox: Sandbox) -> None:
    answer = await sandbox.post(media(status="draft"))
    assert "status" in answer.headers["sandbox-reason"]
    assert "status" not in answer.text
    assert "status" in (await sandbox.calls())[-1]["reason"]
