"""docs/on-call.md can be used at night: each row has a severity and a command, and names what exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "on-call.md").read_text("utf-8")
SOURCE = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))


def tables() -> Iterator[tuple[list[str], list[list[str]]]]:
    """Each table below a heading: its columns and its rows."""
    for block in re.findall(r"^\| severity \|.*\n(?:\|.*\n)+", PAGE, re.MULTILINE):
        lines = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in block.strip().splitlines()]
        yield lines[0], lines[2:]


def test_every_section_says_how_urgent_it_is_and_each_row_what_to_run() -> None:
    sections = PAGE.split("\n## ")[1:]
    assert len(sections) >= 14
    assert [each.split("\n")[0] for each in sections if "| severity |" not in each] == []
    for columns, rows in tables():
        if "means" in columns:
            continue
        for row in rows:
            assert row[0] in {"1", "2", "3"}, row
            assert len(row) == len(columns), row
            assert "`" in row[1] or "](" in row[1] or row[1] == "the same", row


@pytest.mark.parametrize("event", sorted(set(re.findall(r"-g '?([a-z]+\.[a-z-]+)", PAGE))))
def test_every_event_that_is_searched_for_is_logged(event: str) -> None:
    decided = event.startswith("commit.") and 'f"commit.{decision.action}"' in SOURCE
    assert f'"{event}"' in SOURCE or decided


def test_every_slug_and_metric_that_is_searched_for_exists() -> None:
    for slug in re.findall(r"-g ([a-z]+(?:-[a-z]+)+)", PAGE):
        assert f'slug = "{slug}"' in SOURCE, slug
    for word in re.findall(r"grep (\w+_\w+)", PAGE):
        assert word in SOURCE or word.startswith("process_"), word  # those are the Prometheus client's own
