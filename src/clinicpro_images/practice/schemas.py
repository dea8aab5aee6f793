"""The figures of a practice as JSON and CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from clinicpro_images.practice.figures import PracticeFigures, median, p95
from clinicpro_images.schemas import Schema, iso


class UnfiledGroupSchema(Schema):
    """Photos of one session in one state; `ageSeconds` is the oldest one's."""

    session_id: str
    facility_id: str
    provider: str
    state: str
    reason: str
    count: int
    age_seconds: int


class OpenSessionSchema(Schema):
    """An open session."""

    id: str
    facility_id: str
    provider: str
    started_at: str
    active_at: str
    unfiled: int
    phone: bool


class DaySchema(Schema):
    """What was filed on a day; seconds are from launch to filed."""

    date: str
    filed: int
    median_seconds: float | None
    p95_seconds: float | None


class PracticeSummary(Schema):
    """Everything on the practice's page."""

    at: str
    facility_id: str | None
    practice: str
    unfiled: list[UnfiledGroupSchema]
    unfiled_count: int
    waiting_count: int
    failed_count: int
    unverified_count: int
    oldest_unfiled_seconds: int | None
    filed_today: int
    median_seconds: float | None
    p95_seconds: float | None
    days: list[DaySchema]
    providers: dict[str, int]
    sessions: list[OpenSessionSchema]


WAITING = ("queued", "sending")
ANSWER = ("unverified",)
FAILED = ("failed", "partly")


def summary_of(figures: PracticeFigures) -> PracticeSummary:
    """Return the figures for JSON; medians and percentiles at the top are of all days together."""
    seconds = [each for day in figures.days for each in day.seconds]
    oldest = figures.oldest()
    return PracticeSummary(
        at=iso(figures.now),
        facility_id=figures.facility_id,
        practice=figures.practice,
        unfiled=[
            UnfiledGroupSchema(
                session_id=group.session_id,
                facility_id=group.facility_id,
                provider=group.provider,
                state=group.state,
                reason=group.reason,
                count=group.count,
                age_seconds=round(max(0.0, figures.now - group.oldest)),
            )
            for group in figures.unfiled
        ],
        unfiled_count=figures.count(),
        waiting_count=figures.count(*WAITING),
        failed_count=figures.count(*FAILED),
        unverified_count=figures.count(*ANSWER),
        oldest_unfiled_seconds=None if oldest is None else round(oldest),
        filed_today=len(figures.today.photos),
        median_seconds=median(seconds),
        p95_seconds=p95(seconds),
        days=[
            DaySchema(
                date=day.date.isoformat(),
                filed=len(day.photos),
                median_seconds=median(day.seconds),
                p95_seconds=p95(day.seconds),
            )
            for day in figures.days
        ],
        providers=dict(figures.by_provider),
        sessions=[
            OpenSessionSchema(
                id=session.id,
                facility_id=session.facility_id,
                provider=session.provider,
                started_at=iso(session.started_at),
                active_at=iso(session.active_at),
                unfiled=session.unfiled,
                phone=session.phone,
            )
            for session in figures.sessions
        ],
    )


def days_csv(figures: PracticeFigures) -> str:
    """Return one line a day."""
    return _csv(
        ("day", "filed", "median_seconds", "p95_seconds"),
        (
            (day.date.isoformat(), len(day.photos), _number(median(day.seconds)), _number(p95(day.seconds)))
            for day in figures.days
        ),
    )


def filed_csv(figures: PracticeFigures) -> str:
    """Return one line for each photo filed."""
    return _csv(
        ("filed_at", "provider", "seconds_from_launch"),
        ((iso(each.at), each.provider, _number(each.seconds)) for day in figures.days for each in day.photos),
    )


def unfiled_csv(figures: PracticeFigures) -> str:
    """Return one line for each session, state and reason of photos that aren't filed."""
    return _csv(
        ("oldest_uploaded_at", "provider", "state", "reason", "photos", "facility"),
        (
            (iso(each.oldest), each.provider, each.state, each.reason, each.count, each.facility_id)
            for each in figures.unfiled
        ),
    )


def _csv(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(head)
    writer.writerows([_cell(each) for each in line] for line in lines)
    return written.getvalue()


def _cell(value: Any) -> Any:
    # A spreadsheet would run a cell that begins with one of these as a formula.
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _number(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f}"
