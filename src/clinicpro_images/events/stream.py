"""`/api/events`: server-sent events with replay."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Annotated, Any, Final, Protocol

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection

from clinicpro_images.db.database import Database
from clinicpro_images.errors import AccessError
from clinicpro_images.events.broker import EventBroker
from clinicpro_images.events.event import Event, EventName
from clinicpro_images.events.store import events_after, last_event_id
from clinicpro_images.web.head_requests import is_head

HEARTBEAT: Final = "heartbeat"
HEARTBEAT_SECONDS = 15.0
_PACE_SECONDS = 0.1
_BATCH = 200
# How long an access check is valid. Ending a session publishes an event; only expiry may be noticed this much later.
_ACCESS_SECONDS = 5.0
_ID_DIGITS = 9  # fits PostgreSQL's integer
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}

_SCHEMAS = "#/components/schemas/"
_ONLY_ID = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
# The data of each event, for the OpenAPI description; an image that was removed before delivery comes as its id.
_DATA: dict[EventName, dict[str, Any]] = {
    "image.added": {"anyOf": [{"$ref": f"{_SCHEMAS}ImageSchema"}, _ONLY_ID]},
    "image.updated": {"anyOf": [{"$ref": f"{_SCHEMAS}ImageSchema"}, _ONLY_ID]},
    "image.removed": _ONLY_ID,
    "commit.updated": {"$ref": f"{_SCHEMAS}CommitSchema"},
    "handoff.updated": {"$ref": f"{_SCHEMAS}HandoffStateSchema"},
    "earlier.chosen": {
        "type": "object",
        "required": ["chosen"],
        "properties": {"chosen": {"type": ["string", "null"]}},
    },
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
                    for name, data in (*_DATA.items(), (HEARTBEAT, {"type": "object"}))
                ]
            }
        }
    },
}


class Subscriber(Protocol):
    """A subscriber to a session's events; a phone receives only those of its own images and hand-off."""

    @property
    def session_id(self) -> str:
        """The session."""

    @property
    def handoff_id(self) -> str | None:
        """The phone's hand-off; None for the desktop."""


# Renders events, in order, with the current state of their subjects.
Render = Callable[[Connection, Sequence[Event], Subscriber], list[tuple[EventName, dict[str, Any]]]]

# Checks access: returns None or the body of `session.expiring`; raises AccessError if the subscriber has lost access.
Expiry = Callable[[Request], Awaitable[dict[str, Any] | None]]


def event_routes(
    *,
    subscriber: Callable[[Request], Awaitable[Subscriber]],
    expiry: Expiry,
    database: Database,
    broker: EventBroker,
    render: Render,
) -> APIRouter:
    """Return the event stream's route; `subscriber` is the dependency that finds who is subscribing."""
    router = APIRouter(tags=["events"])
    Caller = Annotated[Any, Depends(subscriber)]  # noqa: N806 - a type, made here because of `subscriber`

    @router.get(
        "/api/events",
        response_class=StreamingResponse,
        summary="Stream the session's events",
        responses={200: _MESSAGES},
    )
    async def stream(request: Request, caller: Caller) -> Response:
        if is_head(request):
            return Response(media_type="text/event-stream", headers=_HEADERS)
        resume = request.headers.get("last-event-id", "")
        newest = await database.read(last_event_id)
        # An id that was never given is from before a backup was restored: start now.
        known = (
            resume.isascii() and resume.isdecimal() and len(resume) <= _ID_DIGITS and int(resume) <= newest
        )
        last_id = int(resume) if known else await database.read(last_event_id, caller.session_id)
        return StreamingResponse(
            _stream(caller, last_id, database, broker, render, lambda: expiry(request)),
            media_type="text/event-stream",
            headers=_HEADERS,
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
        has_new, sent_gone, checked_at = True, False, -_ACCESS_SECONDS
        while not broker.ending:
            batch, rendered = await database.read(_read, subscriber, last_id, render)
            if loop.time() - checked_at >= _ACCESS_SECONDS or not _keeps_access(batch):
                try:
                    expiring = await expiry()
                except AccessError:
                    if subscriber.handoff_id is not None and not sent_gone:
                        # So that the phone doesn't find out from a refused reconnection.
                        gone = {
                            "id": subscriber.handoff_id,
                            "state": "gone",
                            "connected": False,
                            "expiresAt": None,
                        }
                        yield _message("handoff.updated", last_id, gone)
                    return
                checked_at = loop.time()
                if not has_new:
                    # It stops proxies from closing the stream, and tells the page that events still get through.
                    yield f"event: {HEARTBEAT}\ndata: {{}}\n\n"
                if expiring is not None:
                    yield _message("session.expiring", last_id, expiring)
            for event, (name, body) in rendered:
                last_id = event.id
                subscription.seen = max(subscription.seen, last_id)
                # If it was cut off after the access check, this event reports it already.
                sent_gone |= name == "handoff.updated" and body.get("state") == "gone"
                yield _message(name, event.id, body)
            if batch:
                # Collect further events for a moment, so that fewer intermediate states are sent.
                await asyncio.sleep(_PACE_SECONDS)
            # Events stored after the batch was read wake the subscription.
            has_new = len(batch) == _BATCH or await subscription.wait(HEARTBEAT_SECONDS)


def _read(
    connection: Connection, subscriber: Subscriber, last_id: int, render: Render
) -> tuple[list[Event], list[tuple[Event, tuple[EventName, dict[str, Any]]]]]:
    """Return the next events, and each one that has to be sent with its name and body."""
    batch = events_after(connection, subscriber.session_id, last_id, _BATCH, handoff_id=subscriber.handoff_id)
    newest = _newest(batch)
    return batch, list(zip(newest, render(connection, newest, subscriber), strict=True))


def _keeps_access(batch: Sequence[Event]) -> bool:
    """Return whether there are events, none of which may end the session or cut off a phone."""
    return bool(batch) and all(event.name.startswith(("image.", "commit.")) for event in batch)


def _newest(batch: Sequence[Event]) -> list[Event]:
    """Leave out events that are repeated later in the batch, because both would be rendered with the same state."""
    last = {(event.name, event.subject_id): event.id for event in batch}
    return [event for event in batch if last[event.name, event.subject_id] == event.id]


def _message(name: str, event_id: int, body: dict[str, Any]) -> str:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\nid: {event_id}\ndata: {content}\n\n"
