"""Bar and line charts as SVG: no script, colours from the page's style sheet, each value readable as text."""

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 720, 180
LEFT, RIGHT, TOP, BOTTOM = 44, 24, 14, 26  # the last label is centred below the last bar
_STEPS = (1, 2, 5)


def bar_chart(title: str, labels: Sequence[str], values: Sequence[float]) -> str:
    """Return one bar for each value; every fifth label is shown below, all of them in the bars' titles."""
    top = _ceiling(max(values, default=0))
    width = (WIDTH - LEFT - RIGHT) / max(1, len(values))
    bars = "".join(
        f'<rect class="bar" x="{LEFT + number * width + 1:.1f}" y="{_y(value, top):.1f}" width="{width - 2:.1f}" '
        f'height="{HEIGHT - BOTTOM - _y(value, top):.1f}"><title>{escape(label)}: {value:g}</title></rect>'
        for number, (label, value) in enumerate(zip(labels, values, strict=True))
    )
    return _svg(title, top, bars + _names(labels, width))


def line_chart(title: str, labels: Sequence[str], lines: Sequence[tuple[str, Sequence[float | None]]]) -> str:
    """Return a line and its points for each named series; None is a gap."""
    known = [value for _, values in lines for value in values if value is not None]
    top = _ceiling(max(known, default=0))
    width = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    drawn = []
    for series, (name, values) in enumerate(lines):
        points = [
            (LEFT + (number + 0.5) * width, _y(value, top), label, value)
            for number, (label, value) in enumerate(zip(labels, values, strict=True))
            if value is not None
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in points)
        drawn.append(f'<polyline class="line series-{series}" points="{path}"/>')
        drawn += [
            f'<circle class="dot series-{series}" cx="{x:.1f}" cy="{y:.1f}" r="3">'
            f"<title>{escape(label)}, {escape(name)}: {value:.0f} s</title></circle>"
            for x, y, label, value in points
        ]
    return _svg(title, top, "".join(drawn) + _names(labels, width))


def _svg(title: str, top: float, content: str) -> str:
    lines = "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(value, top):.1f}" y2="{_y(value, top):.1f}"/>'
        f'<text class="scale" x="{LEFT - 6}" y="{_y(value, top) + 4:.1f}" text-anchor="end">{value:g}</text>'
        for value in (0, top / 2, top)
    )
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title, quote=True)}">'
        f"{lines}{content}</svg>"
    )


def _names(labels: Sequence[str], width: float) -> str:
    shown = [number for number in range(len(labels)) if (len(labels) - 1 - number) % 5 == 0]
    return "".join(
        f'<text class="scale" x="{LEFT + (number + 0.5) * width:.1f}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{escape(labels[number])}</text>"
        for number in shown
    )


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top


def _ceiling(value: float) -> float:
    """Return the next even 1, 2 or 5 times a power of ten, so that the scale's numbers are whole; at least 2."""
    power = 1
    while True:
        for step in _STEPS:
            if step * power >= max(2.0, value) and step * power % 2 == 0:
                return float(step * power)
        power *= 10
