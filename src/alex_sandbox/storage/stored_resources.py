"""All resources that vendors have written, indexed in memory; a backend keeps them and their attachments."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from anyio import Lock


@dataclass(frozen=True)
class AcceptedResource:
    """A validated write: its patient, its reference number (system, value), its title and its attachment's bytes."""

    patient_id: str
    identifier: tuple[str, str]
    title: str
    content_type: str = ""
    content: bytes = b""


@dataclass(frozen=True)
class StoredResource:
    """A written resource without its attachment's bytes. `serial` counts from 1 in the order of writing."""

    serial: int
    facility: str
    type: str
    id: str
    patient: str
    identifier_system: str
    identifier_value: str
    title: str
    content_type: str
    size: int
    sha256: str
    written: str
    correlation_id: str
    resource: dict[str, Any]

    @classmethod
    def of(
        cls,
        resource: dict[str, Any],
        accepted: AcceptedResource,
        *,
        facility: str,
        correlation_id: str,
        written: str,
        serial: int,
    ) -> "StoredResource":
        """Return what is kept of a resource; its attachment's bytes are kept apart."""
        return cls(
            serial=serial,
            facility=facility,
            type=resource["resourceType"],
            id=resource["id"],
            patient=accepted.patient_id,
            identifier_system=accepted.identifier[0],
            identifier_value=accepted.identifier[1],
            title=accepted.title,
            content_type=accepted.content_type,
            size=len(accepted.content),
            sha256=hashlib.sha256(accepted.content).hexdigest() if accepted.content else "",
            written=written,
            correlation_id=correlation_id,
            resource=resource,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the entry for `/sandbox/resources`."""
        return {
            "serial": self.serial,
            "facility": self.facility,
            "resourceType": self.type,
            "id": self.id,
            "patient": self.patient,
            "identifier": {"system": self.identifier_system, "value": self.identifier_value},
            "title": self.title,
            "contentType": self.content_type,
            "size": self.size,
            "sha256": self.sha256,
            "written": self.written,
            "correlationId": self.correlation_id,
            "resource": self.resource,
        }


class StorageBackend(Protocol):
    """Where resources and their attachments are kept."""

    async def load(self) -> list[StoredResource]:
        """Return every resource that an earlier process stored, in any order."""

    async def save(self, stored: StoredResource, content: bytes) -> None:
        """Store a resource and its attachment atomically."""

    async def content(self, resource_id: str) -> bytes:
        """Return an attachment's bytes."""

    async def clear(self) -> None:
        """Remove everything."""


class StoredResources:
    """All resources, oldest first. `version` increases with every change, so that pages can poll it."""

    def __init__(self, backend: StorageBackend, history: Sequence[tuple[StoredResource, bytes]] = ()) -> None:
        """Start with `history`, which was there before anything was written; `open` loads what the backend has."""
        self._backend = backend
        self._history = {stored.id: (stored, content) for stored, content in history}
        self._by_id: dict[str, StoredResource] = {}
        self._first: dict[tuple[str, str, str, str], StoredResource] = {}
        self._serial = 0
        self._write_lock = Lock()
        self.version = 0

    async def open(self) -> None:
        """Load what an earlier process stored."""
        for stored in sorted(await self._backend.load(), key=lambda each: each.serial):
            self._index(stored)
        self.version = len(self._by_id)

    def all(self) -> Sequence[StoredResource]:
        """Return every resource, oldest first."""
        return [stored for stored, _ in self._history.values()] + list(self._by_id.values())

    def written(self) -> Sequence[StoredResource]:
        """Return what vendors have written, oldest first."""
        return list(self._by_id.values())

    def find(self, resource_id: str) -> StoredResource | None:
        """Return the resource with this id, whatever its facility."""
        if resource_id in self._history:
            return self._history[resource_id][0]
        return self._by_id.get(resource_id)

    def find_by_identifier(
        self, facility: str, resource_type: str, identifier: tuple[str, str]
    ) -> StoredResource | None:
        """Return the first resource of this facility and type with this identifier (system, value)."""
        return self._first.get((facility, resource_type, *identifier))

    async def write(
        self,
        resource: dict[str, Any],
        accepted: AcceptedResource,
        *,
        facility: str,
        correlation_id: str,
        written: str,
        unique: bool,
    ) -> tuple[StoredResource, bool]:
        """Store a resource; returns it and whether it is new.

        With `unique`, an existing resource with the same identifier is returned instead.
        """
        async with self._write_lock:
            existing = self.find_by_identifier(facility, resource["resourceType"], accepted.identifier)
            if unique and existing is not None:
                return existing, False
            stored = StoredResource.of(
                resource,
                accepted,
                facility=facility,
                correlation_id=correlation_id,
                written=written,
                serial=self._serial + 1,
            )
            await self._backend.save(stored, accepted.content)
            self._index(stored)
            self.version += 1
        return stored, True

    async def content(self, stored: StoredResource) -> bytes:
        """Return the bytes of the resource's attachment."""
        if stored.id in self._history:
            return self._history[stored.id][1]
        return await self._backend.content(stored.id)

    async def clear(self) -> None:
        """Remove everything that was written."""
        async with self._write_lock:
            await self._backend.clear()
            self._by_id.clear()
            self._first.clear()
            self.version += 1

    def _index(self, stored: StoredResource) -> None:
        self._serial = max(self._serial, stored.serial)
        self._by_id[stored.id] = stored
        key = (stored.facility, stored.type, stored.identifier_system, stored.identifier_value)
        self._first.setdefault(key, stored)
