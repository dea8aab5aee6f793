"""Renders events: an event's body is the current state of its image, commit, hand-off or session, read when it is sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from clinicpro_images.commits.service import CommitService
from clinicpro_images.errors import NotFound
from clinicpro_images.events.event import Event, EventName
from clinicpro_images.events.stream import Subscriber
from clinicpro_images.handoff.schemas import handoff_state_schema
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.images.image import Image
from clinicpro_images.images.schemas import image_schema
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.store import SessionStore

_ABOUT_IMAGES = frozenset({"image.added", "image.updated"})


@dataclass(frozen=True)
class EventRenderer:
    """Renders events for a subscriber. `clock` is seconds since 1970."""

    images: ImageStore
    commits: CommitService
    handoffs: HandoffStore
    sessions: SessionStore
    clock: Callable[[], float]

    def render(
        self, connection: Connection, events: Sequence[Event], subscriber: Subscriber
    ) -> list[tuple[EventName, dict[str, Any]]]:
        """Return the name and body of each event, in order; all must be of the subscriber's session."""
        image_ids = [event.subject_id for event in events if event.name in _ABOUT_IMAGES]
        images: dict[str, Image] = {}
        if image_ids:
            images = self.images.several(
                connection, subscriber.session_id, image_ids, handoff_id=subscriber.handoff_id
            )
        return [self._render_one(connection, event, subscriber, images) for event in events]

    def _render_one(
        self, connection: Connection, event: Event, subscriber: Subscriber, images: dict[str, Image]
    ) -> tuple[EventName, dict[str, Any]]:
        try:
            if event.name in _ABOUT_IMAGES:
                image = images.get(event.subject_id)
                if image is None:
                    raise NotFound
                return event.name, image_schema(image).model_dump(mode="json", by_alias=True)
            if event.name == "commit.updated":
                commit = self.commits.show_in(connection, event.session_id, event.subject_id)
                return event.name, commit.model_dump(mode="json", by_alias=True)
            if event.name == "handoff.updated":
                handoff = self.handoffs.by_id(connection, event.subject_id)
                state = handoff_state_schema(handoff, self.clock())
                return event.name, state.model_dump(mode="json", by_alias=True)
            if event.name == "earlier.chosen":
                chosen = self.sessions.earlier_id(connection, event.session_id)
                return event.name, {"chosen": chosen}
        except NotFound:
            # It was removed, and an event for that follows. A phone receives `image.removed` for a filed image too.
            return event.name if subscriber.handoff_id is None else "image.removed", {"id": event.subject_id}
        return event.name, {"id": event.subject_id}
