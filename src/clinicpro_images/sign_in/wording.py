"""Dates and ages as the widget reads and writes them."""

import re
from datetime import date, datetime

_TYPED = ("%d/%m/%Y", "%d/%b/%Y", "%d/%B/%Y")
_DIGITS_ONLY = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEARS_FROM_MONTHS = 24
_MONTHS_FROM = 3
_WEEKS_FROM_DAYS = 14


def calendar_date(iso: str) -> str:
    """Return "7 Aug 1965" for 1965-08-07; text that isn't a full date is returned unchanged."""
    born = _parsed(iso)
    return iso if born is None else f"{born.day} {_MONTHS[born.month - 1]} {born.year}"


def read_date(typed: str) -> str:
    """Return ISO for a date as it is typed in New Zealand, the day first; empty if it isn't one."""
    text = _DIGITS_ONLY.sub(r"\1/\2/\3", typed.strip()) if typed.strip().isdecimal() else typed.strip()
    if not text.isascii() or text[:1] in "-/":
        return ""
    if (iso := _parsed(text)) is not None and text[4:5] == "-":
        return iso.isoformat()
    text = re.sub(r"[ ,./-]+", "/", text)
    for form in _TYPED:
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return ""


def age(birth_date: str, today: date) -> str:
    """Return "61 years", "14 months", "3 weeks" or "2 days"; empty if it is unknown."""
    born = _parsed(birth_date)
    if born is None or born > today:
        return ""
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months >= _YEARS_FROM_MONTHS:
        return _counted(months // 12, "year")
    if months >= _MONTHS_FROM:
        return _counted(months, "month")
    days = (today - born).days
    return _counted(days, "day") if days < _WEEKS_FROM_DAYS else _counted(days // 7, "week")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _parsed(iso: str) -> date | None:
    try:
        return date.fromisoformat(iso)
    except ValueError:
        return None
