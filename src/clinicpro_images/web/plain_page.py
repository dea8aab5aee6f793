"""The frame of the pages without script: error pages, and signing in."""

from html import escape
from typing import Final

PLAIN_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-frame-options": "DENY",
}
"""The response headers of a page that shows something of a person: it has no script and can't be framed."""


def plain_page(title: str, content: str, *, style: str = "") -> str:
    """Return a page without script: its title, and `content` as HTML. `style` names one more style sheet in /pages."""
    more = f'<link rel="stylesheet" href="/pages/{style}">\n' if style else ""
    return f"""<!doctype html>
<html lang="en-NZ">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} – ClinicPro Images</title>
<link rel="stylesheet" href="/pages/error.css">
{more}</head>
<body>
<main>
<p class="product">ClinicPro Images</p>
<h1>{escape(title)}</h1>
{content}
</main>
</body>
</html>
"""
