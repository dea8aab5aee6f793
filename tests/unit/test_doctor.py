"""The doctor: different problems get different diagnoses, each with who must fix it."""

import asyncio
import json
import socket
from typing import Any

import pytest
from aiohttp import web

from clinicpro_images.doctor.checks import (
    CALLER,
    CHECKS,
    MEDTECH,
    NETWORK,
    PRACTICE,
    YOU,
    CheckResult,
    failed,
    skipped,
)
from clinicpro_images.doctor.run import DoctorReport, configuration_refused, run_doctor
from clinicpro_images.records.alex.records import NHI_SYSTEM
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings
from fake_alex import ROLES, FakeAlex, answering, bundle, full_backlog, outcome

pytestmark = pytest.mark.anyio

PATIENT = {"resourceType": "Patient", "id": "a", "identifier": [{"system": NHI_SYSTEM, "value": "ZZZ0016"}]}
PRACTICE_PLACE = {"resourceType": "Location", "id": "l", "name": "Healthier Care"}


async def healthy(fake: FakeAlex, request: web.Request) -> web.StreamResponse:
    """Answer the two calls that the doctor makes."""
    resource: dict[str, Any] = PRACTICE_PLACE if request.path.endswith("/Location") else PATIENT
    return await answering(200, bundle(resource))(fake, request)


async def examine(fake: FakeAlex, nhi: str | None = "ZZZ0016", **environ: str) -> list[CheckResult]:
    async with fake.serving():
        return await run_doctor(fake.settings(**environ), nhi=nhi)


def the_failure(findings: list[CheckResult]) -> CheckResult:
    """The one failure: everything before it is right, and everything after it was not reached."""
    assert [finding.check for finding in findings] == list(CHECKS)
    failures = [finding for finding in findings if finding.state == "failed"]
    assert len(failures) == 1
    at = findings.index(failures[0])
    assert all(finding.state in {"ok", "warning", "skipped"} for finding in findings[:at])
    assert all(finding == skipped(finding.check, "Not reached.") for finding in findings[at + 1 :])
    assert failures[0].why
    assert failures[0].who_must_fix
    return failures[0]


async def test_a_correct_server_passes_every_check_from_configuration_to_patient() -> None:
    findings = await examine(FakeAlex([healthy]))
    assert [(finding.check, finding.state) for finding in findings] == [
        ("configuration", "ok"),
        ("DNS", "ok"),
        ("TCP", "ok"),
        ("TLS", "skipped"),
        ("token", "ok"),
        ("roles", "ok"),
        ("facility", "ok"),
        ("patient", "ok"),
    ]
    assert "Healthier Care" in findings[6].what


async def test_a_wrong_secret_is_ours_to_fix() -> None:
    failure = the_failure(await examine(FakeAlex([healthy]), MEDTECH_CLIENT_SECRET="not-the-secret"))
    assert failure.check == "token"
    assert "MEDTECH_CLIENT_SECRET" in failure.why
    assert failure.who_must_fix == YOU


async def test_an_address_that_never_answers_while_the_token_endpoint_does_is_the_allow_list() -> None:
    beats = 0

    async def metronome() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.1)
            beats += 1

    # If the machine is too busy for the doctor, it is too busy for the beats.
    beating = asyncio.create_task(metronome())
    with full_backlog() as port:
        findings = await examine(FakeAlex(), MEDTECH_API_BASE_URL=f"http://127.0.0.1:{port}/FHIR")
    beating.cancel()
    failure = the_failure(findings)
    assert failure.check == "TCP"
    assert "allow-list" in failure.why
    assert "firewall" in failure.why  # from here, both look the same
    assert failure.who_must_fix.startswith(MEDTECH)
    assert beats < 50


async def test_no_answer_from_anywhere_is_a_network_problem() -> None:
    with full_backlog() as port, full_backlog() as token_port:
        findings = await examine(
            FakeAlex(),
            MEDTECH_API_BASE_URL=f"http://127.0.0.1:{port}/FHIR",
            MEDTECH_TOKEN_URL=f"http://127.0.0.1:{token_port}/token",
        )
    failure = the_failure(findings)
    assert failure.check == "TCP"
    assert "allow-list" not in failure.why
    assert failure.who_must_fix == NETWORK


async def test_an_unknown_facility_is_named() -> None:
    fake = FakeAlex([answering(403, outcome("not-found", "Practice Facility not found."))])
    failure = the_failure(await examine(fake, MEDTECH_FACILITY_ID="F9Z999-X"))
    assert failure.check == "facility"
    assert "F9Z999-X" in failure.what
    assert "MEDTECH_FACILITY_ID" in failure.why
    assert failure.who_must_fix.startswith(YOU)


async def test_a_missing_role_is_medtechs_to_add() -> None:
    roles = tuple(role for role in ROLES if "ScanInbox" not in role)
    failure = the_failure(await examine(FakeAlex([healthy], roles=roles)))
    assert failure.check == "roles"
    assert "patient.documentreference.scaninbox.write" in failure.why
    assert failure.who_must_fix == MEDTECH


