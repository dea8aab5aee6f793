"""The sandbox's default clock and id generator, and FHIR date-times."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

AUCKLAND = ZoneInfo("Pacific/Auckland")


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a random id in ALEX's format: 32 hex digits."""
    return uuid4().hex


def instant(moment: datetime) -> str:
    """Format as a FHIR instant in UTC with milliseconds: `2026-11-23T23:29:47.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_moment(text: object) -> datetime:
    """Parse a FHIR date-time with seconds and an offset; ValueError explains anything else."""
    if not isinstance(text, str) or "T" not in text:
        raise ValueError(f"{text!r} is not a date-time.")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date-time.") from error
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC.")
    return moment


def on_auckland_time(moment: datetime) -> bool:
    """Return whether the offset is Pacific/Auckland's at that moment, daylight saving included."""
    return moment.utcoffset() == (moment.astimezone(AUCKLAND).utcoffset() or timedelta())
