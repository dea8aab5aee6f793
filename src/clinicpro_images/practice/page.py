"""The practice's page as HTML. It works without script; with it, the figures update every five seconds."""

from collections.abc import Iterable, Sequence
from html import escape

from clinicpro_images.practice.access import Viewer
from clinicpro_images.practice.charts import bar_chart, line_chart
from clinicpro_images.practice.figures import PracticeFigures, UnfiledGroup, median, p95
from clinicpro_images.practice.schemas import ANSWER, FAILED, WAITING
from clinicpro_images.practice_time import local

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "x-frame-options": "DENY",
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STATES = {
    "staged": "Not submitted",
    "queued": "Waiting to be filed",
    "sending": "Being filed",
    "failed": "Not filed",
    "partly": "Partly filed",
    "unverified": "Waiting for an answer",
}
_WHAT_TO_DO = {
    "staged": "The provider files or removes them. They are deleted 24 hours after they were added.",
    "queued": "Nothing: filing continues automatically.",
    "sending": "Nothing: filing continues automatically.",
    "failed": "The provider opens the patient again and presses Retry.",
    "partly": "The provider opens the patient again and presses Retry.",
    "unverified": "The provider checks the patient's inbox and answers the question on the photo.",
}


def practice_page(figures: PracticeFigures, viewer: Viewer) -> str:
    """Return the whole page."""
    name = escape(figures.practice)
    return f"""<!doctype html>
<html lang="en-NZ">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Practice – ClinicPro Images</title>
<link rel="stylesheet" href="/pages/practice.css">
<script src="/pages/practice.js" defer></script>
</head>
<body>
<header><p class="product">ClinicPro Images</p><h1>{name}</h1>{_practices(figures)}{_signed_in(viewer)}</header>
<main>
<p id="live" role="status" class="live">As of {_clock_time(figures.now)}. Reload the page for newer figures.</p>
{_section("now", "Now", _cards(figures))}
{_section("unfiled", "Not filed", _unfiled(figures))}
{_section("filed", "Filed in the last 30 days", _filed(figures))}
{_section("providers", "Filed by", _providers(figures))}
{_section("sessions", "Open sessions and phones", _sessions(figures))}
{_section("export", "Export", _export(figures))}
</main>
</body>
</html>
"""


def _section(name: str, title: str, content: str) -> str:
    return f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{title}</h2>\n{content}</section>'


def _practices(figures: PracticeFigures) -> str:
    if figures.facility_id is not None and len(figures.facilities) <= 1:
        return ""
    links = " ".join(
        f'<a href="/practice?facility={escape(each, quote=True)}">{escape(each)}</a>'
        for each in figures.facilities
    )
    return f'<nav aria-label="Practices">{links}</nav>' if figures.facility_id is None else ""


def _signed_in(viewer: Viewer) -> str:
    if not viewer.account:
        return ""
    return (
        f'<form method="post" action="/sign-in/end" class="who"><span>{escape(viewer.name) or "Signed in"}</span> '
        "<button>Sign out</button></form>"
    )


def _cards(figures: PracticeFigures) -> str:
    seconds = figures.today.seconds
    return (
        '<div class="cards">'
        + _card("Not filed", figures.count(), figures.oldest(), alert=False)
        + _card("Waiting to be filed", figures.count(*WAITING), figures.oldest(*WAITING), alert=False)
        + _card("Failed", figures.count(*FAILED), figures.oldest(*FAILED), alert=True)
        + _card("Waiting for an answer", figures.count(*ANSWER), figures.oldest(*ANSWER), alert=True)
        + _tile("Filed today", str(len(figures.today.photos)), "")
        + _tile("Launch to filed today", _seconds(median(seconds)), f"median; p95 {_seconds(p95(seconds))}")
        + "</div>"
    )


def _card(name: str, count: int, oldest: float | None, *, alert: bool) -> str:
    hint = "" if oldest is None else f"oldest {_age(oldest)}"
    return _tile(name, str(count), hint, alert=alert and count > 0)


def _tile(name: str, value: str, hint: str, *, alert: bool = False) -> str:
    kind = "card alert" if alert else "card"
    return f'<div class="{kind}"><p class="value">{value}</p><p class="name">{name}</p><p class="hint">{hint}</p></div>'


