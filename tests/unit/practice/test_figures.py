"""Medians and percentiles, charts, and exports that a spreadsheet opens safely."""

import re
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from clinicpro_images.practice.access import Viewer
from clinicpro_images.practice.charts import bar_chart, line_chart
from clinicpro_images.practice.figures import (
    DAYS,
    Day,
    FiledPhoto,
    OpenSession,
    PracticeFigures,
    UnfiledGroup,
    median,
    p95,
)
from clinicpro_images.practice.page import practice_page
from clinicpro_images.practice.schemas import filed_csv, unfiled_csv
from clinicpro_images.practice.store import bounds

NOW = 1_764_000_000.0
NASTY = '=cmd|"/c calc"!A1 <script>alert(1)</script>'


def figures(photos: list[FiledPhoto], *, provider: str = "Dr Alex Api") -> PracticeFigures:
    first = date(2025, 11, 1)
    days = [Day(first + timedelta(days=number), []) for number in range(DAYS - 1)]
    return PracticeFigures(
        now=NOW,
        facility_id=None,
        practice=f"{provider}'s practice",
        facilities=["F2N060-E"],
        unfiled=[UnfiledGroup("session", "F2N060-E", provider, "failed", "Refused", 2, NOW - 7300)],
        sessions=[OpenSession("session", "F2N060-E", provider, NOW - 60, NOW - 5, 2, phone=True)],
        days=[*days, Day(first + timedelta(days=DAYS - 1), photos)],
    )


@pytest.mark.parametrize(
    ("seconds", "middle", "late"),
    [
        ([], None, None),
        ([20.0], 20.0, 20.0),
        ([1.0, 3.0], 2.0, 3.0),
        ([float(n) for n in range(1, 101)], 50.5, 95.0),
    ],
)
def test_median_and_percentile(seconds: list[float], middle: float | None, late: float | None) -> None:
    assert (median(seconds), p95(seconds)) == (middle, late)


@pytest.mark.parametrize("values", [[], [0.0], [0.0, 0.0, 7.0], [1234.0] * 30])
def test_a_chart_is_well_formed_and_has_every_value_as_text(values: list[float]) -> None:
    labels = [f"{number} <Nov>" for number in range(len(values))]
    drawn = ET.fromstring(bar_chart("Photos & more", labels, values))  # noqa: S314 - made above
    titles = [each.text for each in drawn.iter("title")]
    assert titles == [f"{label}: {value:g}" for label, value in zip(labels, values, strict=True)]
    assert all(float(bar.attrib["height"]) >= 0 for bar in drawn.iter("rect"))


def test_a_line_leaves_out_days_without_a_value() -> None:
    drawn = ET.fromstring(line_chart("Seconds", ["a", "b", "c"], [("median", [1.0, None, 3.0])]))  # noqa: S314 - made above
    assert len(list(drawn.iter("circle"))) == 2


def test_names_are_text_on_the_page_and_no_formula_in_a_spreadsheet() -> None:
    found = figures([FiledPhoto(NOW - 10, NASTY, 21.0)], provider=NASTY)
    page = practice_page(found, Viewer(None, "account", NASTY))
    assert "<script>alert" not in page
    assert re.findall(r"<script[^>]*>", page) == ['<script src="/pages/practice.js" defer>']
    for text in (filed_csv(found), unfiled_csv(found)):
        cells = re.split(r'[,"]', text)
        assert not any(cell.startswith("=") for cell in cells), text


def test_where_nothing_is_unfiled_no_more_is_claimed_than_this_server_knows() -> None:
    """Photos may still be on a phone, and those that nobody filed in 24 hours are gone."""
    found = replace(figures([]), unfiled=[])
    page = practice_page(found, Viewer(None, "account", "Mere Manager"))
    assert "No photo on this server is waiting to be filed." in page
    assert "Everything is filed" not in page


def test_counts_and_ages() -> None:
    found = figures(
        [FiledPhoto(NOW - 10, "A", 21.0), FiledPhoto(NOW - 9, "B", None), FiledPhoto(NOW, "A", 3.0)]
    )
    assert found.count() == found.count("failed") == 2
    assert found.count("queued") == 0
    assert found.oldest("failed") == 7300
    assert found.oldest("queued") is None
    assert found.by_provider == {"A": 2, "B": 1}
    assert found.today.seconds == [21.0, 3.0]


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 9, 27), 23), (date(2026, 4, 5), 25), (date(2026, 11, 28), 24)],
)
def test_a_day_is_as_long_as_new_zealands(day: date, hours: int) -> None:
    begin, end = bounds(day)
    assert end - begin == hours * 3600
