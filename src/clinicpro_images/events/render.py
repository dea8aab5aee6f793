"""What a stream says of an event: the newest state of what it is about, read when it is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from clinicpro_images.commits.service import CommitService
from clinicpro_images.errors import NotFound
from clinicpro_images.events.event import Event, EventName
from clinicpro_images.events.stream import Subscriber
from clinicpro_images.handoff.schemas import handoff_state_schema
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.images.image import Image
from clinicpro_images.images.schemas import image_schema
from clinicpro_images.images.store import ImageStore

_OF_IMAGES = frozenset({"image.added", "image.updated"})


@dataclass(frozen=True)
class EventRenderer:
    """Renders events for whoever listens. `clock` is seconds since 1970."""

    images: ImageStore
    desk: CommitService
    phones: HandoffStore
    clock: Callable[[], float]

    async def present(
        self, events: Sequence[Event], hearer: Subscriber
    ) -> list[tuple[EventName, dict[str, Any]]]:
        """Return name and body of each event, in their order; those of one session."""
        wanted = [event.subject_id for event in events if event.name in _OF_IMAGES]
        images: dict[str, Image] = {}
        if wanted:
            images = await self.images.several(hearer.session_id, wanted, handoff_id=hearer.handoff_id)
        return [await self._one(event, hearer, images) for event in events]

    async def _one(
        self, event: Event, hearer: Subscriber, images: dict[str, Image]
    ) -> tuple[EventName, dict[str, Any]]:
        try:
            if event.name in _OF_IMAGES:
                image = images.get(event.subject_id)
                if image is None:
                    raise NotFound
                return event.name, image_schema(image).model_dump(mode="json", by_alias=True)
            if event.name == "commit.updated":
                shown = await self.desk.show(event.session_id, event.subject_id)
                return event.name, shown.model_dump(mode="json", by_alias=True)
            if event.name == "handoff.updated":
                handoff = await self.phones.by_id(event.subject_id)
                return event.name, handoff_state_schema(handoff, self.clock()).model_dump(
                    mode="json", by_alias=True
                )
        except NotFound:
            # Removed since: the event that says so follows. What is filed is gone for the phone at this moment.
            return event.name if hearer.handoff_id is None else "image.removed", {"id": event.subject_id}
        return event.name, {"id": event.subject_id}
