"""Exports the audit trail: decrypted rows as CSV, NDJSON or FHIR AuditEvent (R4)."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from clinicpro_images.audit.chain import AuditKey
from clinicpro_images.crypto.keyring import DecryptionFailed
from clinicpro_images.schemas import iso

FIELDS = (
    "seq", "at", "action", "facilityId", "provider", "providerId", "address", "admin", "account", "patient", "sessionId",
    "subject", "documentId", "about", "correlationId", "shard",
)  # fmt: skip

_SYSTEM = "https://clinicpro.co.nz/fhir/CodeSystem/audit-action"
_EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
# FHIR's codes for AuditEvent.action: create, read, update, delete, execute.
_ACTION_CODES = {
    "image.added": "C", "image.viewed": "R", "image.described": "U", "image.backdated": "U",
    "image.consent": "U", "image.edited": "C", "image.original": "U", "image.removed": "D", "image.purged": "D",
    "patient.found": "R", "commit.landed": "C", "audit.read": "R",
}  # fmt: skip
_REFUSED = frozenset(
    {"launch.refused", "sign-in.refused", "phone.refused", "access.refused", "commit.failed"}
)
# Rows written before actions were renamed keep their old names.
_FORMER_PREFIXES = {"picture": "image", "filing": "commit"}


def decrypted_row(row: Mapping[str, Any], key: AuditKey) -> dict[str, Any]:
    """Return a row with the person who acted decrypted, or marked as unreadable."""
    try:
        who = key.decrypt_identity(row["who"], row["shard"], row["seq"])
    except DecryptionFailed:
        who = {"provider": "(can't be decrypted)"}
    return {
        "seq": row["seq"],
        "at": iso(row["at"]),
        "action": row["action"],
        "facilityId": row["facility_id"],
        "provider": who.get("provider", ""),
        "providerId": who.get("providerId", ""),
        "address": who.get("address", ""),
        "admin": who.get("admin", ""),
        "account": who.get("account", ""),
        "patient": row["patient"],
        "sessionId": row["session_id"],
        "subject": row["subject"],
        "documentId": row["document_id"],
        "about": json.loads(row["about"]) if row["about"] else {},
        "correlationId": row["correlation_id"],
        "shard": row["shard"],
    }


def csv_line(entry: Mapping[str, Any] | None) -> str:
    """Return one line of CSV; None gives the header."""
    written = io.StringIO()
    cells = FIELDS if entry is None else [_cell(entry[name]) for name in FIELDS]
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()


def _cell(value: Any) -> str:
    text = (
        "; ".join(f"{name}={each}" for name, each in value.items()) if isinstance(value, dict) else str(value)
    )
    # A spreadsheet would run a cell that begins with one of these as a formula.
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def audit_event(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as FHIR R4 AuditEvent."""
    kind, _, verb = entry["action"].partition(".")
    action = f"{_FORMER_PREFIXES.get(kind, kind)}.{verb}"
    who = entry["provider"] or entry["admin"] or entry["account"]
    agent: dict[str, Any] = {"requestor": bool(who), "who": {"display": who or "ClinicPro Images"}}
    if entry["account"]:
        agent["altId"] = entry["account"]
    if entry["providerId"]:
        agent["who"]["reference"] = f"Practitioner/{entry['providerId']}"
    if entry["address"]:
        agent["network"] = {"address": entry["address"], "type": "2"}
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": "-".join(map(str, ["clinicpro", *([entry["shard"]] if entry["shard"] else []), entry["seq"]])),
        "type": {"system": _EVENT_TYPE, "code": "rest" if kind != "admin" else "110100"},
        "subtype": [{"system": _SYSTEM, "code": entry["action"], "display": f"{kind} {verb}"}],
        "action": _ACTION_CODES.get(action, "E"),
        "recorded": entry["at"],
        "outcome": "4" if action in _REFUSED else "0",
        "agent": [agent],
        "source": {"observer": {"display": "ClinicPro Images"}},
    }
    if entry["facilityId"]:
        event["source"]["site"] = entry["facilityId"]
    entities = list(_entities(entry))
    if entities:
        event["entity"] = entities
    return event


def _entities(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    entities: list[dict[str, Any]] = []
    if entry["patient"]:
        # A keyed hash: entries of the same patient match, but don't show who it is.
        system = "https://clinicpro.co.nz/fhir/patient-key"
        entities.append(
            {"what": {"type": "Patient", "identifier": {"system": system, "value": entry["patient"]}}}
        )
    if entry["documentId"]:
        entities.append(
            {"what": {"identifier": {"value": entry["documentId"]}, "display": "Written resource"}}
        )
    details = [{"type": name, "valueString": value} for name, value in entry["about"].items()]
    if entry["subject"] or details:
        subject: dict[str, Any] = {"name": entry["subject"] or entry["action"]}
        if details:
            subject["detail"] = details
        entities.append(subject)
    return entities
