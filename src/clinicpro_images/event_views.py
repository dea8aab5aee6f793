"""What a stream says of an event: the newest state of what it is about, read when it is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from clinicpro_images.commits.desk import Desk
from clinicpro_images.errors import NotFound
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.handoff.views import state_view
from clinicpro_images.live.event import Event, EventName
from clinicpro_images.live.routes import Hearer
from clinicpro_images.photos.photo import Photo
from clinicpro_images.photos.store import PhotoStore
from clinicpro_images.photos.views import image_view

_OF_PICTURES = frozenset({"image.added", "image.updated"})


@dataclass(frozen=True)
class Renderer:
    """Renders events for whoever listens. `clock` is seconds since 1970."""

    photos: PhotoStore
    desk: Desk
    phones: HandoffStore
    clock: Callable[[], float]

    async def present(
        self, events: Sequence[Event], hearer: Hearer
    ) -> list[tuple[EventName, dict[str, Any]]]:
        """Return name and body of each event, in their order; those of one session."""
        wanted = [event.subject_id for event in events if event.name in _OF_PICTURES]
        pictures: dict[str, Photo] = {}
        if wanted:
            pictures = await self.photos.several(hearer.session_id, wanted, handoff_id=hearer.handoff_id)
        return [await self._one(event, hearer, pictures) for event in events]

    async def _one(
        self, event: Event, hearer: Hearer, pictures: dict[str, Photo]
    ) -> tuple[EventName, dict[str, Any]]:
        try:
            if event.name in _OF_PICTURES:
                photo = pictures.get(event.subject_id)
                if photo is None:
                    raise NotFound
                return event.name, image_view(photo).model_dump(mode="json", by_alias=True)
            if event.name == "commit.updated":
                shown = await self.desk.show(event.session_id, event.subject_id)
                return event.name, shown.model_dump(mode="json", by_alias=True)
            if event.name == "handoff.updated":
                handoff = await self.phones.by_id(event.subject_id)
                return event.name, state_view(handoff, self.clock()).model_dump(mode="json", by_alias=True)
        except NotFound:
            # Removed since: the event that says so follows. What is filed is gone for the phone at this moment.
            return event.name if hearer.handoff_id is None else "image.removed", {"id": event.subject_id}
        return event.name, {"id": event.subject_id}
