"""Launch contexts: minted by Evolution, decoded by ALEX under either base."""

import base64
from datetime import datetime
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from alex_sandbox.launch import ForgedLaunch, LaunchContexts, context_and_signature
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


async def _minted(sandbox: Sandbox, **asked: object) -> dict[str, str]:
    answer = await sandbox.http.post("/sandbox/launches", json=asked)
    assert answer.status_code == 201, answer.text
    minted: dict[str, str] = answer.json()
    return minted


def _path(base: str, minted: dict[str, str]) -> str:
    context, signature = (quote(minted[name], safe="") for name in ("context", "signature"))
    return f"{base}/vendorforms/api/getlaunchcontextstring/{context}/{signature}"


@pytest.mark.parametrize("base", BASES)
async def test_a_launch_is_decoded_under_both_bases_without_a_facility_header(
    sandbox: Sandbox, base: str
) -> None:
    minted = await _minted(sandbox, patient=PATIENT, provider=NURSE)
    answer = await sandbox.get(_path(base, minted), None)
    assert answer.status_code == 200
    assert answer.json() == {
        "patientId": PATIENT,
        "facilityCode": FACILITY,
        "providerId": NURSE,
        "createdTime": "2026-11-24T01:02:03.000Z",
    }


async def test_no_open_patient_is_null(sandbox: Sandbox) -> None:
    answer = await sandbox.get(_path("/FHIR", await _minted(sandbox)), None)
    assert answer.json()["patientId"] is None
    assert answer.json()["providerId"] == DOCTOR


async def test_every_kind_of_base64_character_survives_the_path(sandbox: Sandbox) -> None:
    seen = ""
    for _ in range(20):
        minted = await _minted(sandbox, patient=PATIENT, facility=OTHER_FACILITY)
        assert (await sandbox.get(_path("/FHIR", minted), None)).status_code == 200
        assert parse_qs(urlsplit(minted["url"]).query)["context"] == [minted["context"]]
        seen += minted["context"] + minted["signature"]
    assert {"+", "/", "="} <= set(seen)


async def test_alex_refuses_neither_a_replay_nor_an_old_context(sandbox: Sandbox) -> None:
    minted = await _minted(sandbox, patient=PATIENT, ageSeconds=3600)
    for _ in range(2):
        answer = await sandbox.get(_path("/FHIR", minted), None)
        assert answer.json()["createdTime"] == "2026-11-24T00:02:03.000Z"


@pytest.mark.parametrize(("status", "expected"), [(400, INVALID), (403, AUTHORIZATION_FAILED)])
async def test_a_forged_context_or_signature_is_refused(
    sandbox: Sandbox, status: int, expected: tuple[int, str, str]
) -> None:
    await sandbox.behave(forgedLaunchStatus=status)
    one, other = [await _minted(sandbox, patient=PATIENT) for _ in range(2)]
    mixed = {"context": one["context"], "signature": other["signature"]}
    nonsense = {"context": base64.b64encode(b"nonsense").decode(), "signature": "x"}
    for forged in (mixed, nonsense, {"context": "ü", "signature": "é"}):
        assert outcome(await sandbox.get(_path("/FHIR", forged), None)) == expected


async def test_what_is_not_percent_encoded_is_not_understood(sandbox: Sandbox) -> None:
    minted = await _minted(sandbox, patient=PATIENT)
    while "/" not in minted["context"] + minted["signature"]:
        minted = await _minted(sandbox, patient=PATIENT)
    path = f"/FHIR/vendorforms/api/getlaunchcontextstring/{minted['context']}/{minted['signature']}"
    assert (await sandbox.get(path, None)).status_code == 400


def test_two_encoded_segments_are_read_and_nothing_else() -> None:
    path = b"/FHIR/vendorforms/api/getlaunchcontextstring/"
    assert context_and_signature(path + b"a%2Bb%2F%3D/c%3D") == ("a+b/=", "c=")
    for wrong in (b"", b"a", b"a/", b"a/b/c", b"a+b/c"):
        assert context_and_signature(path + wrong) is None


async def test_a_token_and_its_role_are_needed(sandbox: Sandbox) -> None:
    minted = await _minted(sandbox, patient=PATIENT)
    assert (await sandbox.http.get(_path("/FHIR", minted))).status_code == 401
    await sandbox.behave(roles=["patient.nhisearch.read"])
    assert outcome(await sandbox.get(_path("/FHIR", minted), None)) == AUTHORIZATION_FAILED


async def test_a_facility_header_is_checked_when_it_is_there(sandbox: Sandbox) -> None:
    minted = await _minted(sandbox, patient=PATIENT)
    assert (await sandbox.get(_path("/FHIR", minted), FACILITY)).status_code == 200
    assert (await sandbox.get(_path("/FHIR", minted), "F00000-X")).status_code == 403


@pytest.mark.parametrize(
    ("setting", "open_base", "closed_base"), [("fhir", "/FHIR", ""), ("host", "", "/FHIR")]
)
async def test_one_base_can_be_closed(
    sandbox: Sandbox, setting: str, open_base: str, closed_base: str
) -> None:
    await sandbox.behave(launchBase=setting)
    minted = await _minted(sandbox, patient=PATIENT)
    assert (await sandbox.get(_path(open_base, minted), None)).status_code == 200
    assert (await sandbox.get(_path(closed_base, minted), None)).status_code == 404


async def test_the_time_can_be_written_with_aucklands_offset(sandbox: Sandbox) -> None:
    await sandbox.behave(launchTimeStyle="auckland")
    answer = await sandbox.get(_path("/FHIR", await _minted(sandbox)), None)
    assert answer.json()["createdTime"] == "2026-11-24T14:02:03.000+13:00"


def test_a_context_of_another_process_is_forged(clock: Clock) -> None:
    created: datetime = clock()
    minted = LaunchContexts().mint(patient_id=PATIENT, facility=FACILITY, provider_id=DOCTOR, created=created)
    with pytest.raises(ForgedLaunch):
        LaunchContexts().decode(minted.context, minted.signature)


async def test_a_launch_that_can_not_be_minted_says_why(sandbox: Sandbox) -> None:
    wrong: tuple[object, ...] = ({"facility": "F00000-X"}, {"ageSeconds": "old"}, [])
    for asked in wrong:
        answer = await sandbox.http.post("/sandbox/launches", json=asked)
        assert (answer.status_code, set(answer.json())) == (422, {"error"})
