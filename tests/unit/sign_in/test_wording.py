"""Dates and ages on the page that asks whether it is the right patient."""

import json
from datetime import date
from pathlib import Path

import pytest

from clinicpro_images.sign_in.wording import age, calendar_date, read_date

TODAY = date(2026, 11, 25)
# What the widget reads too.
EXAMPLES = json.loads((Path(__file__).parents[3] / "widget" / "tests" / "dates.json").read_text())


@pytest.mark.parametrize(
    ("birth_date", "words"),
    [
        ("1965-08-07", "61 years"),
        ("1965-11-25", "61 years"),
        ("1965-11-26", "60 years"),
        ("2024-11-26", "23 months"),
        ("2026-08-25", "3 months"),
        ("2026-08-26", "13 weeks"),
        ("2026-11-11", "2 weeks"),
        ("2026-11-24", "1 day"),
        ("2026-11-25", "0 days"),
        ("2026-11-26", ""),
        ("1965", ""),
        ("", ""),
    ],
)
def test_an_age_is_worded_as_in_the_widget(birth_date: str, words: str) -> None:
    assert age(birth_date, TODAY) == words


def test_a_date_is_written_in_the_new_zealand_way_and_anything_else_is_unchanged() -> None:
    assert [calendar_date(each) for each in ("1965-08-07", "1965", "")] == ["7 Aug 1965", "1965", ""]


@pytest.mark.parametrize(("typed", "day"), EXAMPLES["read"])
def test_a_date_is_read_as_in_the_widget_with_the_day_first(typed: str, day: str) -> None:
    assert read_date(typed) == day


@pytest.mark.parametrize(
    "typed", [*EXAMPLES["unreadable"], *EXAMPLES["impossible"], *EXAMPLES["monthFirst"], "7/8/65"]
)
def test_what_is_no_date_or_has_its_month_first_is_not_guessed(typed: str) -> None:
    assert read_date(typed) == ""
