"""Exports the audit trail: decrypted rows as CSV, NDJSON or FHIR AuditEvent (R4)."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
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
# Health NZ's profile, version 0.1.0: https://github.com/tewhatuora/fhir-auditevents. Its agents and entities are distinguished
# by their role; the systems are written as the profile writes them.
_PROFILE = "https://build.fhir.org/ig/tewhatuora/fhir-auditevents/StructureDefinition/hira-audit-event"
_HEALTH_WORKER = {
    "coding": [{"system": "https://terminology.hl7.org/CodeSystem/v3-RoleClass", "code": "PROV"}]
}
_SECURITY_ROLE = "http://terminology.hl7.org/CodeSystem/extra-security-role-type"
_PROCESSOR = {"coding": [{"system": _SECURITY_ROLE, "code": "dataprocessor"}]}
_OPERATOR = {"coding": [{"system": _SECURITY_ROLE, "code": "humanuser"}]}
_SUBJECT = {"system": "https://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "1"}
_RESOURCE = {"system": "https://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "2"}
# FHIR's codes for AuditEvent.action: create, read, update, delete, execute.
_ACTION_CODES = {
    "image.added": "C", "image.viewed": "R", "image.described": "U", "image.backdated": "U",
    "image.consent": "U", "image.edited": "C", "image.original": "U", "image.released": "U",
    "image.removed": "D", "image.purged": "D", "patient.found": "R", "commit.landed": "C", "audit.read": "R",
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
    """Return a row as FHIR R4 AuditEvent, as Health NZ's profile HiraAuditEvent has it."""
    kind, _, verb = entry["action"].partition(".")
    action = f"{_FORMER_PREFIXES.get(kind, kind)}.{verb}"
    refused = action in _REFUSED
    return {
        "resourceType": "AuditEvent",
        "id": "-".join(map(str, ["clinicpro", *([entry["shard"]] if entry["shard"] else []), entry["seq"]])),
        "meta": {"profile": [_PROFILE]},
        "type": {"system": _EVENT_TYPE, "code": "rest"},
        "subtype": [{"system": _SYSTEM, "code": entry["action"], "display": f"{kind} {verb}"}],
        "action": _ACTION_CODES.get(action, "E"),
        "recorded": entry["at"],
        "outcome": "4" if refused else "0",
        "outcomeDesc": entry["about"].get("problem", "refused") if refused else "done",
        "agent": list(_agents(entry)),
        "source": {
            "observer": {"display": "ClinicPro Images"},
            **({"site": entry["facilityId"]} if entry["facilityId"] else {}),
        },
        "entity": list(_entities(entry)),
    }


def _agents(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The person who acted, if one is known, and this system."""
    provider = entry["provider"] or entry["providerId"]
    who = provider or entry["admin"] or entry["account"]
    network = {"network": {"address": entry["address"], "type": "2"}} if entry["address"] else {}
    if who:
        person: dict[str, Any] = {
            "role": [_HEALTH_WORKER if provider else _OPERATOR],
            "who": {"display": who},
        }
        if entry["providerId"]:
            person["who"]["reference"] = f"Practitioner/{entry['providerId']}"
        if entry["account"]:
            person["altId"] = entry["account"]
        if entry["facilityId"]:
            person["location"] = {"display": entry["facilityId"]}
        yield person | {"requestor": True} | network
    system = {"role": [_PROCESSOR], "who": {"display": "ClinicPro Images"}, "name": "ClinicPro Images"}
    yield system | {"requestor": not who} | ({} if who else network)


def _entities(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What it was about, exactly one, and whose data that is."""
    what: dict[str, Any] = {"display": entry["action"]}
    if entry["documentId"]:
        what = {"identifier": {"value": entry["documentId"]}, "display": "The resource in Medtech"}
    details = {"correlationId": entry["correlationId"], **entry["about"]}
    yield {
        "what": what,
        "type": _RESOURCE,
        "role": _RESOURCE,
        "name": entry["subject"] or entry["action"],
        "description": entry["action"],
        **_details(details),
    }
    if entry["patient"]:
        # A keyed hash: entries of the same patient match, but don't show who it is.
        identifier = {"system": "https://clinicpro.co.nz/fhir/patient-key", "value": entry["patient"]}
        yield {"what": {"type": "Patient", "identifier": identifier}, "type": _SUBJECT, "role": _SUBJECT}


def _details(details: Mapping[str, str]) -> dict[str, Any]:
    found = [{"type": name, "valueString": value} for name, value in details.items() if value]
    return {"detail": found} if found else {}
