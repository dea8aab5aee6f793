"""`clinicpro doctor --write`: one marked image filed to each permitted target, once, and read back."""

import json
from pathlib import Path
from typing import Any

import pytest

from integration.test_commands import clinicpro
from running import Sandbox, running_sandbox

READ = "patient.documentreference.scaninbox.read"
ROLES = "patient.launchformincontext.read,patient.nhisearch.read,practitioner.read,practice.location.read"


def accept(sandbox: Sandbox, folder: Path, *more: str, code: int = 0, **environ: str) -> list[dict[str, Any]]:
    done = clinicpro(sandbox, folder, "doctor", "--write", "--json", *more, **environ)
    assert done.returncode == code, done.stdout + done.stderr
    assert "invented-secret" not in done.stdout
    assert sandbox.environ["MEDTECH_CLIENT_SECRET"] not in done.stdout
    steps: list[dict[str, Any]] = json.loads(done.stdout)["acceptance"]["steps"]
    return steps


def titles(sandbox: Sandbox) -> list[str]:
    return [each["resourceType"] for each in sandbox.resources()]


def test_a_marked_image_is_filed_to_each_target_and_read_back_and_a_second_run_files_nothing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    first = accept(sandbox, tmp_path)
    assert sorted(titles(sandbox)) == ["DocumentReference", "Media"]
    filed = {step["target"]: step for step in first if step["step"] == "file"}
    assert {step["status"] for step in filed.values()} == {201}
    assert {step["resourceId"] for step in filed.values()} == {each["id"] for each in sandbox.resources()}
    assert all(step["state"] == "ok" for step in first)
    # The correlation ids are those that ALEX saw.
    seen = {call["correlationId"] for call in sandbox.calls()}
    assert {step["correlationId"] for step in first if step["step"] != "sight"} <= seen
    # What a search shows of the image that was just filed decides what a lost answer will lead to.
    sights = {step["target"]: step["what"] for step in first if step["step"] == "sight"}
    assert sights.keys() == filed.keys()
    assert all("Searches show what was filed" in what for what in sights.values())
    assert all("TEST PICTURE" in str(each["resource"]) for each in sandbox.resources())

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for folder in (tmp_path, elsewhere):
        again = accept(sandbox, folder)
        assert [step["state"] for step in again if step["step"] == "file"] == ["skipped", "skipped"]
    assert len(sandbox.resources()) == 2

    accept(sandbox, tmp_path, "--again")
    assert len(sandbox.resources()) == 4


def test_without_a_role_for_searching_the_run_reports_it_and_still_files_once(tmp_path: Path) -> None:
    roles = f"{ROLES},patient.documentreference.scaninbox.write"
    with running_sandbox("--roles", roles) as poor:
        for _ in range(2):
            steps = {(step["target"], step["step"]): step for step in accept(poor, tmp_path)}
            assert steps["scan", "read back"]["state"] == "skipped"
            assert steps["media", "file"]["state"] == "skipped"
            assert "patient.media.write" in steps["media", "file"]["what"]
        assert titles(poor) == ["DocumentReference"]


@pytest.mark.parametrize("nhi", ["ABC1235", "ZZZ0017"])
def test_only_a_test_patient_gets_an_image(sandbox: Sandbox, tmp_path: Path, nhi: str) -> None:
    done = clinicpro(sandbox, tmp_path, "doctor", "--write", "--nhi", nhi)
    assert done.returncode == 1
    assert sandbox.resources() == []


def test_the_table_names_product_environment_and_correlation_ids(sandbox: Sandbox, tmp_path: Path) -> None:
    done = clinicpro(sandbox, tmp_path, "doctor", "--write")
    assert done.returncode == 0
    for said in (
        "Acceptance run, for ALEX support",
        "ClinicPro Images 0.",
        "sandbox",
        "F2N060-E",
        "Filed as",
    ):
        assert said in done.stdout
