"""How often one session may do what is kept for ever: at a clinician's speed in each minute, and not for hours."""

import pytest
from starlette.requests import Request

from clinicpro_images.app.session_limits import (
    CHANGES_PER_MINUTE,
    COMMITS_PER_MINUTE,
    LASTING_CHANGES,
    LASTING_SHARE,
    PACKS_PER_MINUTE,
    UPLOADS_PER_MINUTE,
    VIEWS_PER_MINUTE,
    session_limits,
)
from clinicpro_images.web.rate_limit import AT_SPEED_MINUTES, RateLimit

SESSION_SECONDS = 8 * 3600


class Session:
    def __init__(self) -> None:
        self.now = 0.0
        self.limits = session_limits(lambda _request: "one", clock=lambda: self.now)

    def had(self, limit: RateLimit, times: int, query: str = "") -> int:
        """How many of so many calls at once are allowed."""
        request = Request({"type": "http", "query_string": query.encode(), "headers": []})
        return sum(limit.has_room(request) for _ in range(times))


@pytest.mark.parametrize(
    ("name", "at_once", "later"),
    [
        ("views", VIEWS_PER_MINUTE, VIEWS_PER_MINUTE * LASTING_SHARE),
        ("commits", COMMITS_PER_MINUTE, COMMITS_PER_MINUTE * LASTING_SHARE),
        ("packs", PACKS_PER_MINUTE, PACKS_PER_MINUTE * LASTING_SHARE),
        ("changes", CHANGES_PER_MINUTE, LASTING_CHANGES),
        ("uploads", UPLOADS_PER_MINUTE, UPLOADS_PER_MINUTE),  # as fast as they can be decoded
    ],
)
def test_a_minutes_worth_comes_at_once_and_each_minute_for_ten_minutes_only(
    name: str, at_once: float, later: float
) -> None:
    session = Session()
    limit: RateLimit = getattr(session.limits, name)
    assert session.had(limit, 2000) == at_once
    for _ in range(AT_SPEED_MINUTES - 1):
        session.now += 60
        assert session.had(limit, 2000) == at_once
    # What came back in those minutes is used up soon.
    for _ in range(30):
        session.now += 60
        last = session.had(limit, 2000)
    assert last == later


def test_the_rows_that_one_session_leaves_for_ever_are_some_hundred_thousands_at_most() -> None:
    rows_each = {"views": 1, "changes": 2, "packs": 20, "commits": 20}
    rows = 0.0
    for name, each in rows_each.items():
        session = Session()
        limit: RateLimit = getattr(session.limits, name)
        calls = session.had(limit, 2000)
        for _ in range(0, SESSION_SECONDS, 60):
            session.now += 60
            calls += session.had(limit, 2000)
        rows += calls * each
    assert rows < 250_000


def test_a_thumbnail_counts_as_one_and_nothing_else_does() -> None:
    session = Session()
    assert session.had(session.limits.thumbnails, 2000, "size=view") == 2000
    assert session.had(session.limits.thumbnails, 2000, "size=thumb") < 2000
    assert session.had(session.limits.views, 2000, "size=thumb") == 2000
