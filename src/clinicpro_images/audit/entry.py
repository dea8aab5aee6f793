"""An audit entry: an action, who did it, for which patient and to what. Rules only."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, get_args

Action = Literal[
    "session.started",
    "session.ended",
    "launch.refused",
    "sign-in.accepted",
    "sign-in.ended",
    "sign-in.refused",
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
    "image.removed",
    "image.purged",
    "unfiled.adopted",
    "commit.requested",
    "commit.retried",
    "commit.confirmed",
    "commit.landed",
    "commit.failed",
    "commit.unverified",
    "admin.access",
    "access.refused",
    "audit.read",
    "audit.shards",
]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True)
class Actor:
    """Who acted and for which patient; empty is unknown. The ids are Medtech's."""

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
    document_id: str = ""  # Medtech's id of what was written
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """Where a request came from: the client's address and the request's correlation id."""

    address: str
    correlation_id: str


# The origin of the request being served, so that no function between the web and the trail has to pass it on. It belongs
# to the task that serves the request; what the worker does has none.
ORIGIN: ContextVar[Origin | None] = ContextVar("origin", default=None)
