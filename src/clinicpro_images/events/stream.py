"""`/api/events`: server-sent events with replay."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from clinicpro_images.db.database import Database
from clinicpro_images.errors import AccessError
from clinicpro_images.events.broker import EventBroker
from clinicpro_images.events.event import Event, EventName
from clinicpro_images.events.store import events_after, last_event_id

HEARTBEAT_SECONDS = 15.0
_PACE_SECONDS = 0.05
_BATCH = 200
# The end of a session is published like everything else; one that comes by time alone may be noticed this much later.
_TRUST_SECONDS = 1.0
_ID_DIGITS = 9  # what fits PostgreSQL's integer


_SCHEMAS = "#/components/schemas/"
_ONLY_ID = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
# The data of each event, for the OpenAPI description; an image that was removed before delivery comes as its id.
_DATA: dict[EventName, dict[str, Any]] = {
    "image.added": {"anyOf": [{"$ref": f"{_SCHEMAS}ImageSchema"}, _ONLY_ID]},
    "image.updated": {"anyOf": [{"$ref": f"{_SCHEMAS}ImageSchema"}, _ONLY_ID]},
    "image.removed": _ONLY_ID,
    "commit.updated": {"$ref": f"{_SCHEMAS}CommitSchema"},
    "handoff.updated": {"$ref": f"{_SCHEMAS}HandoffStateSchema"},
    "session.expiring": {
        "type": "object",
        "required": ["expiresAt"],
        "properties": {"expiresAt": {"type": "string"}},
    },
}
_MESSAGES: dict[str, Any] = {
    "description": "Server-sent events: the name and the data of each message",
    "content": {
        "text/event-stream": {
            "schema": {
                "oneOf": [
                    {
                        "type": "object",
                        "required": ["event", "data"],
                        "properties": {"event": {"type": "string", "const": name}, "data": data},
                    }
                    for name, data in _DATA.items()
                ]
            }
        }
    },
}


class Subscriber(Protocol):
    """Subscribes to a session; a phone only to its own part of it."""

    @property
    def session_id(self) -> str:
        """The session."""

    @property
    def handoff_id(self) -> str | None:
        """The phone's hand-off; None is the desktop."""


# The newest state of what events are about, in order: an event says that something changed, not what it once was.
Render = Callable[[Sequence[Event], Subscriber], Awaitable[list[tuple[EventName, dict[str, Any]]]]]

# Checks whether the subscriber still has access: None, or the body of `session.expiring`; raises AccessError at the end.
Expiry = Callable[[Request], Awaitable[dict[str, Any] | None]]


def event_routes(
    *,
    subscriber: Callable[[Request], Awaitable[Subscriber]],
    expiry: Expiry,
    database: Database,
    broker: EventBroker,
    render: Render,
) -> APIRouter:
    """Return the event stream; `subscriber` is the dependency that finds who subscribes."""
    router = APIRouter(tags=["events"])
    Caller = Annotated[Any, Depends(subscriber)]  # noqa: N806 - a type, made here because of `subscriber`

    @router.get(
        "/api/events",
        response_class=StreamingResponse,
        summary="What happens, as it happens",
        responses={200: _MESSAGES},
    )
    async def stream(request: Request, caller: Caller) -> StreamingResponse:
        resume = request.headers.get("last-event-id", "")
        last_id = (
            int(resume)
            if resume.isdecimal() and len(resume) <= _ID_DIGITS
            else await database.read(last_event_id, caller.session_id)
        )
        return StreamingResponse(
            _stream(caller, last_id, database, broker, render, lambda: expiry(request)),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    return router


async def _stream(
    subscriber: Subscriber,
    last_id: int,
    database: Database,
    broker: EventBroker,
    render: Render,
    expiry: Callable[[], Awaitable[dict[str, Any] | None]],
) -> AsyncIterator[str]:
    yield f"retry: 2000\nid: {last_id}\n\n"
    loop = asyncio.get_running_loop()
    with broker.subscribe(subscriber.session_id, last_id) as subscription:
        has_news, sent_gone, checked_at = True, False, -_TRUST_SECONDS
        while not broker.ending:
            batch = await database.read(
                events_after, subscriber.session_id, last_id, _BATCH, handoff_id=subscriber.handoff_id
            )
            if loop.time() - checked_at >= _TRUST_SECONDS or not _keeps_access(batch):
                try:
                    expiring = await expiry()
                except AccessError:
                    if subscriber.handoff_id is not None and not sent_gone:
                        # The phone learns at once that it is cut off, not from a refused reconnection.
                        gone = {
                            "id": subscriber.handoff_id,
                            "state": "gone",
                            "connected": False,
                            "expiresAt": None,
                        }
                        yield _message("handoff.updated", last_id, gone)
                    return
                checked_at = loop.time()
                if not has_news:
                    # The heartbeat keeps proxies from closing the stream.
                    yield ": still here\n\n"
                if expiring is not None:
                    yield _message("session.expiring", last_id, expiring)
            newest = _newest(batch)
            for event, (name, body) in zip(newest, await render(newest, subscriber), strict=True):
                last_id = event.id
                subscription.seen = max(subscription.seen, last_id)
                # It may be cut off between the check and the reading of its events: then these say so.
                sent_gone |= name == "handoff.updated" and body.get("state") == "gone"
                yield _message(name, event.id, body)
            if batch:
                # While much happens, it is sent at a pace instead of in every state that anything passes through.
                await asyncio.sleep(_PACE_SECONDS)
            # Events stored after the batch was read wake the subscription.
            has_news = len(batch) == _BATCH or await subscription.wait(HEARTBEAT_SECONDS)


def _keeps_access(batch: Sequence[Event]) -> bool:
    """Whether there are events, and none that may end the session or cut a phone off."""
    return bool(batch) and all(event.name.startswith(("image.", "commit.")) for event in batch)


def _newest(batch: Sequence[Event]) -> list[Event]:
    """Leave out an event that is repeated later in the batch: each would be rendered the same, as things are now."""
    last = {(event.name, event.subject_id): event.id for event in batch}
    return [event for event in batch if last[event.name, event.subject_id] == event.id]


def _message(name: str, event_id: int, body: dict[str, Any]) -> str:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\nid: {event_id}\ndata: {content}\n\n"
