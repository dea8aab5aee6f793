"""Exporting the audit trail: by the command, as a table, and as AuditEvents."""

import asyncio
import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from clinicpro_images.audit.export import audit_event, csv_line
from integration.audit.trails import tamper
from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio


def command(browser: BrowserSession, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("CLINICPRO_", "MEDTECH_"))
    }
    environ |= {
        "CLINICPRO_SECRET_KEY": browser.gateway.settings.secret_key or "",
        "CLINICPRO_DATA_DIR": str(folder),
    }
    return subprocess.run(
        [sys.executable, "-m", "clinicpro_images", "audit", *arguments],
        env=environ, capture_output=True, text=True, timeout=60, check=False, cwd=folder,
    )  # fmt: skip


async def test_the_command_prints_and_verifies_while_the_gateway_runs(
    sandbox: Sandbox, tmp_path: Path, photo: bytes
) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        await browser.add(photo)
        printed = {
            form: await asyncio.to_thread(command, browser, tmp_path, *form.split())
            for form in ("--csv", "--ndjson", "--fhir", "--verify", "--csv --since 2999-01-01")
        }
        assert {each.returncode for each in printed.values()} == {0}, printed
        assert printed["--csv"].stdout.startswith("\ufeff"), "a spreadsheet would garble macrons"
        rows = list(csv.DictReader(io.StringIO(printed["--csv"].stdout.removeprefix("\ufeff"))))
        assert [row["action"] for row in rows] == ["session.started", "image.added"]
        assert rows[0]["provider"] == "Dr Alex Api"
        assert "audit.read" in printed["--ndjson"].stdout
        events = [json.loads(line) for line in printed["--fhir"].stdout.splitlines()]
        assert [AuditEvent.model_validate(event).type.code for event in events][:2] == ["rest", "rest"]
        assert len(printed["--csv --since 2999-01-01"].stdout.splitlines()) == 1
        assert "complete and unchanged" in printed["--verify"].stdout

        await tamper(browser.gateway.database, "UPDATE audit SET action = 'picture.removed' WHERE seq = 2")
        found = await asyncio.to_thread(command, browser, tmp_path, "--verify")
        assert found.returncode == 1
        assert "Row 2 was changed after it was written." in found.stdout


def test_a_cell_that_a_spreadsheet_would_run_is_text() -> None:
    entry: dict[str, Any] = {**dict.fromkeys(readable_fields(), "=1+1"), "about": {}}
    assert "'=1+1" in csv_line(entry)
    assert ",=1" not in csv_line(entry)


def readable_fields() -> list[str]:
    return csv_line(None).split(",")


def test_every_kind_of_row_is_a_valid_audit_event() -> None:
    plain: dict[str, Any] = dict.fromkeys(readable_fields(), "") | {
        "seq": 1,
        "at": "2026-11-24T00:00:00.000Z",
        "about": {},
    }
    full = plain | {
        "provider": "Dr Aroha Ngata", "providerId": "9bf0", "address": "203.0.113.7", "patient": "ab" * 32,
        "documentId": "7", "subject": "c" * 32, "facilityId": "F2N060-E", "about": {"size": "full"},
    }  # fmt: skip
    for entry in (plain, full):
        for action in ("image.viewed", "access.refused", "admin.access", "commit.landed"):
            AuditEvent.model_validate(audit_event(entry | {"action": action}))


def test_an_event_meets_health_nzs_profile() -> None:
    """HiraAuditEvent 0.1.0: what it makes mandatory, fixes, and distinguishes by role."""
    plain: dict[str, Any] = dict.fromkeys(readable_fields(), "") | {
        "seq": 1, "at": "2026-11-24T00:00:00.000Z", "about": {"problem": "busy"}, "action": "access.refused",
    }  # fmt: skip
    full = plain | {
        "provider": "Dr Aroha Ngata", "providerId": "9bf0", "patient": "ab" * 32, "documentId": "7", "subject": "c" * 32,
        "action": "image.viewed", "correlationId": "c500dae6-ac65-4e4f-a4c1-5aa222a6a807",
    }  # fmt: skip
    for entry, people in ((plain, []), (full, ["PROV"])):
        event = audit_event(entry)
        assert event["type"]["code"] == "rest"
        assert all(event[name] for name in ("action", "recorded", "outcome", "outcomeDesc"))
        assert event["source"]["observer"]["display"]
        roles = [each["role"][0]["coding"][0]["code"] for each in event["agent"]]
        assert roles == [*people, "dataprocessor"]
        assert [each["requestor"] for each in event["agent"]].count(True) == 1
        kinds = [each["role"]["code"] for each in event["entity"]]
        assert (kinds.count("2"), kinds.count("1")) == (1, bool(entry["patient"]))
        assert all(not (each.get("name") and each.get("query")) for each in event["entity"])
