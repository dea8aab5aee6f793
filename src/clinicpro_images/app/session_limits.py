"""How often one session may ask for what is stored for ever, or is costly: far more than a clinician needs."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from clinicpro_images.web.rate_limit import RateLimit

UPLOADS_PER_MINUTE = 120.0
CHANGES_PER_MINUTE = 240.0
"""Changes of details, order and state. Each is one or two rows of the audit trail; twenty photos, described at once in seven
ways, are 140."""
VIEWS_PER_MINUTE = 600.0
"""Photos opened large or saved, a row of the audit trail each: ten a second, as a held arrow key asks for them."""
PACKS_PER_MINUTE = 30.0
"""Referral packs and their lists, for each of which up to twenty photos are fitted and recorded."""
HANDOFFS_PER_MINUTE = 20.0
COMMITS_PER_MINUTE = 60.0
EARLIER_PER_MINUTE = 240.0


@dataclass(frozen=True)
class SessionLimits:
    """A limit for each group of routes; they are dependencies of the routes that they limit."""

    uploads: RateLimit
    changes: RateLimit
    views: RateLimit
    packs: RateLimit
    handoffs: RateLimit
    commits: RateLimit
    earlier: RateLimit


def session_limits(by_session: Callable[[Request], str]) -> SessionLimits:
    """Return new limits; `by_session` names the session that a request belongs to."""

    def limit(per_minute: float, key: Callable[[Request], str] = by_session) -> RateLimit:
        said = f"One session may do this {per_minute:g} times a minute."
        return RateLimit(per_minute, clock=time.monotonic, key=key, integrator=said)

    return SessionLimits(
        uploads=limit(UPLOADS_PER_MINUTE),
        changes=limit(CHANGES_PER_MINUTE),
        # The thumbnails of a list are asked for all at once, and aren't recorded.
        views=limit(
            VIEWS_PER_MINUTE,
            lambda request: "" if request.query_params.get("size") == "thumb" else by_session(request),
        ),
        packs=limit(PACKS_PER_MINUTE),
        handoffs=limit(HANDOFFS_PER_MINUTE),
        commits=limit(COMMITS_PER_MINUTE),
        earlier=limit(EARLIER_PER_MINUTE),
    )