async def test_the_roles_that_are_missing_depend_on_the_target() -> None:
    roles = (*ROLES, "PATIENT.MEDIA.READ")
    failure = the_failure(await examine(FakeAlex([healthy], roles=roles), CLINICPRO_COMMIT_TARGET="both"))
    assert "patient.media.write" in failure.why
    assert "scaninbox" not in failure.why


@pytest.mark.parametrize(
    ("role", "lost"),
    [
        ("practitioner.read", "names of providers"),
        ("patient.binary.attachment.read", "earlier photos"),
        ("patient.documentreference.scaninbox.read", "lost write landed, and earlier photos"),
    ],
)
async def test_roles_that_only_help_are_a_warning_that_says_what_is_lost(role: str, lost: str) -> None:
    roles = tuple(held for held in ROLES if held.casefold() != role)
    findings = await examine(FakeAlex([healthy], roles=roles))
    assert findings[5].state == "warning"
    assert f"{lost} ({role})" in findings[5].why
    assert findings[7].state == "ok"


async def test_a_token_whose_roles_cannot_be_seen_is_a_warning() -> None:
    findings = await examine(FakeAlex([healthy], roles=()))
    assert findings[5].state == "warning"
    assert findings[7].state == "ok"


async def test_a_name_that_does_not_exist_is_a_setting() -> None:
    findings = await examine(FakeAlex(), MEDTECH_API_BASE_URL="https://alex.invalid/FHIR")
    failure = the_failure(findings)
    assert failure.check == "DNS"
    assert "MEDTECH_API_BASE_URL" in failure.why


async def test_a_closed_port_is_a_setting() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    failure = the_failure(await examine(FakeAlex(), MEDTECH_API_BASE_URL=f"http://127.0.0.1:{port}/FHIR"))
    assert (failure.check, failure.who_must_fix) == ("TCP", YOU)


async def test_a_port_without_tls_fails_at_tls() -> None:
    fake = FakeAlex()
    async with fake.serving():
        settings = fake.settings(MEDTECH_API_BASE_URL=f"https://127.0.0.1:{fake.port}/FHIR")
        failure = the_failure(await run_doctor(settings, nhi=None))
    assert failure.check == "TLS"


async def test_a_practice_that_is_offline_is_the_practices() -> None:
    fake = FakeAlex([answering(503, outcome("exception", "PMS unreachable or unavailable."))])
    failure = the_failure(await examine(fake))
    assert (failure.check, failure.who_must_fix) == ("facility", PRACTICE)
    assert "Correlation id" in failure.why


async def test_the_patient_is_looked_up_even_if_the_facilitys_name_can_not_be_read() -> None:
    fake = FakeAlex([answering(403, outcome("forbidden", "Authorization failed.")), healthy])
    findings = await examine(fake)
    assert [finding.state for finding in findings[6:]] == ["warning", "ok"]


async def test_no_facility_fails_at_the_facility_with_the_variable() -> None:
    failure = the_failure(await examine(FakeAlex([healthy]), MEDTECH_FACILITY_ID=""))
    assert failure.check == "facility"
    assert "MEDTECH_FACILITY_ID" in failure.why


@pytest.mark.parametrize(
    ("nhi", "found", "state", "word"),
    [
        ("zzz0016 ", [PATIENT], "ok", "One record"),
        ("ZZZ0016", [], "failed", "No record"),
        ("ZZZ0016", [PATIENT, {**PATIENT, "id": "b"}], "warning", "2 records"),
        ("ZZZ0017", [], "failed", "not an NHI"),
        (None, [], "skipped", "--nhi"),
    ],
)
async def test_the_patient_is_looked_for_by_nhi(
    nhi: str | None, found: list[dict[str, Any]], state: str, word: str
) -> None:
    fake = FakeAlex([answering(200, bundle(PRACTICE_PLACE)), answering(200, bundle(*found))])
    finding = (await examine(fake, nhi))[-1]
    assert finding.state == state
    assert word in finding.what
    assert "ZZZ0016" not in f"{finding.what}{finding.why}"
    # The patient is what was typed, not what is configured.
    assert finding.who_must_fix == {"ok": "", "skipped": "", "warning": PRACTICE, "failed": CALLER}[state]


async def test_missing_credentials_fail_the_configuration() -> None:
    failure = the_failure(await run_doctor(Settings.read({}), nhi=None))
    assert failure.check == "configuration"
    assert failure.why.startswith("MEDTECH_CLIENT_SECRET")


def test_wrong_settings_are_a_result_too() -> None:
    error = SettingsError("CLINICPRO_COMMIT_TARGET", "must be scan, media or both.")
    assert (
        the_failure(configuration_refused(error)).why
        == "CLINICPRO_COMMIT_TARGET must be scan, media or both."
    )


async def test_each_result_is_reported_as_it_is_made() -> None:
    reported: list[CheckResult] = []
    fake = FakeAlex([healthy])
    async with fake.serving():
        findings = await run_doctor(fake.settings(), nhi="ZZZ0016", on_result=reported.append)
    assert reported == findings


def test_the_report_is_camel_case_in_json() -> None:
    report = DoctorReport(findings=[failed("TCP", "a", "b", "c")])
    assert json.loads(report.to_json()) == {
        "findings": [{"check": "TCP", "state": "failed", "what": "a", "why": "b", "whoMustFix": "c"}]
    }
