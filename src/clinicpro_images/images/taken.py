"""When a photo was taken: by the phone that took it, by the file itself, or else when it was uploaded."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from clinicpro_images.images.image import TakenAtSource
from clinicpro_images.imaging.formats.exif import Taken

_HERE: Final = "Pacific/Auckland"
"""Most cameras write their local time without its offset; a practice's cameras are set to the time of the practice."""
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
# As when a clinician types a date: a clock may be slightly fast.
_CLOCK_SKEW_SECONDS: Final = 120.0


def propose(taken: Taken | None, phone: str | None, *, now: float) -> tuple[float, TakenAtSource]:
    """Return the proposed time, in seconds since 1970, and where it is from; one that isn't plausible is not proposed."""
    for moment, source in ((_of_phone(phone), "phone"), (_of_file(taken), "photo")):
        if moment is not None and _EARLIEST <= moment <= now + _CLOCK_SKEW_SECONDS:
            return min(moment, now), "phone" if source == "phone" else "photo"
    return now, "clock"


def _of_phone(text: str | None) -> float | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.timestamp()


def _of_file(taken: Taken | None) -> float | None:
    if taken is None:
        return None
    try:
        local = datetime.fromisoformat(taken.local)
    except ValueError:
        return None
    if (local.month, local.day, local.hour, local.minute) == (1, 1, 0, 0):
        return None  # a camera whose clock was never set begins at midnight on some 1 January
    if taken.offset_minutes is None:
        return local.replace(tzinfo=ZoneInfo(_HERE)).timestamp()
    if abs(taken.offset_minutes) > 14 * 60:  # the easternmost time zone
        return None
    return local.replace(tzinfo=timezone(timedelta(minutes=taken.offset_minutes))).timestamp()
