"""What has been written: kept in memory, or in a folder that outlives the process."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from anyio import Lock

from alex_sandbox.write_rules import Accepted


@dataclass(frozen=True)
class Record:
    """One written resource, its attachment's bytes kept apart. `serial` counts from 1 in order of writing."""

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

    def as_json(self) -> dict[str, Any]:
        """The line in `/sandbox/resources`."""
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


class Keep(Protocol):
    """Where records outlive the process."""

    async def load(self) -> list[Record]:
        """Everything kept, in any order."""

    async def save(self, record: Record, content: bytes) -> None:
        """Keep one record, whole or not at all."""

    async def content(self, record_id: str) -> bytes:
        """The bytes of one attachment."""

    async def empty(self) -> None:
        """Forget everything."""


class Memory:
    """A keep that keeps nothing beyond the process."""

    def __init__(self) -> None:
        """Start empty."""
        self._contents: dict[str, bytes] = {}

    async def load(self) -> list[Record]:
        """Nothing: every start is fresh."""
        return []

    async def save(self, record: Record, content: bytes) -> None:
        """Remember the bytes."""
        self._contents[record.id] = content

    async def content(self, record_id: str) -> bytes:
        """The bytes of one attachment."""
        return self._contents[record_id]

    async def empty(self) -> None:
        """Forget everything."""
        self._contents.clear()


class Records:
    """All written resources, oldest first. `version` grows with every change, for whoever watches."""

    def __init__(self, keep: Keep) -> None:
        """Start empty; `open` loads what is kept."""
        self._keep = keep
        self._by_id: dict[str, Record] = {}
        self._first: dict[tuple[str, str, str, str], Record] = {}
        self._serial = 0
        self._writing = Lock()
        self.version = 0

    async def open(self) -> None:
        """Load what an earlier process kept."""
        for record in sorted(await self._keep.load(), key=lambda each: each.serial):
            self._place(record)
        self.version = len(self._by_id)

    def all(self) -> Sequence[Record]:
        """Every record, oldest first."""
        return list(self._by_id.values())

    def find(self, record_id: str) -> Record | None:
        """The record with this id, at whatever facility."""
        return self._by_id.get(record_id)

    def same_identifier(
        self, facility: str, resource_type: str, identifier: tuple[str, str]
    ) -> Record | None:
        """The first record of this facility and type that carries the identifier."""
        return self._first.get((facility, resource_type, *identifier))

    async def write(
        self,
        resource: dict[str, Any],
        accepted: Accepted,
        *,
        facility: str,
        correlation_id: str,
        written: str,
        unique: bool,
    ) -> tuple[Record, bool]:
        """Write; returns the record and whether it is new. `unique`: the identifier's first record wins."""
        content = accepted.attachment.content if accepted.attachment else b""
        async with self._writing:
            before = self.same_identifier(facility, resource["resourceType"], accepted.identifier)
            if unique and before is not None:
                return before, False
            record = Record(
                serial=self._serial + 1,
                facility=facility,
                type=resource["resourceType"],
                id=resource["id"],
                patient=accepted.patient_id,
                identifier_system=accepted.identifier[0],
                identifier_value=accepted.identifier[1],
                title=accepted.title,
                content_type=accepted.attachment.content_type if accepted.attachment else "",
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest() if content else "",
                written=written,
                correlation_id=correlation_id,
                resource=resource,
            )
            await self._keep.save(record, content)
            self._place(record)
            self.version += 1
        return record, True

    async def content(self, record: Record) -> bytes:
        """The bytes of the record's attachment."""
        return await self._keep.content(record.id)

    async def empty(self) -> None:
        """Forget everything."""
        async with self._writing:
            await self._keep.empty()
            self._by_id.clear()
            self._first.clear()
            self.version += 1

    def _place(self, record: Record) -> None:
        self._serial = max(self._serial, record.serial)
        self._by_id[record.id] = record
        key = (record.facility, record.type, record.identifier_system, record.identifier_value)
        self._first.setdefault(key, record)


def as_kept(record: Record) -> dict[str, Any]:
    """Every member, for a keep that writes JSON."""
    return asdict(record)
