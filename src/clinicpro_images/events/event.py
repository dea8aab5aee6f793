"""The events a session can hear, and the row each one is."""

from dataclasses import dataclass
from typing import Literal, get_args

EventName = Literal[
    "image.added",
    "image.updated",
    "image.removed",
    "commit.updated",
    "handoff.updated",
    "session.expiring",
]
EVENT_NAMES: tuple[EventName, ...] = get_args(EventName)


@dataclass(frozen=True)
class Event:
    """Something that happened: its number, whose session, what, and to which picture or commit."""

    id: int
    session_id: str
    name: EventName
    subject_id: str
