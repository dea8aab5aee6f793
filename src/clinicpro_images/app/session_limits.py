"""How often one session may ask for what is stored for ever, or is costly: far more than a clinician needs."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from clinicpro_images.web.rate_limit import AT_SPEED_MINUTES, RateLimit

UPLOADS_PER_MINUTE = 120.0
CHANGES_PER_MINUTE = 240.0
"""Changes of details, order and state. Each is one or two rows of the audit trail; twenty photos, described at once in seven
ways, are 140."""
VIEWS_PER_MINUTE = 600.0
"""Photos opened large or saved, a row of the audit trail each: ten a second, as a held arrow key asks for them."""
THUMBNAILS_PER_MINUTE = 600.0
"""Not recorded, but each reads a whole stored photo: a list of twenty, thirty times."""
PACKS_PER_MINUTE = 30.0
"""Referral packs and their lists, for each of which up to twenty photos are fitted and recorded."""
HANDOFFS_PER_MINUTE = 20.0
COMMITS_PER_MINUTE = 60.0
"""Each is up to twenty rows of the audit trail."""
EARLIER_PER_MINUTE = 240.0
TABS_PER_MINUTE = 20.0

LASTING_SHARE = 0.1
"""How much of a minute's worth is allowed a minute after ten minutes at full speed, of what is recorded for ever: nobody works
at that speed for long, and in the eight hours that a session may last it would be more than a million rows."""
LASTING_CHANGES = 60.0
"""The same for changes, in number: one a second, as someone typing and trying things saves them."""


@dataclass(frozen=True)
class SessionLimits:
    """A limit for each group of routes; they are dependencies of the routes that they limit."""

    uploads: RateLimit
    changes: RateLimit
    views: RateLimit
    thumbnails: RateLimit
    packs: RateLimit
    handoffs: RateLimit
    commits: RateLimit
    earlier: RateLimit
    tabs: RateLimit


def session_limits(
    by_session: Callable[[Request], str], *, clock: Callable[[], float] = time.monotonic
) -> SessionLimits:
    """Return new limits; `by_session` names the session that a request belongs to, `clock` is monotonic seconds."""

    def limit(
        per_minute: float,
        key: Callable[[Request], str] = by_session,
        *,
        recorded: bool = True,
        lasting: float | None = None,
    ) -> RateLimit:
        said = f"One session may do this {per_minute:g} times a minute"
        if recorded:
            lasting = lasting or per_minute * LASTING_SHARE
            said += f", and after {AT_SPEED_MINUTES} minutes at that speed {lasting:g} times"
        return RateLimit(per_minute, clock=clock, key=key, integrator=f"{said}.", lasting=lasting)

    def is_thumbnail(request: Request) -> bool:
        return request.query_params.get("size") == "thumb"

    return SessionLimits(
        uploads=limit(UPLOADS_PER_MINUTE, recorded=False),
        changes=limit(CHANGES_PER_MINUTE, lasting=LASTING_CHANGES),
        # The thumbnails of a list are asked for all at once, and aren't recorded.
        views=limit(VIEWS_PER_MINUTE, lambda request: "" if is_thumbnail(request) else by_session(request)),
        thumbnails=limit(
            THUMBNAILS_PER_MINUTE,
            lambda request: by_session(request) if is_thumbnail(request) else "",
            recorded=False,
        ),
        packs=limit(PACKS_PER_MINUTE),
        handoffs=limit(HANDOFFS_PER_MINUTE),
        commits=limit(COMMITS_PER_MINUTE),
        earlier=limit(EARLIER_PER_MINUTE, recorded=False),
        tabs=limit(TABS_PER_MINUTE, recorded=False),
    )
