"""A practice's month, invented: for the picture of its page, and to look at the page without a month of filing."""

from datetime import UTC, datetime, timedelta
from random import Random

from clinicpro_images.practice.access import Viewer
from clinicpro_images.practice.figures import (
    DAYS,
    Day,
    FiledPhoto,
    OpenSession,
    PracticeFigures,
    UnfiledGroup,
)
from clinicpro_images.practice.page import practice_page
from clinicpro_images.practice_time import AUCKLAND

NOW = datetime(2026, 11, 27, 10, 20, tzinfo=AUCKLAND)
GP, NURSE, REGISTRAR = "Dr Alex Api", "Nurse Api", "Dr Sunita Venkataraman-Holloway"
_WEEKEND = 5


def example_figures() -> PracticeFigures:
    """The same each time: weekdays with four to sixteen photos, one slow day, something wrong today."""
    random = Random(18)  # noqa: S311 - repeatable on purpose
    now = NOW.astimezone(UTC).timestamp()
    days = []
    for number in range(DAYS):
        date = (NOW - timedelta(days=DAYS - 1 - number)).date()
        count = 0 if date.weekday() >= _WEEKEND else random.randint(4, 16)
        slow = 6 if number == DAYS - 9 else 1
        photos = [
            FiledPhoto(
                now - 86_400 * (DAYS - 1 - number) - 60 * each,
                random.choices((GP, NURSE, REGISTRAR), (5, 3, 2))[0],
                random.lognormvariate(3.0, 0.4) * slow,
                "F2N060-E",
            )
            for each in range(count)
        ]
        days.append(Day(date, photos))
    unfiled = [
        UnfiledGroup("a", "F2N060-E", GP, "staged", "", 3, now - 1_500),
        UnfiledGroup("b", "F2N060-E", NURSE, "failed", "Refused by Medtech", 1, now - 9_000),
        UnfiledGroup("c", "F2N060-E", REGISTRAR, "queued", "Practice offline", 2, now - 260),
        UnfiledGroup("d", "F2N060-E", GP, "unverified", "Medtech's answer was lost", 1, now - 4_000),
    ]
    sessions = [
        OpenSession("a", "F2N060-E", GP, now - 1_900, now - 40, 3, phone=True),
        OpenSession("c", "F2N060-E", REGISTRAR, now - 700, now - 260, 2, phone=False),
    ]
    return PracticeFigures(
        now=now,
        facility_id="F2N060-E",
        practice="Healthier Care",
        facilities=["F2N060-E"],
        unfiled=unfiled,
        sessions=sessions,
        days=days,
    )


def example_page() -> str:
    """The page as the practice manager sees it."""
    return practice_page(example_figures(), Viewer("F2N060-E", "user_manager", "Mere Manager"))
