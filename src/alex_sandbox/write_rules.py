"""The rules of everything that can be written, by resource type; pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alex_sandbox import elements
from alex_sandbox.attachments import Attachment, decode
from alex_sandbox.element_names import COMMUNICATION, DOCUMENT_REFERENCE, MEDIA, TASK
from alex_sandbox.errors import invalid
from alex_sandbox.references import References
from alex_sandbox.settings import Behaviour

# Medtech says "8 MB" and "1 MB"; the smaller reading of a megabyte is the safe one.
PAYLOAD_LIMIT = 8_000_000
MEDIA_LIMIT = 1_000_000

SCAN_TYPES = ("image/tiff", "application/pdf")
MEDIA_TYPES = ("image/jpeg", "image/png", "application/pdf")


@dataclass(frozen=True)
class Accepted:
    """What a write amounts to once it has passed: whose it is, its reference number, the line to show, the bytes."""

    patient_id: str
    identifier: tuple[str, str]
    title: str
    attachment: Attachment | None = None


def check(resource: dict[str, Any], references: References, behaviour: Behaviour) -> Accepted:
    """Apply the rules of the resource's own type; OutcomeRefusal when one is broken."""
    return _RULES[resource["resourceType"]](resource, references, behaviour)


def _document_reference(resource: dict[str, Any], references: References, behaviour: Behaviour) -> Accepted:
    """Inbox Scan: TIFF and PDF only."""
    identifier = elements.reference_number(resource, exactly_one=True)
    elements.only_known(resource, DOCUMENT_REFERENCE)
    elements.fixed(resource, "status", "current")
    elements.coding(
        resource.get("type"), "type", system="http://loinc.org", code="72170-4", display="Photographic image"
    )
    patient = references.patient(resource.get("subject"), "subject", absolute=True)
    elements.date_time(resource, "date", auckland=behaviour.require_auckland_offset)
    # Said to be optional, yet rejected when missing in validation.
    if behaviour.require_author or resource.get("author"):
        for author in elements.some(resource, "author"):
            references.practitioner(author, "author", absolute=True)
    _check_relations(resource.get("relatesTo", []), references)
    content = elements.one(resource, "content")
    attachment = content.get("attachment") if isinstance(content, dict) else None
    return Accepted(patient.id, identifier, *_titled(attachment, "content[0].attachment.", SCAN_TYPES))


def _check_relations(relations: Any, references: References) -> None:
    if not isinstance(relations, list):
        raise invalid("relatesTo is a list.")
    for relation in relations:
        if elements.text(relation, "code", "relatesTo.") not in {
            "replaces",
            "transforms",
            "signs",
            "appends",
        }:
            raise invalid("relatesTo.code must be replaces, transforms, signs or appends.")
        references.id_in(relation.get("target"), "DocumentReference", "relatesTo.target", absolute=True)


def _media(resource: dict[str, Any], references: References, behaviour: Behaviour) -> Accepted:
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
    accepted = Accepted(patient.id, identifier, *_titled(resource.get("content"), "content.", MEDIA_TYPES))
    if accepted.attachment is not None and len(accepted.attachment.content) >= MEDIA_LIMIT:
        raise invalid("content.data must be under 1 MB.")
    return accepted


def _titled(attachment: Any, where: str, allowed: tuple[str, ...]) -> tuple[str, Attachment]:
    title = elements.text(attachment, "title", where)
    content_type = elements.text(attachment, "contentType", where)
    return title, decode(content_type, title, elements.text(attachment, "data", where), allowed)


def _communication(resource: dict[str, Any], references: References, behaviour: Behaviour) -> Accepted:
    """Inbox message; Medtech's own example is not public, so the loose reading asks for less."""
    identifier = elements.reference_number(resource, exactly_one=False)
    elements.only_known(resource, COMMUNICATION)
    elements.fixed(resource, "status", "completed")
    patient = references.patient(resource.get("subject"), "subject", absolute=False)
    if behaviour.strict_messages or "sender" in resource:
        references.practitioner(resource.get("sender"), "sender", absolute=False)
    if behaviour.strict_messages or "recipient" in resource:
        for recipient in elements.some(resource, "recipient"):
            references.practitioner(recipient, "recipient", absolute=False)
    if behaviour.strict_messages or "sent" in resource:
        elements.date_time(resource, "sent", auckland=behaviour.require_auckland_offset)
    lines = [elements.text(part, "contentString", "payload.") for part in elements.some(resource, "payload")]
    return Accepted(patient.id, identifier, "\n".join(lines))


def _task(resource: dict[str, Any], references: References, behaviour: Behaviour) -> Accepted:
    """Task for a member of staff; Medtech's own example is not public, so the loose reading asks for less."""
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
    return Accepted(patient.id, identifier, elements.text(resource, "description"))


_Rule = Callable[[dict[str, Any], References, Behaviour], Accepted]

_RULES: dict[str, _Rule] = {
    "DocumentReference": _document_reference,
    "Media": _media,
    "Communication": _communication,
    "Task": _task,
}
