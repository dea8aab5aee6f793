"""Launch contexts: created by Evolution, decoded by ALEX under either base URL."""

import base64
from datetime import datetime
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from alex_sandbox.launch.contexts import ForgedLaunch, LaunchContexts, context_and_signature
from unit.alex_sandbox.running import (
    AUTHORIZATION_FAILED,
    DOCTOR,
    FACILITY,
    INVALID,
    NURSE,
    OTHER_FACILITY,
    PATIENT,
    Clock,
    Sandbox,
    outcome,
)

pytestmark = pytest.mark.anyio

BASES = ("/FHIR", "")


async def _create(sandbox: Sandbox, **options: object) -> dict[str, str]:
    response = await sandbox.http.post("/sandbox/launches", json=options)
    assert response.status_code == 201, response.text
    launch: dict[str, str] = response.json()
    return launch


def _path(base: str, launch: dict[str, str]) -> str:
    context, signature = (quote(launch[name], safe="") for name in ("context", "signature"))
    return f"{base}/vendorforms/api/getlaunchcontextstring/{context}/{signature}"


@pytest.mark.parametrize("base", BASES)
async def test_a_launch_is_decoded_under_both_base_urls_without_a_facility_header(
    sandbox: Sandbox, base: str
) -> None:
    launch = await _create(sandbox, patient=PATIENT, provider=NURSE)
    response = await sandbox.get(_path(base, launch), None)
    assert response.status_code == 200
    assert response.json() == {
        "patientId": PATIENT,
        "facilityCode": FACILITY,
        "providerId": NURSE,
        "createdTime": "2026-11-24T01:02:03.000Z",
    }


async def test_no_open_patient_is_null(sandbox: Sandbox) -> None:
    response = await sandbox.get(_path("/FHIR", await _create(sandbox)), None)
    assert response.json()["patientId"] is None
    assert response.json()["providerId"] == DOCTOR


async def test_every_kind_of_base64_character_survives_the_path(sandbox: Sandbox) -> None:
    seen = ""
    for _ in range(20):
        launch = await _create(sandbox, patient=PATIENT, facility=OTHER_FACILITY)
        assert (await sandbox.get(_path("/FHIR", launch), None)).status_code == 200
        assert parse_qs(urlsplit(launch["url"]).query)["context"] == [launch["context"]]
        seen += launch["context"] + launch["signature"]
    assert {"+", "/", "="} <= set(seen)


async def test_alex_accepts_a_replayed_and_an_old_context(sandbox: Sandbox) -> None:
    launch = await _create(sandbox, patient=PATIENT, ageSeconds=3600)
    for _ in range(2):
        response = await sandbox.get(_path("/FHIR", launch), None)
        assert response.json()["createdTime"] == "2026-11-24T00:02:03.000Z"


@pytest.mark.parametrize(("status", "expected"), [(400, INVALID), (403, AUTHORIZATION_FAILED)])
async def test_a_forged_context_or_signature_is_refused(
    sandbox: Sandbox, status: int, expected: tuple[int, str, str]
) -> None:
    await sandbox.configure(forgedLaunchStatus=status)
    one, other = [await _create(sandbox, patient=PATIENT) for _ in range(2)]
    mixed = {"context": one["context"], "signature": other["signature"]}
    nonsense = {"context": base64.b64encode(b"nonsense").decode(), "signature": "x"}
    for forged in (mixed, nonsense, {"context": "ü", "signature": "é"}):
        assert outcome(await sandbox.get(_path("/FHIR", forged), None)) == expected


async def test_an_unencoded_context_is_refused(sandbox: Sandbox) -> None:
    launch = await _create(sandbox, patient=PATIENT)
    while "/" not in launch["context"] + launch["signature"]:
        launch = await _create(sandbox, patient=PATIENT)
    path = f"/FHIR/vendorforms/api/getlaunchcontextstring/{launch['context']}/{launch['signature']}"
    assert (await sandbox.get(path, None)).status_code == 400


def test_only_two_encoded_segments_are_accepted() -> None:
    path = b"/FHIR/vendorforms/api/getlaunchcontextstring/"
    assert context_and_signature(path + b"a%2Bb%2F%3D/c%3D") == ("a+b/=", "c=")
    for wrong in (b"", b"a", b"a/", b"a/b/c", b"a+b/c"):
        assert context_and_signature(path + wrong) is None


async def test_decoding_needs_a_token_with_its_role(sandbox: Sandbox) -> None:
    launch = await _create(sandbox, patient=PATIENT)
    assert (await sandbox.http.get(_path("/FHIR", launch))).status_code == 401
    await sandbox.configure(roles=["patient.nhisearch.read"])
    assert outcome(await sandbox.get(_path("/FHIR", launch), None)) == AUTHORIZATION_FAILED


async def test_a_facility_header_is_checked_if_present(sandbox: Sandbox) -> None:
    launch = await _create(sandbox, patient=PATIENT)
    assert (await sandbox.get(_path("/FHIR", launch), FACILITY)).status_code == 200
    assert (await sandbox.get(_path("/FHIR", launch), "F00000-X")).status_code == 403


@pytest.mark.parametrize(
    ("setting", "enabled_base", "disabled_base"), [("fhir", "/FHIR", ""), ("host", "", "/FHIR")]
)
async def test_one_base_url_can_be_disabled(
    sandbox: Sandbox, setting: str, enabled_base: str, disabled_base: str
) -> None:
    await sandbox.configure(launchBase=setting)
    launch = await _create(sandbox, patient=PATIENT)
    assert (await sandbox.get(_path(enabled_base, launch), None)).status_code == 200
    assert (await sandbox.get(_path(disabled_base, launch), None)).status_code == 404


async def test_the_time_can_have_aucklands_offset(sandbox: Sandbox) -> None:
    await sandbox.configure(launchTimeStyle="auckland")
    response = await sandbox.get(_path("/FHIR", await _create(sandbox)), None)
    assert response.json()["createdTime"] == "2026-11-24T14:02:03.000+13:00"


def test_a_context_from_another_process_is_forged(clock: Clock) -> None:
    created: datetime = clock()
    launch = LaunchContexts().create(
        patient_id=PATIENT, facility=FACILITY, provider_id=DOCTOR, created=created
    )
    with pytest.raises(ForgedLaunch):
        LaunchContexts().decode(launch.context, launch.signature)


async def test_an_invalid_launch_request_is_explained(sandbox: Sandbox) -> None:
    wrong: tuple[object, ...] = ({"facility": "F00000-X"}, {"ageSeconds": "old"}, [])
    for asked in wrong:
        response = await sandbox.http.post("/sandbox/launches", json=asked)
        assert (response.status_code, set(response.json())) == (422, {"error"})
