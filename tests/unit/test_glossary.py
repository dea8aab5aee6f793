"""The glossary has a word for every package, and each of its words leads to a file."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "clinicpro_images"


def rows() -> list[list[str]]:
    """The table's rows: word, meaning, FHIR or Medtech counterpart, and where it lives."""
    lines = (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()
    heading = lines.index("| word | meaning | FHIR / Medtech | lives in |")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[heading + 2 :]]


def places() -> list[Path]:
    return [
        (ROOT if path.startswith(("src/", "widget/")) else PACKAGE) / path
        for row in rows()
        for path in re.findall(r"`([^`]+)`", row[3])
    ]


def test_every_word_has_a_meaning_a_counterpart_or_a_dash_and_a_place() -> None:
    for row in rows():
        assert len(row) == 4, row
        assert all(row), row
        assert row[1].endswith("."), row


def test_words_are_in_order_and_once() -> None:
    words = [row[0].casefold() for row in rows()]
    assert words == sorted(set(words))


def test_every_place_exists() -> None:
    assert [place for place in places() if not place.exists()] == []


def test_every_package_is_there() -> None:
    named = {place if place.is_dir() else place.parent for place in places()}
    packages = {path.parent for path in PACKAGE.rglob("__init__.py")} - {PACKAGE}
    assert packages - named == set()
