"""`/api/events`: server-sent events with replay."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from clinicpro_images.errors import AccessError
from clinicpro_images.live.event import Event, EventName
from clinicpro_images.live.journal import Journal, woken

HEARTBEAT_SECONDS = 15.0
_VIEWS = "#/components/schemas/"
_ONLY_ID = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
# The data of each event, for the OpenAPI description; an image that was removed before delivery comes as its id.
_DATA: dict[EventName, dict[str, Any]] = {
    "image.added": {"anyOf": [{"$ref": f"{_VIEWS}ImageView"}, _ONLY_ID]},
    "image.updated": {"anyOf": [{"$ref": f"{_VIEWS}ImageView"}, _ONLY_ID]},
    "image.removed": _ONLY_ID,
    "commit.updated": {"$ref": f"{_VIEWS}CommitView"},
    "handoff.updated": {"$ref": f"{_VIEWS}HandoffStateView"},
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
_STEP_SECONDS = 0.05
_AT_ONCE = 200
# An end is told like everything else; one that comes by time alone may be noticed this much later.
_TRUST_SECONDS = 1.0
_LONGEST_ID = 9  # what fits PostgreSQL's integer


class Hearer(Protocol):
    """Who listens: to a session, and as a phone only to its own part of it."""

    @property
    def session_id(self) -> str:
        """The session."""

    @property
    def handoff_id(self) -> str | None:
        """The phone's hand-off; None is the desktop."""


# The newest state of what events are about, in their order: an event tells that something changed, not what it once was.
Present = Callable[[Sequence[Event], Hearer], Awaitable[list[tuple[EventName, dict[str, Any]]]]]

# Looks whether the listener may still hear: None, or what `session.expiring` says; raises AccessError at the end.
Expiry = Callable[[Request], Awaitable[dict[str, Any] | None]]


def event_routes(
    *, listener: Callable[[Request], Awaitable[Hearer]], expiry: Expiry, journal: Journal, present: Present
) -> APIRouter:
    """Return the event stream; `listener` is the dependency that finds out who listens."""
    router = APIRouter(tags=["events"])
    Listener = Annotated[Any, Depends(listener)]  # noqa: N806 - a type, made here because of `listener`

    @router.get(
        "/api/events",
        response_class=StreamingResponse,
        summary="What happens, as it happens",
        responses={200: _MESSAGES},
    )
    async def stream(request: Request, hearer: Listener) -> StreamingResponse:
        resume = request.headers.get("last-event-id", "")
        last_id = (
            int(resume)
            if resume.isdecimal() and len(resume) <= _LONGEST_ID
            else await journal.last_id(hearer.session_id)
        )
        return StreamingResponse(
            _stream(hearer, last_id, journal, present, lambda: expiry(request)),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    return router


async def _stream(
    hearer: Hearer,
    last_id: int,
    journal: Journal,
    present: Present,
    expiry: Callable[[], Awaitable[dict[str, Any] | None]],
) -> AsyncIterator[str]:
    yield f"retry: 2000\nid: {last_id}\n\n"
    loop = asyncio.get_running_loop()
    async with journal.listening(hearer.session_id, last_id) as listener:
        news, told_gone, looked = True, False, -_TRUST_SECONDS
        while not journal.ending:
            batch = await journal.after(hearer.session_id, last_id, _AT_ONCE, handoff_id=hearer.handoff_id)
            if loop.time() - looked >= _TRUST_SECONDS or not _of_pictures(batch):
                try:
                    expiring = await expiry()
                except AccessError:
                    if hearer.handoff_id is not None and not told_gone:
                        # The phone hears at once that it is cut off, instead of from a refused reconnection.
                        gone = {
                            "id": hearer.handoff_id,
                            "state": "gone",
                            "connected": False,
                            "expiresAt": None,
                        }
                        yield _message("handoff.updated", last_id, gone)
                    return
                looked = loop.time()
                if not news:
                    # The heartbeat keeps proxies from closing the stream.
                    yield ": still here\n\n"
                if expiring is not None:
                    yield _message("session.expiring", last_id, expiring)
            newest = _newest(batch)
            for event, (name, body) in zip(newest, await present(newest, hearer), strict=True):
                last_id = event.id
                listener.heard = max(listener.heard, last_id)
                # It may be cut off after it was looked at and before its news were read: then these say so.
                told_gone |= name == "handoff.updated" and body.get("state") == "gone"
                yield _message(name, event.id, body)
            if batch:
                # While much happens it is told in steps, instead of every state that anything passes through.
                await asyncio.sleep(_STEP_SECONDS)
            # Whatever is stored after the batch was read wakes the listener.
            news = len(batch) == _AT_ONCE or await woken(listener, HEARTBEAT_SECONDS)


def _of_pictures(batch: Sequence[Event]) -> bool:
    """Whether there is news, and none of it of the session's end or of a phone that is cut off."""
    return bool(batch) and all(event.name.startswith(("image.", "commit.")) for event in batch)


def _newest(batch: Sequence[Event]) -> list[Event]:
    """Leave out what stands again further on: it would be rendered the same each time, as it is now."""
    last = {(event.name, event.subject_id): event.id for event in batch}
    return [event for event in batch if last[event.name, event.subject_id] == event.id]


def _message(name: str, event_id: int, body: dict[str, Any]) -> str:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\nid: {event_id}\ndata: {content}\n\n"
