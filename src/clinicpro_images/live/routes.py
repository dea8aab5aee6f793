"""`/api/events`: server-sent events with replay."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from clinicpro_images.errors import NoSession
from clinicpro_images.live.event import Event
from clinicpro_images.live.journal import Journal, woken

HEARTBEAT_SECONDS = 15.0
_LONGEST_ID = 9  # what fits PostgreSQL's integer

# The newest state of what an event is about: an event tells that something changed, not what it once was.
Present = Callable[[Event], Awaitable[dict[str, Any]]]


# Looks at the session when nothing happened: None, or what `session.expiring` says; raises NoSession at its end.
Expiry = Callable[[Request], Awaitable[dict[str, Any] | None]]


def event_routes(
    *, listener: Callable[[Request], Awaitable[Any]], expiry: Expiry, journal: Journal, present: Present
) -> APIRouter:
    """Return the event stream; `listener` is the dependency that finds the session."""
    router = APIRouter(tags=["events"])

    @router.get("/api/events", response_class=StreamingResponse, summary="What happens, as it happens")
    async def stream(request: Request, session: Annotated[Any, Depends(listener)]) -> StreamingResponse:
        resume = request.headers.get("last-event-id", "")
        last_id = (
            int(resume) if resume.isdecimal() and len(resume) <= _LONGEST_ID else await journal.last_id()
        )
        return StreamingResponse(
            _stream(session.id, last_id, journal, present, lambda: expiry(request)),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    return router


async def _stream(
    session_id: str,
    last_id: int,
    journal: Journal,
    present: Present,
    expiry: Callable[[], Awaitable[dict[str, Any] | None]],
) -> AsyncIterator[str]:
    yield f"retry: 2000\nid: {last_id}\n\n"
    async with journal.listening(session_id) as listener:
        while True:
            while batch := await journal.after(session_id, last_id):
                for event in batch:
                    last_id = event.id
                    yield _message(event.name, event.id, await present(event))
            if await woken(listener, HEARTBEAT_SECONDS):
                continue
            try:
                expiring = await expiry()
            except NoSession:
                return
            # The heartbeat keeps proxies from closing the stream.
            yield ": still here\n\n" if expiring is None else _message("session.expiring", last_id, expiring)


def _message(name: str, event_id: int, body: dict[str, Any]) -> str:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\nid: {event_id}\ndata: {content}\n\n"
