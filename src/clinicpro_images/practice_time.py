"""The practice's time: New Zealand's, as its clinicians and cameras write it."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

AUCKLAND: Final = ZoneInfo("Pacific/Auckland")


def local(seconds: float) -> datetime:
    """Return a time in seconds since 1970 as the practice's clock shows it."""
    return datetime.fromtimestamp(seconds, AUCKLAND)


def today(seconds: float) -> date:
    """Return the practice's date at a time in seconds since 1970."""
    return local(seconds).date()
