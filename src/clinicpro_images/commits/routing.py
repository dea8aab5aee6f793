"""What a commit sends with its images: a message to a provider's inbox, and a task."""

import json
from dataclasses import asdict, dataclass
from datetime import date


@dataclass(frozen=True)
class InboxMessage:
    """A message to one provider's inbox."""

    recipient_id: str
    note: str


@dataclass(frozen=True)
class FollowUp:
    """A task for one provider, due on a day in New Zealand."""

    assignee_id: str
    due: date | None
    note: str


@dataclass(frozen=True)
class Routing:
    """A commit's message and task, both optional."""

    inbox: InboxMessage | None = None
    task: FollowUp | None = None


def routing_to_json(routing: Routing) -> bytes:
    """Serialise routing, before encryption."""
    return json.dumps(asdict(routing), ensure_ascii=False, default=date.isoformat).encode()


def routing_from_json(content: bytes) -> Routing:
    """Parse the result of `routing_to_json`."""
    stored = json.loads(content)
    inbox, task = stored["inbox"], stored["task"]
    if task is not None and task["due"] is not None:
        task["due"] = date.fromisoformat(task["due"])
    return Routing(
        None if inbox is None else InboxMessage(**inbox), None if task is None else FollowUp(**task)
    )
