"""Generate the parts of the documentation that are made from the code: the tables of docs/settings.md.

    scripts/generate_docs.py [--check]

With --check nothing is written, and the exit code is 1 if a page is out of date.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from clinicpro_images.settings.row import Derived, Row, rows_of
from clinicpro_images.settings.settings import Settings
from clinicpro_images.settings.written import written

ROOT = Path(__file__).resolve().parents[1]
SETTINGS_PAGE = ROOT / "docs" / "settings.md"

# A generated table is between `<!-- settings: GROUP -->` and `<!-- end -->`.
_TABLE = re.compile(r"(<!-- settings: (?P<group>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_HEAD = "| variable | default | meaning | example |\n|---|---|---|---|\n"


def settings_page(page: str) -> str:
    """Return the page with every generated table made from the rows of its group."""
    rows = [row for _, row in rows_of(Settings)]
    found = [match["group"] for match in _TABLE.finditer(page)]
    groups = list(dict.fromkeys(row.group for row in rows))
    if sorted(found) != sorted(groups):
        raise SystemExit(f"docs/settings.md needs one table for each of: {', '.join(groups)}.")

    def table(match: re.Match[str]) -> str:
        lines = (_line(row) for row in rows if row.group == match["group"])
        return f"{match[1]}{_HEAD}{''.join(lines)}{match[3]}"

    return _TABLE.sub(table, page)


def _line(row: Row) -> str:
    return f"| `{row.variable}` | {_default(row)} | {row.help} | `{written(row.example)}` |\n"


def _default(row: Row) -> str:
    if isinstance(row.default, Derived):
        return row.default.description
    return f"`{row.default}`" if row.default else row.no_default


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or compare it; returns the exit code."""
    parser = argparse.ArgumentParser(description="Generate the tables of docs/settings.md.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args(arguments).check
    page = SETTINGS_PAGE.read_text("utf-8")
    generated = settings_page(page)
    if check and page != generated:
        print(
            "docs/settings.md differs from the settings table; run scripts/generate_docs.py.", file=sys.stderr
        )
        return 1
    if not check:
        SETTINGS_PAGE.write_text(generated, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
