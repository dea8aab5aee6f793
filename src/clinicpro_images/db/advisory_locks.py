"""The keys of PostgreSQL's advisory locks. They share one space in a database, so all of them are chosen here."""

from typing import Final

AUDIT_OPENING: Final = 1_668_049_262
"""The audit trail is opened, and its end checked."""
MIGRATING: Final = 7_262_110_401
"""The schema is upgraded."""
IN_USE: Final = 7_262_110_402
"""Gateways share it while they use the database; a restore holds it alone."""
RESTORE_NOTICING: Final = 7_262_110_403
"""A start finds out whether the database was restored."""
CLOCK_MOVING: Final = 7_262_110_404
"""Stored times follow a clock that was set."""
TITLES_CLASS: Final = 726_211_041
"""A patient's images are given titles. With a key for each patient: such pairs share another space."""