def _unfiled(figures: PracticeFigures) -> str:
    if not figures.unfiled:
        return "<p>No photo on this server is waiting to be filed.</p>"
    rows = [
        (
            escape(group.provider),
            str(group.count),
            _STATES.get(group.state, group.state),
            _age(figures.now - group.oldest),
            escape(group.reason) or "–",
            _what_to_do(group),
        )
        for group in figures.unfiled
    ]
    return _table(("Provider", "Photos", "State", "Oldest", "Why", "What to do"), rows)


def _what_to_do(group: UnfiledGroup) -> str:
    return _WHAT_TO_DO.get(group.state, "")


def _filed(figures: PracticeFigures) -> str:
    days = figures.days
    labels = [f"{day.date.day} {day.date:%b}" for day in days]
    seconds = [each for day in days for each in day.seconds]
    total = sum(len(day.photos) for day in days)
    rows = [
        (label, str(len(day.photos)), _seconds(median(day.seconds)), _seconds(p95(day.seconds)))
        for label, day in reversed(list(zip(labels, days, strict=True)))
        if day.photos
    ]
    table = (
        _table(("Day", "Photos", "Median", "p95"), rows) if rows else "<p>Nothing was filed in this time.</p>"
    )
    return (
        f"<p>{total} photos filed. From launch to filed: median {_seconds(median(seconds))}, "
        f"p95 {_seconds(p95(seconds))}.</p>\n"
        f"<figure>{bar_chart('Photos filed each day', labels, [len(day.photos) for day in days])}"
        "<figcaption>Photos filed each day</figcaption></figure>\n<figure>"
        + line_chart(
            "Seconds from launch to filed each day",
            labels,
            [
                ("median", [median(day.seconds) for day in days]),
                ("p95", [p95(day.seconds) for day in days]),
            ],
        )
        + '<figcaption>Seconds from launch to filed: <span class="series-0">median</span>, '
        '<span class="series-1">p95</span></figcaption></figure>\n'
        f'<details id="days"><summary>The same as a table</summary>{table}</details>'
    )


def _providers(figures: PracticeFigures) -> str:
    if not figures.by_provider:
        return "<p>Nobody filed a photo in this time.</p>"
    return _table(
        ("Provider", "Photos"),
        [(escape(name) or "Not known", str(count)) for name, count in figures.by_provider.items()],
    )


def _sessions(figures: PracticeFigures) -> str:
    if not figures.sessions:
        return "<p>No session is open.</p>"
    rows = []
    for session in figures.sessions:
        at = f"/practice/sessions/{escape(session.id, quote=True)}"
        facility = "" if figures.facility_id is None else f"?facility={escape(figures.facility_id)}"
        who = escape(session.provider, quote=True)
        phone = (
            _button(f"{at}/end-phone{facility}", "Disconnect phone", f"Disconnect phone of {who}")
            if session.phone
            else "None"
        )
        rows.append(
            (
                escape(session.provider),
                _clock_time(session.started_at),
                _age(figures.now - session.active_at),
                str(session.unfiled),
                phone,
                _button(f"{at}/end{facility}", "End session", f"End session of {who}"),
            )
        )
    return (
        "<p>Ending a session closes it on the desktop and on its phone. Unfiled photos stay with their patient.</p>"
        + _table(("Provider", "Started", "Last used", "Unfiled", "Phone", ""), rows)
    )


def _button(action: str, text: str, label: str) -> str:
    return f'<form method="post" action="{action}"><button aria-label="{label}">{text}</button></form>'


def _export(figures: PracticeFigures) -> str:
    facility = "" if figures.facility_id is None else f"?facility={escape(figures.facility_id)}"
    return (
        f'<p class="links"><a href="/api/practice/days.csv{facility}" download>Days (CSV)</a> '
        f'<a href="/api/practice/filed.csv{facility}" download>Filed photos (CSV)</a> '
        f'<a href="/api/practice/unfiled.csv{facility}" download>Not filed (CSV)</a></p>'
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = "".join(f'<th scope="col">{each}</th>' if each else "<td></td>" for each in head)
    lines = "".join(
        "<tr>"
        + "".join(f'<td data-name="{name}">{each}</td>' for name, each in zip(head, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table></div>'


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}\u00a0s" if value < 10 * _MINUTE else _age(value)


def _age(seconds: float) -> str:
    if seconds < _MINUTE:
        return "less than a minute"
    for unit, length in (("day", _DAY), ("hour", _HOUR), ("minute", _MINUTE)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return ""


def _clock_time(at: float) -> str:
    return f"{local(at):%H:%M}"
