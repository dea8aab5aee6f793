"""The events of a session."""

from dataclasses import dataclass
from typing import Literal, get_args

EventName = Literal[
    "image.added",
    "image.updated",
    "image.removed",
    "commit.updated",
    "handoff.updated",
    "earlier.chosen",
    "session.expiring",
]
EVENT_NAMES: tuple[EventName, ...] = get_args(EventName)


@dataclass(frozen=True)
class Event:
    """An event: its id, its session, what happened, and the id of the image, commit or hand-off."""

    id: int
    session_id: str
    name: EventName
    subject_id: str
