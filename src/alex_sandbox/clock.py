"""Time and ids as the sandbox hands them around, so that a test can bring its own."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

AUCKLAND = ZoneInfo("Pacific/Auckland")


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


def new_id() -> str:
    """32 hex digits, the form of every ALEX id."""
    return uuid4().hex


def instant(moment: datetime) -> str:
    """FHIR instant in UTC, milliseconds: `2026-11-23T23:29:47.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_moment(text: object) -> datetime:
    """A FHIR date-time with seconds and an offset; ValueError with a sentence otherwise."""
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
    """Whether the offset is the one Pacific/Auckland has at that moment, daylight saving included."""
    return moment.utcoffset() == (moment.astimezone(AUCKLAND).utcoffset() or timedelta())
