"""Validation rules for the four writable resource types; pure."""

from collections.abc import Callable
from typing import Any

from alex_sandbox.behaviour import Behaviour
from alex_sandbox.errors import invalid
from alex_sandbox.fhir import elements
from alex_sandbox.fhir.attachments import decode_attachment
from alex_sandbox.fhir.element_names import COMMUNICATION, DOCUMENT_REFERENCE, MEDIA, TASK
from alex_sandbox.fhir.references import References
from alex_sandbox.storage.stored_resources import AcceptedResource

# Medtech documents "8 MB" and "1 MB"; the smaller definition of a megabyte is the safe one.
PAYLOAD_LIMIT = 8_000_000
MEDIA_LIMIT = 1_000_000

SCAN_TYPES = ("image/tiff", "application/pdf")
MEDIA_TYPES = ("image/jpeg", "image/png", "application/pdf")


def check(resource: dict[str, Any], references: References, behaviour: Behaviour) -> AcceptedResource:
    """Apply the rules for the resource's type. Raises OutcomeRefusal if one is broken."""
    return _RULES[resource["resourceType"]](resource, references, behaviour)


def _document_reference(
    resource: dict[str, Any], references: References, behaviour: Behaviour
) -> AcceptedResource:
    """Inbox Scan: TIFF and PDF only."""
    identifier = elements.reference_number(resource, exactly_one=True)
    elements.only_known(resource, DOCUMENT_REFERENCE)
    elements.fixed(resource, "status", "current")
    elements.coding(
        resource.get("type"), "type", system="http://loinc.org", code="72170-4", display="Photographic image"
    )
    patient = references.patient(resource.get("subject"), "subject", absolute=True)
    elements.date_time(resource, "date", auckland=behaviour.require_auckland_offset)
    # Documented as optional, but a DocumentReference without one was rejected during validation.
    if behaviour.require_author or resource.get("author"):
        for author in elements.non_empty(resource, "author"):
            references.practitioner(author, "author", absolute=True)
    _check_relations(resource.get("relatesTo", []), references)
    content = elements.only(resource, "content")
    attachment = content.get("attachment") if isinstance(content, dict) else None
    return AcceptedResource(
        patient.id, identifier, *_attachment(attachment, "content[0].attachment.", SCAN_TYPES)
    )


def _check_relations(relations: Any, references: References) -> None:
    if not isinstance(relations, list):
        raise invalid("relatesTo must be a list.")
    for relation in relations:
        if elements.text(relation, "code", "relatesTo.") not in {
            "replaces",
            "transforms",
            "signs",
            "appends",
        }:
            raise invalid("relatesTo.code must be replaces, transforms, signs or appends.")
        references.id_in(relation.get("target"), "DocumentReference", "relatesTo.target", absolute=True)


def _media(resource: dict[str, Any], references: References, behaviour: Behaviour) -> AcceptedResource:
    """Inbox Media: JPEG, PNG and PDF under 1 MB."""
    identifier = elements.reference_number(resource, exactly_one=False)
    elements.only_known(resource, MEDIA)
    elements.fixed(resource, "status", "completed")
    elements.coding(
        resource.get("type"), "type", system="http://terminology.hl7.org/CodeSystem/media-type", code="image"
    )
    patient = references.patient(resource.get("subject"), "subject", absolute=False)
    if "createdDateTime" in resource:
        elements.date_time(resource, "createdDateTime", auckland=behaviour.require_auckland_offset)
    if "operator" in resource:
        references.practitioner(resource["operator"], "operator", absolute=False)
    accepted = AcceptedResource(
        patient.id, identifier, *_attachment(resource.get("content"), "content.", MEDIA_TYPES)
    )
    if len(accepted.content) >= MEDIA_LIMIT:
        raise invalid("content.data must be under 1 MB.")
    return accepted


def _attachment(attachment: Any, where: str, allowed: tuple[str, ...]) -> tuple[str, str, bytes]:
    """Return title, content type and bytes."""
    title = elements.text(attachment, "title", where)
    content_type = elements.text(attachment, "contentType", where)
    return (
        title,
        content_type,
        decode_attachment(content_type, elements.text(attachment, "data", where), allowed),
    )


def _communication(
    resource: dict[str, Any], references: References, behaviour: Behaviour
) -> AcceptedResource:
    """Inbox message; Medtech's example is not public, so the strict rules can be turned off."""
    identifier = elements.reference_number(resource, exactly_one=False)
    elements.only_known(resource, COMMUNICATION)
    elements.fixed(resource, "status", "completed")
    patient = references.patient(resource.get("subject"), "subject", absolute=False)
    if behaviour.strict_messages or "sender" in resource:
        references.practitioner(resource.get("sender"), "sender", absolute=False)
    if behaviour.strict_messages or "recipient" in resource:
        for recipient in elements.non_empty(resource, "recipient"):
            references.practitioner(recipient, "recipient", absolute=False)
    if behaviour.strict_messages or "sent" in resource:
        elements.date_time(resource, "sent", auckland=behaviour.require_auckland_offset)
    lines = [
        elements.text(part, "contentString", "payload.") for part in elements.non_empty(resource, "payload")
    ]
    return AcceptedResource(patient.id, identifier, "\n".join(lines))


def _task(resource: dict[str, Any], references: References, behaviour: Behaviour) -> AcceptedResource:
    """Staff task; Medtech's example is not public, so the strict rules can be turned off."""
    identifier = elements.reference_number(resource, exactly_one=False)
    elements.only_known(resource, TASK)
    elements.fixed(resource, "status", "requested")
    elements.fixed(resource, "intent", "order")
    patient = references.patient(resource.get("for"), "for", absolute=False)
    if behaviour.strict_tasks or "owner" in resource:
        references.practitioner(resource.get("owner"), "owner", absolute=False)
    if "restriction" in resource:
        restriction = resource["restriction"]
        period = restriction.get("period") if isinstance(restriction, dict) else None
        elements.text(period, "end", "restriction.period.")
    return AcceptedResource(patient.id, identifier, elements.text(resource, "description"))


_Rule = Callable[[dict[str, Any], References, Behaviour], AcceptedResource]

_RULES: dict[str, _Rule] = {
    "DocumentReference": _document_reference,
    "Media": _media,
    "Communication": _communication,
    "Task": _task,
}
