"""Notices that another version has changed the database's schema while this process runs."""

import math
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, text

from clinicpro_images.errors import DatabaseUpgraded

RECHECK_SECONDS: Final = 5.0


class SchemaWatch:
    """The revision that this process has found or made; `monotonic` is seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Check nothing until a revision is expected."""
        self._monotonic = monotonic
        self._expected: str | None = None
        self._checked_at = -math.inf

    def expect(self, revision: str) -> None:
        """From now on, the database must have this revision."""
        self._expected, self._checked_at = revision, self._monotonic()

    def check(self, connection: Connection, *, at_once: bool = False) -> None:
        """Raise DatabaseUpgraded if it has another one; unless `at_once`, it is read every five seconds only."""
        now = self._monotonic()
        if self._expected is None or not (at_once or now - self._checked_at >= RECHECK_SECONDS):
            return
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if found != self._expected:
            self._checked_at = -math.inf  # the next one checks too
            raise DatabaseUpgraded(
                integrator=f"Another version has changed the database's schema (to revision {found}; this one needs "
                f"{self._expected}): stop this gateway, and start it with the version that runs elsewhere."
            )
        self._checked_at = now
