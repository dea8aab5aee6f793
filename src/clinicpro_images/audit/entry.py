"""An audit entry: an action, who did it, for which patient and to what."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Action = Literal[
    "session.started",
    "session.ended",
    "launch.refused",
    "sign-in.accepted",
    "sign-in.kept",
    "sign-in.ended",
    "sign-in.refused",
    "appointments.listed",
    "patient.found",
    "patient.confirmed",
    "phone.connected",
    "phone.disconnected",
    "phone.refused",
    "image.added",
    "image.viewed",
    "image.described",
    "image.backdated",
    "image.consent",
    "image.edited",
    "image.original",
    "image.released",
    "image.removed",
    "image.purged",
    "earlier.listed",
    "earlier.viewed",
    "unfiled.adopted",
    "commit.requested",
    "commit.retried",
    "commit.confirmed",
    "commit.landed",
    "commit.failed",
    "commit.unverified",
    "admin.access",
    "access.refused",
    "practice.exported",
    "practice.session-ended",
    "practice.phone-ended",
    "audit.read",
    "audit.shards",
    "audit.begun",
    "audit.restarted",
    "installation.restored",
]


@dataclass(frozen=True)
class Actor:
    """Who acted and for which patient; an empty value is unknown. The ids are Medtech's."""

    facility_id: str = ""
    provider_id: str = ""
    provider_name: str = ""
    patient_id: str = ""
    session_id: str = ""


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `about` holds codes and field names, never anything that identifies a person."""

    action: Action
    actor: Actor = field(default_factory=Actor)
    subject: str = ""  # the id of an image or a commit
    document_id: str = ""  # the id in Medtech of the resource written
    about: Mapping[str, str] = field(default_factory=dict)


RecordAudit = Callable[[Entry], Awaitable[None]]
"""Records one entry in a transaction of its own."""
