"""When a photo was taken: by the phone that took it, by the file itself, or else when it was uploaded."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from clinicpro_images.images.image import TakenAtSource
from clinicpro_images.imaging.formats.exif import Taken
from clinicpro_images.practice_time import AUCKLAND

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
# As when a clinician types a date: a clock may be slightly fast.
_CLOCK_SKEW_SECONDS: Final = 120.0


def propose(taken: Taken | None, phone: str | None, *, now: float) -> tuple[float, TakenAtSource]:
    """Return the proposed time, in seconds since 1970, and where it is from; one that isn't plausible is not proposed."""
    sources: tuple[tuple[TakenAtSource, Sequence[float]], ...] = (
        ("phone", _of_phone(phone)),
        ("photo", _of_file(taken)),
    )
    for source, readings in sources:
        plausible = [each for each in readings if _EARLIEST <= each <= now + _CLOCK_SKEW_SECONDS]
        if plausible:
            return min(max(plausible), now), source
    return now, "clock"


def _of_phone(text: str | None) -> Sequence[float]:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return ()
    return () if moment.tzinfo is None else (moment.timestamp(),)


def _of_file(taken: Taken | None) -> Sequence[float]:
    """Return the time, or both times that a camera can mean in the hour that is repeated when summer time ends."""
    if taken is None:
        return ()
    try:
        local = datetime.fromisoformat(taken.local)
    except ValueError:
        return ()
    if (local.month, local.day, local.hour, local.minute) == (1, 1, 0, 0):
        return ()  # a camera whose clock was never set begins at midnight on some 1 January
    if taken.offset_minutes is None:
        # Most cameras write their local time without its offset, and are set to the time of the practice.
        here = local.replace(tzinfo=AUCKLAND)
        return tuple(here.replace(fold=fold).timestamp() for fold in (0, 1))
    if abs(taken.offset_minutes) > 14 * 60:  # the easternmost time zone
        return ()
    return (local.replace(tzinfo=timezone(timedelta(minutes=taken.offset_minutes))).timestamp(),)
