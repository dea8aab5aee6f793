"""Writes images, messages and tasks to ALEX as FHIR resources, and finds what was written; implements RecordWriter."""

from collections.abc import Sequence
from typing import Any

from clinicpro_images.records.alex import look, resources
from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.resources import ResourceWithAttachment
from clinicpro_images.records.protocol import (
    Look,
    NewImage,
    NewMessage,
    NewTask,
    PreparedWrite,
    Sought,
    WriteContext,
    WriteKind,
)


class AlexWriter:
    """An image becomes a DocumentReference (Inbox Scan) or a Media, a message a Communication, a task a Task."""

    def __init__(self, alex: AlexClient) -> None:
        """Write through `alex`, which the caller closes."""
        self._alex = alex

    def prepare(self, new: NewImage | NewMessage | NewTask, context: WriteContext) -> PreparedWrite:
        """Build the resource; raises ValueError for a time without a zone."""
        kind: WriteKind
        resource: ResourceWithAttachment | dict[str, Any]
        match new:
            case NewImage(target="scan"):
                kind, resource = "scan", self._document_reference(new, context)
            case NewImage():
                kind, resource = "media", self._media(new, context)
            case NewMessage():
                kind, resource = "message", self._communication(new, context)
            case NewTask():
                kind, resource = "task", self._task(new, context)
        return PreparedWrite(kind, context.facility_id, context.correlation_id, resource, context.nhi)

    async def write(self, prepared: PreparedWrite) -> str:
        """Create the resource and return its id; raises RecordSystemError."""
        resource: Any = prepared.resource
        where = {
            "facility_id": prepared.facility_id,
            "correlation_id": prepared.correlation_id,
            "nhi": prepared.nhi,
        }
        match prepared.kind:
            case "scan":
                created = await self._alex.create_document_reference(resource, **where)
            case "media":
                created = await self._alex.create_media(resource, **where)
            case "message":
                created = await self._alex.create_communication(resource, **where)
            case "task":
                created = await self._alex.create_task(resource, **where)
        return created.id

    def shapes(self, kind: WriteKind) -> Sequence[str]:
        """Return the queries that may find such a resource, in the order to try."""
        return look.shapes(kind)

    async def look(self, shape: str, sought: Sought, *, correlation_id: str) -> Look:
        """Search with one query; raises RecordSystemForbidden if it is refused, or another RecordSystemError."""
        return await self._alex.look(shape, sought, correlation_id=correlation_id)

    def _document_reference(self, image: NewImage, context: WriteContext) -> ResourceWithAttachment:
        return resources.document_reference(
            identifier=context.identifier,
            patient_reference=self._reference("Patient", context.patient_id),
            author_reference=self._reference("Practitioner", context.provider_id),
            created=image.taken,
            title=resources.file_name(image.title, image.content_type),
            description=image.title,
            content_type=image.content_type,
            parts=image.parts,
            transforms=(
                None if image.transforms is None else self._reference("DocumentReference", image.transforms)
            ),
        )

    def _media(self, image: NewImage, context: WriteContext) -> ResourceWithAttachment:
        return resources.media(
            identifier=context.identifier,
            # Media takes relative references, unlike DocumentReference (observed on UAT).
            patient_reference=f"Patient/{context.patient_id}",
            operator_reference=f"Practitioner/{context.provider_id}",
            created=image.taken,
            title=resources.file_name(image.title, image.content_type),
            content_type=image.content_type,
            parts=image.parts,
            body_site=image.body_site,
            laterality=image.laterality,
            view=image.view,
            reason=image.type,
            note="\n".join(filter(None, (image.title, image.notes))),
        )

    def _communication(self, message: NewMessage, context: WriteContext) -> dict[str, Any]:
        return resources.communication(
            identifier=context.identifier,
            patient_reference=self._reference("Patient", context.patient_id),
            sender_reference=self._reference("Practitioner", context.provider_id),
            recipient_reference=self._reference("Practitioner", message.recipient_id),
            sent=message.sent,
            text=message.text,
        )

    def _task(self, task: NewTask, context: WriteContext) -> dict[str, Any]:
        return resources.task(
            identifier=context.identifier,
            patient_reference=self._reference("Patient", context.patient_id),
            requester_reference=self._reference("Practitioner", context.provider_id),
            owner_reference=self._reference("Practitioner", task.assignee_id),
            authored=task.authored,
            description=task.description,
            due=task.due,
        )

    def _reference(self, resource_type: str, resource_id: str) -> str:
        return resources.reference(self._alex.base_url, resource_type, resource_id)
